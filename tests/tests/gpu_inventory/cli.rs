//! `gantry gpu inventory` as people and programs use it.

use std::fs;

use gantry_tests::golden::assert_golden;
use gantry_tests::nvml::{self, host, host_with_mig, lines};
use gantry_tests::scene::Scene;
use serde_json::{Value, json};

use super::with;

/// A host with these GPUs, whose driver is below `${TMP}/root`.
fn scene(test: &str, inventory: &Value) -> Option<Scene> {
    let library = nvml::library(test)?;
    let scene = Scene::new()
        .variable("NVML_STANDIN", "${TMP}/nvml")
        .file("nvml", &lines(inventory))
        .file("root/usr/lib64/x", "")
        .file("empty/usr/lib64/libnvidia-ml.so.1", "no library")
        .config("[host]\ndriver-root = \"${TMP}/root\"");
    let place = scene.path("root/usr/lib64");
    fs::copy(library, place.join("libnvidia-ml.so.575.57.08")).unwrap();
    std::os::unix::fs::symlink("libnvidia-ml.so.575.57.08", place.join("libnvidia-ml.so.1"))
        .unwrap();
    Some(scene)
}

/// Everything that a run says, as one text.
fn said(scene: &Scene, line: &str, code: i32) -> String {
    let ran = scene.run("gantry", &format!("gpu inventory {line}"));
    assert_eq!(ran.code, Some(code), "{line}: {}{}", ran.stdout, ran.stderr);
    let errors =
        if ran.stderr.is_empty() { String::new() } else { format!("stderr:\n{}", ran.stderr) };
    scene.normal(&format!("$ gantry gpu inventory {line}\n{}{errors}exit {code}\n", ran.stdout))
}

/// What is printed is a golden file.
#[test]
#[rustfmt::skip] // a table: one line a case
fn is_printed() {
    const TEST: &str = "gpu_inventory::cli::is_printed";
    let odd = json!({"gpus": [
        {"uuid": "54d0709b-558d-5a59-9c65-0c5fc14a21a4", "minor": 0, "name": "Orin (nvgpu)"},
        {"uuid": "GPU-2", "name": "evil\u{1b}[2J", "bus": "00000000:41:00.0", "minor": 1, "addressing": "ats", "memory": 102_000_000_000_u64},
        {"uuid": "GPU-3", "name": "MIG, half configured", "bus": "00000000:42:00.0", "minor": 2, "mig": "enabled"},
    ]});
    let lost = json!({"errors": {"nvmlDeviceGetMinorNumber.gpu1": 15, "nvmlDeviceGetName.gpu2": 15}});
    for (name, inventory, line, code) in [
        ("none", host(0), "", 0),
        ("one", host(1), "", 0),
        ("one-json", host(1), "--format json", 0),
        ("eight", host(8), "", 0),
        ("odd", odd, "", 0),
        ("failed", with(host(4), &lost), "", 3),
        ("failed-json", with(host(4), &lost), "--format json", 3),
        ("no-driver", with(host(1), &json!({"errors": {"nvmlInit_v2": 9}})), "", 1),
        ("other-version", with(host(1), &json!({"errors": {"nvmlInit_v2": 18}})), "", 1),
        ("crash", with(host(1), &json!({"crash": {"nvmlDeviceGetCount_v2": 6}})), "", 1),
        ("hangs", with(host(1), &json!({"sleep": {"nvmlDeviceGetCount_v2": 600_000}})), "--timeout 250ms", 1),
        ("driver-root", host(1), "--driver-root ${TMP}/root/usr/../", 0),
        ("driver-root-broken", host(1), "--driver-root ../empty", 1),
        ("driver-root-not-there", host(1), "--driver-root ${TMP}/nowhere", 1),
        ("library", host(1), "--library ../root/usr/lib64/libnvidia-ml.so.1", 0),
        ("library-not-there", host(1), "--library ${TMP}/absent.so", 1),
        ("bad-timeout", host(1), "--timeout soon", 2),
    ] {
        let Some(scene) = scene(TEST, &inventory) else { return };
        assert_golden(&format!("gpu/{name}.txt"), &said(&scene, line, code));
    }
}

