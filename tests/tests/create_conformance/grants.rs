//! Each grant of each built-in stage is needed: without it, a recorded case fails with the grant's name.

use std::collections::BTreeSet;

use gantry_tests::recorded::strings;
use gantry_tests::scene::Scene;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::prepare;

/// A recorded case, and what is different about it here.
struct Case {
    name: &'static str,
    /// Entries of `process.env`, instead of those of the same name.
    env: &'static [&'static str],
    /// More files of the driver root.
    files: &'static [&'static str],
    /// A text of the toolkit's configuration, and what stands there instead.
    config: (&'static str, &'static str),
}

const fn case(name: &'static str) -> Case {
    Case { name, env: &[], files: &[], config: ("", "") }
}

const AS_VOLUMES: (&str, &str) = (
    "\n[nvidia-container-cli]",
    "accept-nvidia-visible-devices-as-volume-mounts = true\n[nvidia-container-cli]",
);

/// Cases that together need all that can be needed on a machine without such hardware.
const CASES: &[Case] = &[
    case("auto-all-qualified"),
    case("cdi-annotation"),
    case("cdi-hook-removed"),
    case("cdi-legacy-image-unset"),
    case("cdi-mount"),
    case("cdi-privileged-accepted"),
    case("legacy-hook-added"),
    Case {
        env: &[
            "NVIDIA_GDS=enabled",
            "NVIDIA_MOFED=enabled",
            "NVIDIA_GDRCOPY=enabled",
            "NVIDIA_NVSWITCH=enabled",
        ],
        files: &["/etc/nv_tegra_release"],
        ..case("csv-gated-gds")
    },
    case("csv-mounts-all"),
    Case { env: &["NVIDIA_VISIBLE_DEVICES=none"], ..case("csv-all") },
    Case {
        files: &[
            "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.999.88.77",
            "/usr/lib/x86_64-linux-gnu/nvidia/xorg/nvidia_drv.so",
            "/usr/lib/x86_64-linux-gnu/nvidia/xorg/libglxserver_nvidia.so.999.88.77",
            "/usr/bin/nvidia-xconfig",
            "/etc/X11/xorg.conf.d/10-nvidia.conf",
            "/usr/share/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
        ],
        config: (
            "[nvidia-ctk]",
            "[nvidia-container-runtime.modes.legacy]\ncuda-compat-mode = \"hook\"\n[nvidia-ctk]",
        ),
        ..case("legacy-graphics")
    },
    // Images that say nothing but their CUDA version, and volumes that may request.
    Case {
        env: &[
            "NVIDIA_VISIBLE_DEVICES",
            "CUDA_VERSION=9.0",
            "NVIDIA_DISABLE_REQUIRE=1",
            "NVIDIA_GDS=enabled",
        ],
        config: AS_VOLUMES,
        ..case("csv-all")
    },
    Case {
        env: &["NVIDIA_VISIBLE_DEVICES", "CUDA_VERSION=9.0", "NVIDIA_GDS=enabled"],
        config: AS_VOLUMES,
        ..case("legacy-graphics")
    },
    Case { config: ("mode = \"cdi\"", "mode = \"auto\""), ..case("cdi-mount-cdi-path") },
];

/// Grants that no case here can need, and why: a part of their names. The modifiers' own tests need them
/// all, on hosts that are made up.
const NOT_HERE: &[(&str, &str)] = &[
    ("csv.edit.device-nodes", "for two GPUs; what the lists name needs no other grant"),
    ("csv.read.files.dev-root", "for two GPUs"),
    ("csv.read.files.host", "for two GPUs"),
    (
        "mode.edit.mode: csv",
        "a mode that is fixed is nobody's choice, and no host here is a Tegra system",
    ),
    ("mode.edit.mode: legacy", "only a default chooses it"),
    (
        "enable-cuda-compat\",\"**\"],\"env\":[\"NVIDIA_CTK_DEBUG=false\"],\"path\":\"/usr/bin/nvidia-cdi-hook\"",
        "where there is NVML",
    ),
    ("imex-channels/channel", "in mode jit-cdi, which needs a driver"),
    ("NVIDIA_IMEX_CHANNELS", "the same"),
    ("feature-gated.read.files.driver-root: /**libnvidia-ml.so*", "where there is no libcuda"),
    (
        "feature-gated.read.files.driver-root: /etc/ld.so.cache",
        "where no library is in a usual place",
    ),
    ("graphics.edit.device-nodes", "for a GPU in /sys"),
    ("graphics.read.files.dev-root", "for a GPU in /sys"),
    ("graphics.read.files.host", "for a GPU in /sys"),
    ("bin/nvidia-xconfig => ", "for a program, and these files are none"),
    ("nvidia-container-toolkit\"", "for a hook of older engines"),
    ("mode.edit.mode: jit-cdi", "the same"),
    ("mode.read.env: CUDA_VERSION", "such an image requests devices of mode jit-cdi"),
    ("mode.read.env: NVIDIA_REQUIRE_CUDA", "the same"),
];

/// One element of a list of grants, or a switch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Grant {
    /// A JSON pointer to the list or switch.
    list: String,
    at: usize,
    /// For people: `stage.table.key: element`.
    name: String,
}

