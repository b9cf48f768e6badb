//! A host, a container, and the edits. The names are those of the recorded cases.

mod grants;

use gantry_modifier::testing::{Host, validate};

use super::*;

const LIB: &str = "/usr/lib/x86_64-linux-gnu";
const HOOK: &str = "hook createContainer /usr/bin/gantry-hook create-symlinks";

/// A container with this environment, on the recorded cases' host.
fn recorded(env: &[&str]) -> Host {
    let gpu = "GPU UUID: \t GPU-11111111-2222-3333-4444-555555555555\nBus Location: \t 0000:41:00.0\n\
        Device Minor: \t 0\n";
    let files = [
        "/usr/lib/x86_64-linux-gnu/libcuda.so.999.88.77",
        "/usr/lib/x86_64-linux-gnu/libnvidia-allocator.so.999.88.77",
        "/usr/lib/x86_64-linux-gnu/libnvidia-egl-gbm.so.1.1.0",
        "/usr/lib/x86_64-linux-gnu/libnvidia-vulkan-producer.so.999.88.77",
        "/usr/share/glvnd/egl_vendor.d/10_nvidia.json",
        "/etc/vulkan/icd.d/nvidia_icd.json",
        "/usr/share/vulkan/implicit_layer.d/nvidia_layers.json",
        "/usr/share/egl/egl_external_platform.d/15_nvidia_gbm.json",
        "/usr/share/nvidia/nvoptix.bin",
        "/etc/OpenCL/vendors/nvidia.icd",
    ];
    let host = files.iter().fold(container(env), |host, path| host.file("driver-root", path, b""));
    host.link("driver-root", &format!("{LIB}/libcuda.so.1"), "libcuda.so.999.88.77")
        .char_device("dev-root", "/dev/dri/card0", (226, 0), 0o666, 0)
        .char_device("dev-root", "/dev/dri/renderD128", (226, 128), 0o666, 0)
        .file("host", "/proc/driver/nvidia/gpus/0000:41:00.0/information", gpu.as_bytes())
}

fn container(env: &[&str]) -> Host {
    env.iter().fold(Host::new(), |host, entry| host.env(entry))
}

fn edits(host: &Host, settings: &str) -> Vec<String> {
    match host.modify::<Graphics>(Mode::Legacy, settings) {
        Ok(edits) => edits.into_iter().map(|edit| edit.text).collect(),
        Err(failure) => vec![failure.cause],
    }
}

fn mount(from: &str, to: &str) -> String {
    format!("mount driver-root:{from} => {to} : ro,nosuid,nodev,rbind,rprivate")
}

#[test]
fn legacy_graphics() {
    let same = |path: String| mount(&path, &path);
    let config = |path: &str| mount(path, path);
    let expected = [
        same(format!("{LIB}/libnvidia-egl-gbm.so.1.1.0")),
        same(format!("{LIB}/libnvidia-vulkan-producer.so.999.88.77")),
        config("/usr/share/glvnd/egl_vendor.d/10_nvidia.json"),
        config("/usr/share/egl/egl_external_platform.d/15_nvidia_gbm.json"),
        config("/usr/share/nvidia/nvoptix.bin"),
        config("/etc/OpenCL/vendors/nvidia.icd"),
        config("/etc/vulkan/icd.d/nvidia_icd.json"),
        mount(
            "/usr/share/vulkan/implicit_layer.d/nvidia_layers.json",
            "/etc/vulkan/implicit_layer.d/nvidia_layers.json",
        ),
        format!(
            "{HOOK} --link ../libnvidia-allocator.so.1::{LIB}/gbm/nvidia-drm_gbm.so \
            --link libnvidia-vulkan-producer.so.999.88.77::{LIB}/libnvidia-vulkan-producer.so"
        ),
    ];
    let graphics = ["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=graphics"];
    assert_eq!(edits(&recorded(&graphics), "{}"), expected);
}

