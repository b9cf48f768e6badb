//! What `cargo xtask bench cdi` measures with: spec directories, the same in every run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Map, Value, json};

/// Device nodes that every Linux has stand for those of GPUs.
const NODES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random"];

/// How many small files there are.
pub(super) const CLAIMS: usize = 1_000;

/// The two notations of a spec.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notation {
    Yaml,
    Json,
}

impl Notation {
    fn extension(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }

    fn text(self, spec: &Value) -> String {
        let mut out = String::new();
        match self {
            Self::Json => json_text(spec, &mut out),
            Self::Yaml => yaml_text(spec, 0, &mut out),
        }
        out
    }
}

/// The directories, made below one.
pub(super) struct Inputs {
    root: PathBuf,
}

impl Inputs {
    /// Writes everything anew.
    pub(super) fn write(root: PathBuf) -> Result<Self> {
        let _ = std::fs::remove_dir_all(&root);
        let inputs = Self { root };
        for notation in [Notation::Yaml, Notation::Json] {
            for index in 0..CLAIMS {
                inputs.spec("claims", notation, &format!("claim-{index:04}"), &claim(index))?;
            }
            inputs.spec("nvidia", notation, "nvidia", &nvidia())?;
            for count in [1_000, 10_000] {
                inputs.spec(&format!("devices-{count}"), notation, "many", &many(count))?;
            }
        }
        inputs.spec("aside", Notation::Yaml, "fresh", &claim(CLAIMS))?;
        Ok(inputs)
    }

    fn spec(&self, dir: &str, notation: Notation, name: &str, spec: &Value) -> Result<()> {
        let path = self.file(dir, notation, name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Ok(std::fs::write(path, notation.text(spec))?)
    }

    /// A spec directory.
    pub(super) fn dir(&self, name: &str, notation: Notation) -> String {
        self.root.join(format!("{name}-{}", notation.extension())).display().to_string()
    }

    /// A file of a spec directory.
    pub(super) fn file(&self, dir: &str, notation: Notation, name: &str) -> PathBuf {
        let file = format!("{name}.{}", notation.extension());
        Path::new(&self.dir(dir, notation)).join(file)
    }

    /// How large that file is, in bytes.
    pub(super) fn size(&self, dir: &str, notation: Notation, name: &str) -> Result<u64> {
        Ok(std::fs::metadata(self.file(dir, notation, name))?.len())
    }
}

/// The device of a claim, as a driver of dynamic resource allocation names it.
pub(super) fn claim_device(index: usize) -> String {
    format!("k8s.gpu.example.com/claim={}", claim_name(index))
}

fn claim_name(index: usize) -> String {
    format!("{}-gpu-{}", uuid(index), index % 8)
}

fn claim(index: usize) -> Value {
    let node = NODES.get(index % NODES.len());
    json!({
        "cdiVersion": "0.5.0",
        "kind": "k8s.gpu.example.com/claim",
        "devices": [{"name": claim_name(index), "containerEdits": {
            "env": [format!("GPU_DEVICE_{}={}", index % 8, uuid(index + CLAIMS))],
            "deviceNodes": [{"path": node}],
        }}],
    })
}

/// A GPU of [`nvidia`] by its index.
pub(super) fn gpu(index: usize) -> String {
    format!("nvidia.com/gpu={index}")
}

/// What NVIDIA's generator writes for 8 GPUs: 17 devices, 60 mounts and 6 hooks in common.
fn nvidia() -> Value {
    let nodes = |gpu: usize| {
        let node = |path: String| json!({"path": path, "hostPath": NODES.get(gpu % NODES.len())});
        [
            node(format!("/dev/nvidia{gpu}")),
            node(format!("/dev/dri/card{}", gpu + 1)),
            node(format!("/dev/dri/renderD{}", gpu + 128)),
        ]
    };
    let device = |name: String, gpus: std::ops::Range<usize>| {
        json!({"name": name, "containerEdits": {
            "deviceNodes": gpus.flat_map(nodes).collect::<Vec<_>>(),
        }})
    };
    let mut devices: Vec<Value> = (0..8).map(|i| device(i.to_string(), i..i + 1)).collect();
    devices.extend((0..8).map(|i| device(format!("GPU-{}", uuid(i)), i..i + 1)));
    devices.push(device("all".to_owned(), 0..8));
    let common = ["modeset", "-uvm", "-uvm-tools", "ctl"];
    let common: Vec<Value> = std::iter::zip(common, NODES)
        .map(|(name, node)| json!({"path": format!("/dev/nvidia{name}"), "hostPath": node}))
        .collect();
    json!({
        "cdiVersion": "0.5.0",
        "kind": "nvidia.com/gpu",
        "devices": devices,
        "containerEdits": {
            "env": ["NVIDIA_CTK_LIBCUDA_DIR=/usr/lib/x86_64-linux-gnu", "NVIDIA_VISIBLE_DEVICES=void"],
            "deviceNodes": common,
            "hooks": [
                hook("create-symlinks", &["--link", "../libnvidia-allocator.so.1::/usr/lib/x86_64-linux-gnu/gbm/nvidia-drm_gbm.so"].map(str::to_owned)),
                hook("create-symlinks", &["--link", "libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so"].map(str::to_owned)),
                hook("enable-cuda-compat", &["--host-driver-version=570.133.20".to_owned()]),
                hook("update-ldcache", &["--folder", "/usr/lib/x86_64-linux-gnu"].map(str::to_owned)),
                hook("update-ldcache", &["--folder", "/usr/lib/x86_64-linux-gnu/vdpau"].map(str::to_owned)),
                hook("disable-device-node-modification", &[]),
            ],
            "mounts": (0..60).map(mount).collect::<Vec<_>>(),
        },
    })
}

fn hook(name: &str, args: &[String]) -> Value {
    let mut all = vec!["nvidia-cdi-hook".to_owned(), name.to_owned()];
    all.extend_from_slice(args);
    json!({
        "hookName": "createContainer",
        "path": "/usr/bin/nvidia-cdi-hook",
        "args": all,
        "env": ["NVIDIA_CTK_DEBUG=false"],
    })
}

fn mount(index: usize) -> Value {
    let path = match index {
        0 => "/run/nvidia-persistenced/socket".to_owned(),
        1..=6 => format!("/usr/bin/nvidia-program-{index}"),
        7..=12 => format!("/usr/share/nvidia/nvidia-data-{index}.json"),
        _ => format!("/usr/lib/x86_64-linux-gnu/libnvidia-{index}.so.570.133.20"),
    };
    json!({"hostPath": path, "containerPath": path, "options": ["ro", "nosuid", "nodev", "rbind", "rprivate"]})
}

/// One file with many devices.
fn many(count: usize) -> Value {
    let device = |index: usize| {
        json!({"name": format!("dev{index}"), "containerEdits": {
            "env": [format!("VENDOR_DEVICE_{index}=1")],
            "deviceNodes": [{"path": "/dev/null"}],
        }})
    };
    json!({
        "cdiVersion": "0.5.0",
        "kind": "vendor.com/many",
        "devices": (0..count).map(device).collect::<Vec<_>>(),
    })
}

/// The same digits for the same number, without pattern.
fn uuid(seed: usize) -> String {
    let mut state = seed as u64;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let (a, b) = (next(), next());
    let part = |value: u64, from: u32, bits: u32| (value >> from) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(a, 32, 32),
        part(a, 16, 16),
        part(a, 0, 16),
        part(b, 48, 16),
        part(b, 0, 48)
    )
}