impl Case {
    /// The recorded case with what is different.
    fn of(&self, recorded: &Value) -> Value {
        let mut case = recorded.clone();
        let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_owned();
        if let Some(env) = case["bundle"]["process"]["env"].as_array_mut() {
            for new in self.env {
                env.retain(|old| old.as_str().map(name) != Some(name(new)));
            }
            env.extend(self.env.iter().filter(|new| new.contains('=')).map(|new| (*new).into()));
        }
        if let Some(root) = case["root"].as_array_mut() {
            root.extend(self.files.iter().map(|path| json!(["f", path, ""])));
        }
        let config = case["config"].as_str().unwrap_or_default();
        let (from, to) = self.config;
        assert!(config.contains(from), "{}: {from} is not in {config}", self.name);
        case["config"] = config.replacen(from, to, usize::from(!from.is_empty())).into();
        case
    }
}

pub(crate) fn all_are_needed(cases: &Value) -> Result<(), Failed> {
    let mut all = BTreeSet::new();
    let mut needed = BTreeSet::new();
    for one in CASES {
        let mut found = cases["cases"].as_array().into_iter().flatten();
        let recorded = found.find(|case| case["name"] == one.name);
        let recorded = recorded.ok_or_else(|| format!("there is no case {}", one.name))?;
        one_case(one.name, &one.of(recorded), &mut all, &mut needed)?;
    }
    let spare: Vec<_> = all.difference(&needed).map(|grant| grant.name.clone()).collect();
    let unexplained: Vec<_> = spare
        .iter()
        .filter(|name| !NOT_HERE.iter().any(|(grant, _)| name.contains(grant)))
        .collect();
    let stale: Vec<_> = NOT_HERE
        .iter()
        .filter(|(grant, _)| !spare.iter().any(|name| name.contains(grant)))
        .collect();
    if unexplained.is_empty() && stale.is_empty() {
        return Ok(());
    }
    Err(format!("nothing needs {unexplained:#?}\nneeded after all: {stale:#?}").into())
}

fn one_case(
    name: &str,
    case: &Value,
    all: &mut BTreeSet<Grant>,
    needed: &mut BTreeSet<Grant>,
) -> Result<(), Failed> {
    let (mut scene, case) = prepare(case)?;
    let translated = scene.run("gantry", "config from-nvidia ${TMP}/toolkit.toml");
    scene = scene.file("etc/config.toml", &translated.stdout);
    let shown = scene.run("gantry", "config show --format json");
    let config: Value = serde_json::from_str(&shown.stdout)?;
    let (code, whole, _) = create(&mut scene, &case, &config)?;
    if code != Some(0) {
        return Err(format!("{name}: it fails with all grants").into());
    }
    for grant in grants(&config) {
        let mut without = config.clone();
        match without.pointer_mut(&grant.list) {
            Some(Value::Array(list)) => drop(list.remove(grant.at)),
            Some(switch) => *switch = false.into(),
            None => return Err("a grant that is not there".into()),
        }
        let (code, document, stderr) = create(&mut scene, &case, &without)?;
        let (_, key) = grant.list.rsplit_once("grants/").ok_or("a grant")?;
        let key = key.split('/').nth(1).unwrap_or(key);
        match code {
            Some(0) if document == whole => {}
            Some(0) => {
                return Err(format!("{name}: without {}, something else", grant.name).into());
            }
            _ if stderr.contains(key) || stderr.contains("which is not granted") => {
                needed.insert(grant.clone());
            }
            _ => {
                let name = format!("{name}: without {}: {stderr}", grant.name);
                return Err(name.into());
            }
        }
        all.insert(grant);
    }
    Ok(())
}

/// Creates the container anew with a configuration; its exit status, document and stderr.
fn create(
    scene: &mut Scene,
    case: &Value,
    config: &Value,
) -> Result<(Option<i32>, Option<String>, String), Failed> {
    let text = toml::to_string(config)?;
    std::fs::write(scene.path("etc/config.toml"), text)?;
    std::fs::write(scene.path("bundle/config.json"), case["bundle"].to_string())?;
    let mut command = scene.command("gantry-runtime");
    command.args(strings(&case["argv"]));
    let ran = scene.ran(&mut command);
    Ok((ran.code, scene.read("bundle/config.json"), ran.stderr))
}

fn grants(config: &Value) -> Vec<Grant> {
    let mut found = Vec::new();
    for (stage, settings) in config["stages"].as_object().into_iter().flatten() {
        let pointer = format!("/stages/{stage}/grants");
        collect(&settings["grants"], &pointer, stage, &mut found);
    }
    found
}

fn collect(value: &Value, pointer: &str, name: &str, found: &mut Vec<Grant>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                collect(value, &format!("{pointer}/{key}"), &format!("{name}.{key}"), found);
            }
        }
        Value::Bool(true) => {
            found.push(Grant { list: pointer.to_owned(), at: 0, name: name.to_owned() });
        }
        Value::Array(list) => {
            for (at, one) in list.iter().enumerate() {
                let text = one.as_str().map_or_else(|| one.to_string(), str::to_owned);
                let name = format!("{name}: {text}");
                found.push(Grant { list: pointer.to_owned(), at, name });
            }
        }
        _ => {}
    }
}