#[test]
fn who_gets_graphics() {
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const PREFERRED: &str = r#"{"preferred-env":["GPUS"]}"#;
    const PRIVILEGED: &str = r#"{"accept-envvar-when-unprivileged":false}"#;
    let mounted =
        |env: &[&str]| recorded(env).mount("/dev/null", "/var/run/nvidia-container-devices/0");
    let annotated = recorded(&["NVIDIA_DRIVER_CAPABILITIES=all"]).annotation("cdi.k8s.io/x", "0");
    #[rustfmt::skip] // one line a case
    let table = [
        ("graphics", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=graphics"]), "{}", true),
        ("display", recorded(&["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=utility,display"]), "{}", true),
        ("all", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", true),
        ("the driver's files, no device", recorded(&["NVIDIA_VISIBLE_DEVICES=none", "NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", true),
        ("not requested", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=compute"]), "{}", false),
        ("by default", recorded(&["NVIDIA_VISIBLE_DEVICES=0"]), "{}", false),
        ("as it is written", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=compute, graphics"]), "{}", false),
        ("void", recorded(&["NVIDIA_VISIBLE_DEVICES=void", "NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", false),
        ("no devices", recorded(&["NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", false),
        ("an old image", recorded(&["CUDA_VERSION=9.0", "NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", true),
        ("annotations do not count", annotated, "{}", false),
        ("mounts", mounted(&["NVIDIA_DRIVER_CAPABILITIES=all"]), MOUNTS, true),
        ("mounts that are not accepted", mounted(&["NVIDIA_DRIVER_CAPABILITIES=all"]), "{}", false),
        ("unprivileged", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=all"]), PRIVILEGED, false),
        ("privileged", recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=all"]).capability("CAP_SYS_ADMIN"), PRIVILEGED, true),
    ];
    for (name, host, settings, expected) in table {
        let edits = edits(&host, settings);
        assert_eq!(
            edits.iter().any(|edit| edit.starts_with("mount ")),
            expected,
            "{name}: {edits:?}"
        );
        assert_eq!(edits.is_empty(), !expected, "{name}: {edits:?}");
    }
    // The operator's variable needs the operator's grant.
    let refused = edits(&recorded(&["GPUS=0", "NVIDIA_DRIVER_CAPABILITIES=all"]), PREFERRED);
    assert_eq!(
        refused,
        ["container-env.get: not granted: METADATA.wants has no read.env that covers `GPUS`"]
    );
}

#[test]
fn without_a_driver() {
    let host = container(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=graphics"]);
    let failure = host.directory("driver-root", "/usr/lib").modify::<Graphics>(Mode::Legacy, "{}");
    assert!(failure.unwrap_err().cause.starts_with("the driver's version is not known"));
}

#[test]
fn other_modes() {
    let host = recorded(&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=all"]);
    for mode in [Mode::Cdi, Mode::JitCdi, Mode::Csv] {
        assert_eq!(host.modify::<Graphics>(mode, "{}").unwrap(), []);
    }
}

/// Two GPUs; the first on the bus has the higher minor. Only the driver's version is to be found.
fn two_gpus(devices: &str) -> Host {
    let mut host = container(&[
        &format!("NVIDIA_VISIBLE_DEVICES={devices}"),
        "NVIDIA_DRIVER_CAPABILITIES=graphics",
    ])
    .file("driver-root", "/usr/lib64/libcuda.so.575.57.08", b"");
    for (bus, uuid, minor, card, mode) in [(41, "GPU-a", 1, 1, 0o660), (42, "GPU-b", 0, 2, 0o666)] {
        let render = card + 128;
        let information = format!(
            "GPU UUID: \t {uuid}\nBus Location: \t 0000:{bus}:00.0\nDevice Minor: \t {minor}\n"
        );
        let pci = format!("/sys/devices/pci0000:40/0000:{bus}:00.0");
        let by_path = format!("/dev/dri/by-path/pci-0000:{bus}:00.0");
        host = host
            .file(
                "host",
                &format!("/proc/driver/nvidia/gpus/0000:{bus}:00.0/information"),
                information.as_bytes(),
            )
            .directory("host", &format!("{pci}/drm/card{card}"))
            .directory("host", &format!("{pci}/drm/renderD{render}"))
            .link(
                "host",
                &format!("/sys/bus/pci/devices/0000:{bus}:00.0"),
                &format!("../../../..{pci}"),
            )
            .char_device("dev-root", &format!("/dev/dri/card{card}"), (226, card), mode, 44)
            .char_device("dev-root", &format!("/dev/dri/renderD{render}"), (226, render), 0o666, 0)
            .link("dev-root", &format!("{by_path}-card"), &format!("../card{card}"))
            .link("dev-root", &format!("{by_path}-render"), &format!("../renderD{render}"));
    }
    host
}

#[test]
fn drm_nodes() {
    let first = [
        "device-node /dev/dri/card1 from dev-root:/dev/dri/card1 gid 44",
        "device-node /dev/dri/renderD129 from dev-root:/dev/dri/renderD129",
        "hook createContainer /usr/bin/gantry-hook create-symlinks \
            --link ../card1::/dev/dri/by-path/pci-0000:41:00.0-card \
            --link ../renderD129::/dev/dri/by-path/pci-0000:41:00.0-render",
        "gid 44",
    ];
    // Its index is 1 and its minor 0; its nodes are open to all.
    let second = [
        "device-node /dev/dri/card2 from dev-root:/dev/dri/card2 gid 44",
        "device-node /dev/dri/renderD130 from dev-root:/dev/dri/renderD130",
        "hook createContainer /usr/bin/gantry-hook create-symlinks \
            --link ../card2::/dev/dri/by-path/pci-0000:42:00.0-card \
            --link ../renderD130::/dev/dri/by-path/pci-0000:42:00.0-render",
    ];
    #[rustfmt::skip] // one line a case
    let table: [(&str, &str, &[&str]); 7] = [
        ("0", "{}", &first),
        ("0", r#"{"no-additional-gids":true}"#, &first[..3]),
        ("GPU-a", "{}", &first),
        ("1", "{}", &second),
        ("0000:42:00.0", "{}", &second),
        ("2", "{}", &[]),
        ("none", "{}", &[]),
    ];
    for (devices, settings, expected) in table {
        assert_eq!(edits(&two_gpus(devices), settings), expected, "{devices} {settings}");
    }
    let all = edits(&two_gpus("all"), "{}");
    assert_eq!(all.iter().filter(|edit| edit.starts_with("device-node ")).count(), 4);
}

#[test]
fn reasons() {
    let host = two_gpus("0").file("driver-root", "/usr/share/nvidia/nvoptix.bin", b"");
    let edits = host.modify::<Graphics>(Mode::Legacy, "{}").unwrap();
    let reasons: Vec<_> = edits.iter().map(|edit| edit.reason.as_str()).collect();
    let node = "graphics on a GPU requested by NVIDIA_VISIBLE_DEVICES";
    let gid = "owns /dev/dri/card1, graphics on a GPU requested by NVIDIA_VISIBLE_DEVICES";
    assert_eq!(reasons, [node, node, node, gid, "requested by NVIDIA_DRIVER_CAPABILITIES"]);
}

#[test]
fn settings() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"hook-path":"/usr/bin/nvidia-ctk"}"#, None),
        (r#"{"hook-path":"nvidia-ctk"}"#, Some("hook-path")),
        (r#"{"no-additional-gids":1}"#, Some("no-additional-gids")),
        (r#"{"preferred-env":["A=B"]}"#, Some("preferred-env[0]")),
        (r#"{"accept-volume-muonts":true}"#, Some("accept-volume-muonts")),
    ];
    for (text, key) in table {
        let problems = validate::<Graphics>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
