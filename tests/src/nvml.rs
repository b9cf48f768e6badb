//! The stand-in for NVML (`nvml/standin.c`): a shared library with NVML's C interface, whose answers are read
//! from a file. It is loaded through the same path as the real one.
//!
//! An inventory is JSON, as in the recorded cases: `driver_version`, `cuda_driver_version`, `gpus` (a list;
//! `mig_devices` by slot), `errors`, `sleep`, `crash`.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails where its scene cannot be made"
)]

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::programs::{installed, program, workspace};
use crate::skips::skip;

const SOURCE: &str = include_str!("../nvml/standin.c");

/// The stand-in; `None`, noted as a skip of this test, where no C compiler can build it.
#[must_use]
pub fn library(test: &str) -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    noted(test, BUILT.get_or_init(|| build("standin", &[])).as_ref())
}

/// The stand-in for the library of a driver that knows no MIG and no addressing modes.
#[must_use]
pub fn old_library(test: &str) -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    noted(test, BUILT.get_or_init(|| build("standin-old", &["-DOLD_DRIVER"])).as_ref())
}

fn noted(test: &str, built: Option<&PathBuf>) -> Option<PathBuf> {
    if built.is_none() {
        skip(test, "no C compiler builds the stand-in for NVML");
    }
    built.cloned()
}

/// Builds it once for all tests: another process that does so too makes the same file.
fn build(name: &str, flags: &[&str]) -> Option<PathBuf> {
    let compiler = installed("cc")?;
    let mut hasher = DefaultHasher::new();
    SOURCE.hash(&mut hasher);
    let directory = workspace().join("target/nvml");
    let library = directory.join(format!("{name}-{:016x}.so", hasher.finish()));
    if library.is_file() {
        return Some(library);
    }
    fs::create_dir_all(&directory).unwrap();
    let made = tempfile::Builder::new().suffix(".so").tempfile_in(&directory).unwrap();
    let done = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O2", "-fvisibility=hidden"])
        .arg("-Wl,-soname,libnvidia-ml.so.1")
        .args(flags)
        .arg("-o")
        .arg(made.path())
        .arg(workspace().join("tests/nvml/standin.c"))
        .status()
        .unwrap();
    assert!(done.success(), "the stand-in for NVML does not build");
    made.persist(&library).unwrap();
    fs::set_permissions(&library, Permissions::from_mode(0o755)).unwrap();
    Some(library)
}

/// The stand-in's lines for an inventory.
#[must_use]
pub fn lines(inventory: &Value) -> String {
    let mut lines = String::new();
    for (key, value) in inventory.as_object().unwrap() {
        match key.as_str() {
            "gpus" => {
                let gpus = value.as_array().unwrap();
                writeln!(lines, "gpus={}", gpus.len()).unwrap();
                for (index, gpu) in gpus.iter().enumerate() {
                    fields(&mut lines, &format!("gpu.{index}"), gpu);
                }
            }
            "errors" => fields(&mut lines, "error", value),
            "sleep" | "crash" => fields(&mut lines, key, value),
            _ => field(&mut lines, key, value),
        }
    }
    lines
}

fn fields(lines: &mut String, of: &str, values: &Value) {
    for (key, value) in values.as_object().unwrap() {
        if key == "mig_devices" {
            for (slot, mig) in value.as_object().unwrap() {
                fields(lines, &format!("{of}.mig.{slot}"), mig);
            }
        } else {
            field(lines, &format!("{of}.{key}"), value);
        }
    }
}

fn field(lines: &mut String, key: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => writeln!(lines, "{key}={text}").unwrap(),
        other => writeln!(lines, "{key}={other}").unwrap(),
    }
}

/// Writes what the stand-in answers with; the variable `NVML_STANDIN` names this file.
#[must_use]
pub fn answers(directory: &Path, inventory: &Value) -> PathBuf {
    let path = directory.join("nvml");
    fs::write(&path, lines(inventory)).unwrap();
    path
}

/// A program that runs `gantry-nvml` with these answers, where a test cannot set the variable.
#[must_use]
pub fn reader(directory: &Path, inventory: &Value) -> PathBuf {
    let answers = answers(directory, inventory);
    let real = program("gantry-nvml");
    let text = format!("NVML_STANDIN={} exec {} \"$@\"", quoted(&answers), quoted(&real));
    script(directory, &text)
}

/// A shell script.
#[must_use]
pub fn script(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("reader.sh");
    // Written by another process: one that is started elsewhere meanwhile would hold the file open for
    // writing, and then it cannot be executed.
    let command = "umask 077; printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\"; chmod 700 \"$2\"";
    let written = Command::new("sh").args(["-c", command, "sh", text]).arg(&path).status();
    assert!(written.unwrap().success());
    path
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

/// A GPU without MIG.
#[must_use]
pub fn gpu(index: u32) -> Value {
    json!({
        "uuid": format!("GPU-{:08x}-aaaa-bbbb-cccc-0123456789ab", index + 1),
        "minor": index,
        "name": "NVIDIA H100 80GB HBM3",
        "bus": format!("00000000:{:02x}:00.0", 0x41 + index),
        "memory": 85_520_809_984_u64,
        "brand": 14,
        "architecture": 9,
        "compute": "9.0",
    })
}

/// A host with as many GPUs.
#[must_use]
pub fn host(gpus: u32) -> Value {
    let gpus: Vec<Value> = (0..gpus).map(gpu).collect();
    json!({ "driver_version": "575.57.08", "cuda_driver_version": 12_090, "gpus": gpus })
}

/// A host with two GPUs, the first in three MIG devices.
#[must_use]
pub fn host_with_mig() -> Value {
    let mig = |index: u32, gi: u32, profile: u32, memory: u32| {
        json!({
            "uuid": format!("MIG-00000001-{index:04}-5eed-beef-0123456789ab"),
            "gi": gi,
            "ci": 0,
            "gi_profile": profile,
            "ci_profile": if profile == 10 { 0 } else { profile },
            "memory_mb": memory,
        })
    };
    let mut host = host(2);
    host["gpus"][0]["mig"] = "enabled".into();
    host["gpus"][1]["mig"] = "disabled".into();
    host["gpus"][0]["mig_devices"] =
        json!({ "0": mig(0, 1, 0, 9984), "1": mig(1, 2, 10, 9984), "4": mig(4, 5, 1, 19968) });
    host
}