/// The fields of an object in the order in which Go's types have them.
fn fields(object: &Map<String, Value>) -> Vec<(&str, &Value)> {
    const FIRST: [&str; 4] = ["cdiVersion", "kind", "name", "hookName"];
    const LAST: [&str; 3] = ["containerEdits", "hooks", "mounts"];
    let rank = |key: &str| {
        let first = FIRST.iter().position(|&other| other == key);
        let last = LAST.iter().position(|&other| other == key);
        first.or(last.map(|rank| rank + 100)).unwrap_or(50)
    };
    let mut fields: Vec<_> = object.iter().map(|(key, value)| (key.as_str(), value)).collect();
    fields.sort_by_key(|(key, _)| rank(key));
    fields
}

fn json_text(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            for (i, (key, value)) in fields(object).into_iter().enumerate() {
                let _ = write!(out, "{}\"{key}\":", if i == 0 { '{' } else { ',' });
                json_text(value, out);
            }
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                json_text(item, out);
            }
            out.push(']');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// Block YAML, as Go's libraries write it: lists at the column of their key.
fn yaml_text(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(object) => {
            for (i, (key, value)) in fields(object).into_iter().enumerate() {
                if i > 0 {
                    out.push_str(&pad);
                }
                let _ = write!(out, "{key}:");
                yaml_entry(value, indent, out);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(&pad);
                }
                out.push('-');
                match item {
                    Value::Object(_) => {
                        out.push(' ');
                        yaml_text(item, indent + 2, out);
                    }
                    scalar => yaml_entry(scalar, indent, out),
                }
            }
        }
        scalar => yaml_entry(scalar, indent, out),
    }
}

fn yaml_entry(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(_) => {
            let _ = write!(out, "\n{}", " ".repeat(indent + 2));
            yaml_text(value, indent + 2, out);
        }
        Value::Array(_) => {
            let _ = write!(out, "\n{}", " ".repeat(indent));
            yaml_text(value, indent, out);
        }
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            let _ = writeln!(out, " \"{text}\"");
        }
        Value::String(text) => {
            let _ = writeln!(out, " {text}");
        }
        other => {
            let _ = writeln!(out, " {other}");
        }
    }
}