/// MIG devices stand below their GPU. They come from a file: the kernel of this host may list minors, too.
#[test]
fn mig_devices_are_printed() {
    let recorded = json!({
        "driver-version": "570.10",
        "cuda-version": "12.10",
        "gpus": [{
            "index": 0, "uuid": "GPU-0", "minor": 3, "pci-bus-id": "00000000:41:00.0", "name": "NVIDIA H100 80GB HBM3",
            "memory": 85_520_809_984_u64, "mig-enabled": true,
            "mig-devices": [
                { "index": 0, "uuid": "MIG-0", "gpu-instance": 1, "compute-instance": 0, "profile": "1g.10gb+gfx",
                  "graphics": true, "capability-minors": { "gpu-instance": 12, "compute-instance": 13 } },
                { "index": 4, "uuid": "MIG-4", "gpu-instance": 5, "compute-instance": 1, "profile": "1c.2g.20gb" },
            ],
        }],
    });
    let scene = Scene::new().file("gpus.json", &recorded.to_string());
    assert_golden("gpu/mig.txt", &said(&scene, "--from ${TMP}/gpus.json", 0));
    assert_golden("gpu/mig-yaml.txt", &said(&scene, "--from ${TMP}/gpus.json --format yaml", 0));
}

/// Only the name that all versions have is looked for, as in the reference; then it may be the host's.
#[test]
fn without_links() {
    const TEST: &str = "gpu_inventory::cli::without_links";
    let Some(scene) = scene(TEST, &host(1)) else { return };
    fs::remove_file(scene.path("root/usr/lib64/libnvidia-ml.so.1")).unwrap();
    let ran = scene.run("gantry", "gpu inventory");
    assert!(!ran.stdout.contains("GPU-00000001-"), "{ran:?}");
}

/// What was written is read back, by whoever has no GPU.
#[test]
fn is_read_back() {
    const TEST: &str = "gpu_inventory::cli::is_read_back";
    let inventory = with(host_with_mig(), &json!({"errors": {"nvmlDeviceGetName.gpu1": 15}}));
    let Some(scene) = scene(TEST, &inventory) else { return };
    for format in ["json", "yaml", "text"] {
        let written = scene.run("gantry", &format!("gpu inventory --format {format}"));
        assert_eq!(written.code, Some(3), "{}", written.stderr);
        let scene = Scene::new().file("recorded", &written.stdout);
        let again = scene
            .run("gantry", &format!("gpu inventory --format {format} --from ${{TMP}}/recorded"));
        if format == "text" {
            assert_eq!(again.code, Some(4), "{}", again.stderr);
        } else {
            assert_eq!((again.code, again.stdout), (Some(3), written.stdout));
        }
    }
}

/// What is no inventory is refused, with the reason.
#[test]
#[rustfmt::skip] // a table: one line a case
fn files_are_checked() {
    for (text, expected) in [
        ("", "not an inventory"),
        ("{", "not an inventory: EOF while parsing"),
        ("{}", "not an inventory: missing field `gpus`"),
        (r#"{"gpus":[],"gpu":1}"#, "not an inventory: unknown field `gpu`"),
        (r#"{"gpus":[{"index":0,"name":"n"}]}"#, "not an inventory: missing field `uuid`"),
        (r#"{"gpus":[],"cuda-version":"12"}"#, "is not a version of two numbers, such as 12.9"),
        (r#"{"gpus":[],"failed":[{"index":0,"why":"x"},{"index":0,"why":"x"}]}"#, "not an inventory: two GPUs have the index 0"),
        ("gpus: 7", "not an inventory"),
    ] {
        let scene = Scene::new().file("file", text);
        let ran = scene.run("gantry", "gpu inventory --from ${TMP}/file");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(4), ""), "{text}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{text}: {}", ran.stderr);
    }
    let ran = Scene::new().run("gantry", "gpu inventory --from ${TMP}/absent");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let ran = Scene::new().run("gantry", "gpu inventory --from ${TMP}/absent --timeout 1s");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}
