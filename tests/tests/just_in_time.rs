//! Devices made just in time: who asks for the GPUs and when, and what an operator reads. What is made is in
//! `jit_conformance`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use gantry_tests::entries::lay_out;
use gantry_tests::scene::{Scene, document};
use gantry_tests::skips::{is_root, skip};
use serde_json::{Value, json};

const DOCUMENT: &str = "bundle/config.json";
const INVENTORY: &str = r#"{"driver-version": "575.57.08", "cuda-version": "12.9", "gpus": [
    {"index": 0, "uuid": "GPU-00000001", "minor": 0, "name": "A", "pci-bus-id": "00000000:41:00.0"},
    {"index": 1, "uuid": "GPU-00000002", "minor": 1, "name": "B", "pci-bus-id": "00000000:42:00.0"}]}"#;

/// A host with a driver and no device nodes, whose reader notes that it was asked. `more` is the configuration.
fn host(request: &str, reader: &str, more: &str) -> Scene {
    let libraries = "/usr/lib/x86_64-linux-gnu";
    let library = |name: &str| {
        json!(["so", format!("{libraries}/{name}.so.575.57.08"), format!("{name}.so.1")])
    };
    let link = json!(["l", format!("{libraries}/libnvidia-ml.so.1"), "libnvidia-ml.so.575.57.08"]);
    let entries = json!([library("libcuda"), library("libnvidia-ml"), link]);
    let config = format!(
        "[host]\ndriver-root = \"${{TMP}}/root\"\ngpu-reader = \"${{TMP}}/reader\"\ngpu-cache = \"\"\n{more}"
    );
    Scene::new()
        .file(DOCUMENT, &document(request))
        .file("inventory", INVENTORY)
        .script("reader", &format!("#!/bin/sh\necho >> ${{TMP}}/asked\n{reader}\n"))
        .with(|scene| lay_out(&scene.path("root"), &entries, None).unwrap())
        .config(&config)
}

fn answering(request: &str, more: &str) -> Scene {
    host(request, "cat ${TMP}/inventory", more)
}

/// How often the reader was started.
fn asked(scene: &Scene) -> usize {
    scene.read("asked").map_or(0, |text| text.lines().count())
}

/// The stage `cdi` with `enforce-requirements`, and further keys of it.
fn enforcing(more: &str) -> String {
    let stage =
        "grants.read.env = [\"NVIDIA_*\", \"CUDA_VERSION\"]\nsettings.enforce-requirements = true";
    format!("{}\n[stages.cdi]\n{stage}\n{more}", in_mode("jit-cdi"))
}

fn in_mode(mode: &str) -> String {
    format!("[stages.mode.settings]\nmode = \"{mode}\"")
}

#[test]
fn who_requests_nothing_asks_nobody() {
    for mode in ["auto", "cdi", "jit-cdi", "csv", "legacy"] {
        let more = format!("{}\n[stages.legacy]\nenabled = false", in_mode(mode));
        for request in ["void", ""] {
            let scene = answering(request, &more);
            scene.create().assert_quiet(mode);
            assert_eq!(asked(&scene), 0, "{mode} {request:?}");
        }
    }
}

/// As in a spec on disk, whatever the order of the request.
#[test]
fn devices_come_in_the_order_of_their_names() {
    if !is_root() {
        skip("just_in_time devices_come_in_the_order_of_their_names", "device nodes need root");
        return;
    }
    let node =
        |gpu: u32, group: u32| json!(["c", format!("/dev/nvidia{gpu}"), 195, gpu, 0o660, 0, group]);
    let nodes = json!([node(0, 107), node(1, 44)]);
    for request in ["0,1", "1,0", "GPU-00000002,0"] {
        let more = format!("dev-root = \"${{TMP}}/root\"\n{}", in_mode("jit-cdi"));
        let scene = answering(request, &more)
            .with(|scene| lay_out(&scene.path("root"), &nodes, None).unwrap());
        scene.create().assert_quiet(request);
        let document: Value = serde_json::from_str(&scene.read(DOCUMENT).unwrap()).unwrap();
        assert_eq!(document["process"]["user"]["additionalGids"], json!([107, 44]), "{request}");
    }
}

#[test]
fn the_driver_is_asked_once_a_create() {
    for (request, mode, asks) in [
        ("0", "jit-cdi", 1),
        ("0,1,GPU-00000001", "jit-cdi", 1),
        ("all", "auto", 1),
        ("none", "jit-cdi", 1),
        ("runtime.nvidia.com/gpu=1", "auto", 1),
        ("vendor.com/dev=x", "auto", 0),
    ] {
        let scene = answering(request, &in_mode(mode));
        scene.create().assert_quiet(request);
        assert_eq!(asked(&scene), asks, "{request}");
    }
}

/// A modifier and the core that both need the GPUs ask once.
#[test]
fn stages_and_devices_share_the_answer() {
    let more = enforcing("");
    for (needs, code) in [("cuda>=12.4", 0), ("cuda>=13.0", 1)] {
        let text = document("0")
            .replace("\"PATH=/bin\"", &format!("\"PATH=/bin\", \"NVIDIA_REQUIRE_X={needs}\""));
        let scene = answering("0", &more).file(DOCUMENT, &text);
        assert_eq!((scene.create().code, asked(&scene)), (Some(code), 1), "{needs}");
    }
}

/// A driver that takes longer to wake than a modifier may: the modifier is not to blame.
#[test]
fn a_slow_driver_is_waited_for() {
    let more = enforcing("limits.time = \"400ms\"");
    let text =
        document("0").replace("\"PATH=/bin\"", "\"PATH=/bin\", \"NVIDIA_REQUIRE_CUDA=cuda>=12.4\"");
    let scene = host("0", "sleep 0.5\ncat ${TMP}/inventory", &more).file(DOCUMENT, &text);
    scene.create().assert_quiet("slow");
    assert_eq!(asked(&scene), 1);
}

#[test]
fn what_is_made_is_explained() {
    let scene = answering("none", &in_mode("jit-cdi"));
    let text = scene.said("explain --bundle ${TMP}/bundle", 0);
    for part in [
        "[made just in time from the inventory read now: runtime.nvidia.com/gpu=none]",
        "[made just in time from the inventory read now: for any of its devices]",
        "/usr/lib/x86_64-linux-gnu/libcuda.so.575.57.08",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_cannot_be_made_is_explained() {
    for (request, reader, more, parts) in [
        (
            "7",
            "cat ${TMP}/inventory",
            "",
            &["stage \"cdi\": cannot make runtime.nvidia.com/gpu=7: ", "no GPU"][..],
        ),
        (
            "GPU-00000003",
            "cat ${TMP}/inventory",
            "",
            &["runtime.nvidia.com/gpu=GPU-00000003", "GPU-00000001"],
        ),
        (
            "0",
            "exit 5",
            "",
            &[
                "cannot make runtime.nvidia.com/gpu=0",
                "${TMP}/root/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.575.57.08",
                "the driver is not loaded",
            ],
        ),
        ("0", "echo nonsense", "", &["${TMP}/reader", "its answer is no inventory"]),
        ("0", "exec sleep 1000", "gpu-timeout = \"50ms\"\n", &["no answer within 50ms"]),
        ("0", "", "gpu-reader = \"${TMP}/none\"\n", &["${TMP}/none", "cannot be run"]),
        (
            "0",
            "echo '{\"gpus\": [], \"failed\": [{\"index\": 0, \"why\": \"GPU is lost\"}]}'",
            "",
            &["GPU 0", "GPU is lost"],
        ),
        ("0,vendor.com/dev=x", "", "", &["cannot be requested together with others"]),
    ] {
        let mut scene = host(request, reader, &in_mode("jit-cdi"));
        if !more.is_empty() {
            let config = scene.read("etc/config.toml").unwrap();
            let key = more.split(' ').next().unwrap();
            let without: String = config
                .lines()
                .filter(|line| !line.starts_with(key))
                .flat_map(|line| [line, "\n"])
                .collect();
            scene = scene
                .file("etc/config.toml", &without.replace("[host]\n", &format!("[host]\n{more}")));
        }
        let before = scene.fingerprint(DOCUMENT);
        let ran = scene.create();
        let said = scene.normal(&ran.stderr);
        assert_eq!((ran.code, ran.called), (Some(1), None), "{request}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        for part in parts {
            assert!(said.contains(part), "{request}: {part}\n{said}");
        }
        assert_eq!(scene.fingerprint(DOCUMENT), before, "{request}");
    }
}

/// A GPU that failed is in nobody's way but of those who need it.
#[test]
fn another_gpu_is_served_beside_one_that_failed() {
    let inventory =
        INVENTORY.replace("]}", "], \"failed\": [{\"index\": 2, \"why\": \"GPU is lost\"}]}");
    for (request, code) in [("0", 0), ("2", 1), ("all", 1)] {
        let scene = answering(request, &in_mode("jit-cdi")).file("inventory", &inventory);
        let ran = scene.create();
        assert_eq!(ran.code, Some(code), "{request}: {}", ran.stderr);
        assert_eq!(ran.stderr.contains("GPU is lost"), code == 1, "{request}: {}", ran.stderr);
    }
}
