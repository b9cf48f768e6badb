//! A container, a mode, and the edits. The names are those of the recorded cases.

mod grants;

use gantry_modifier::testing::{Host, validate};

use super::*;

/// A container with this environment, on the recorded cases' host.
fn recorded(env: &str) -> Host {
    #[rustfmt::skip] // one line a device
    let devices = [
        ("/dev/nvidia-fs0", (240, 0)),
        ("/dev/infiniband/uverbs0", (231, 192)),
        ("/dev/infiniband/rdma_cm", (10, 122)),
        ("/dev/gdrdrv", (241, 0)),
        ("/dev/nvidia-nvswitchctl", (195, 254)),
        ("/dev/nvidia-nvswitch0", (195, 200)),
        ("/dev/nvidia-caps-imex-channels/channel0", (242, 0)),
        ("/dev/nvidia-caps-imex-channels/channel7", (242, 7)),
    ];
    let host = devices.into_iter().fold(container(env), |host, (path, number)| {
        host.char_device("dev-root", path, number, 0o666, 0)
    });
    host.directory("driver-root", "/run/udev")
        .file("driver-root", "/etc/cufile.json", b"{}")
        .file("driver-root", "/usr/lib/x86_64-linux-gnu/libcuda.so.999.88.77", b"")
        .link("driver-root", "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so.999.88.77")
}

/// Variables, without their `NVIDIA_`.
fn container(env: &str) -> Host {
    env.split_whitespace().fold(Host::new(), |host, entry| host.env(&format!("NVIDIA_{entry}")))
}

/// What the container gets, in one line; or the cause of the failure.
fn line(host: &Host, mode: Mode, settings: &str) -> String {
    let edits = match host.modify::<FeatureGated>(mode, settings) {
        Ok(edits) => edits,
        Err(failure) => return failure.cause,
    };
    let words = edits.iter().map(|edit| match edit.text.split_once(' ') {
        Some(("device-node", node)) => {
            let (path, from) = node.split_once(" from dev-root:").unwrap();
            assert_eq!(from.split(' ').next(), Some(path));
            node.replacen(&format!("{path} from dev-root:{path}"), path, 1)
        }
        Some(("mount", mount)) => {
            let mount = mount.strip_prefix("driver-root:").unwrap();
            let (path, rest) = mount.split_once(" => ").unwrap();
            assert_eq!(rest, format!("{path} : ro,nosuid,nodev,rbind,rprivate"));
            path.to_owned()
        }
        _ => edit.text.clone(),
    });
    words.collect::<Vec<_>>().join(" ")
}

const GDS: &str = "/dev/nvidia-fs0 /etc/cufile.json /run/udev";
const MOFED: &str = "/dev/infiniband/rdma_cm /dev/infiniband/uverbs0";
const GDRCOPY: &str = "/dev/gdrdrv";
const NVSWITCH: &str = "/dev/nvidia-nvswitch0 /dev/nvidia-nvswitchctl";

#[test]
fn gated_features() {
    let all = format!("{GDS} {MOFED} {GDRCOPY} {NVSWITCH}");
    let every = "VISIBLE_DEVICES=0 NVSWITCH=enabled GDS=enabled GDRCOPY=enabled MOFED=enabled";
    #[rustfmt::skip] // one line a case
    let table = [
        ("csv-gated-gds", Mode::Csv, "VISIBLE_DEVICES=0 GDS=enabled", GDS),
        ("csv-gated-gdrcopy", Mode::Csv, "VISIBLE_DEVICES=0 GDRCOPY=enabled", GDRCOPY),
        ("jit-gated-mofed-only", Mode::JitCdi, "VISIBLE_DEVICES=void MOFED=enabled", ""),
        ("jit-gated-nvswitch-only", Mode::JitCdi, "VISIBLE_DEVICES=void NVSWITCH=enabled", ""),
        ("jit-gated-mofed", Mode::JitCdi, "VISIBLE_DEVICES=0 MOFED=enabled", MOFED),
        ("jit-gated-nvswitch", Mode::JitCdi, "VISIBLE_DEVICES=0 NVSWITCH=enabled", NVSWITCH),
        ("jit-gated-with-none", Mode::JitCdi, "VISIBLE_DEVICES=none GDRCOPY=enabled", GDRCOPY),
        ("jit-gated-static-in-cdi-mode", Mode::Cdi, "VISIBLE_DEVICES=nvidia.com/gpu=0 GDRCOPY=enabled", ""),
        ("just in time in mode cdi", Mode::Cdi, "VISIBLE_DEVICES=runtime.nvidia.com/gpu=0,runtime.nvidia.com/gpu=1 GDRCOPY=enabled", GDRCOPY),
        ("both in mode cdi", Mode::Cdi, "VISIBLE_DEVICES=runtime.nvidia.com/gpu=0,nvidia.com/gpu=0 GDRCOPY=enabled", ""),
        ("all in mode cdi", Mode::Cdi, "VISIBLE_DEVICES=all GDRCOPY=enabled", ""),
        ("a spec's devices in mode jit-cdi", Mode::JitCdi, "VISIBLE_DEVICES=nvidia.com/gpu=0 GDRCOPY=enabled", ""),
        ("just in time by name", Mode::JitCdi, "VISIBLE_DEVICES=runtime.nvidia.com/gpu=0 GDRCOPY=enabled", GDRCOPY),
        ("jit-legacy-gated", Mode::Legacy, "VISIBLE_DEVICES=0 GDRCOPY=enabled", GDRCOPY),
        ("no devices", Mode::Legacy, "GDRCOPY=enabled", ""),
        ("the value counts", Mode::Legacy, "VISIBLE_DEVICES=0 GDRCOPY=true GDS=Enabled MOFED=", ""),
        ("in this order", Mode::Legacy, every, &all),
        ("everything, just in time", Mode::JitCdi, every, &all),
    ];
    for (name, mode, env, expected) in table {
        assert_eq!(line(&recorded(env), mode, "{}"), expected, "{name}");
    }
    for (name, settings, expected) in [
        ("by annotation", "{}", GDRCOPY),
        ("annotations do not count", r#"{"annotation-prefixes":[]}"#, ""),
    ] {
        let host =
            recorded("GDRCOPY=enabled").annotation("cdi.k8s.io/x", "runtime.nvidia.com/gpu=0");
        assert_eq!(line(&host, Mode::Cdi, settings), expected, "{name}");
        assert_eq!(line(&host, Mode::JitCdi, settings), "", "{name}: only in mode cdi");
    }
    let missing = container("VISIBLE_DEVICES=0 GDS=enabled MOFED=enabled");
    assert_eq!(line(&missing, Mode::JitCdi, "{}"), "", "jit-gated-missing");
}

#[test]
fn imex() {
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const BOTH: &str =
        "/dev/nvidia-caps-imex-channels/channel0 /dev/nvidia-caps-imex-channels/channel7";
    let seven = BOTH.split(' ').next_back().unwrap();
    let mounted = |what: &str| {
        let host = recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=0");
        let directory = "/var/run/nvidia-container-devices";
        host.mount("/dev/null", &format!("{directory}/imex/{what}"))
            .mount("/dev/null", &format!("{directory}/0"))
    };
    #[rustfmt::skip] // one line a case
    let table = [
        ("jit-imex-channel", Mode::JitCdi, recorded("VISIBLE_DEVICES=void IMEX_CHANNELS=0,7"), "{}", ""),
        ("two", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=0,7"), "{}", BOTH),
        ("twice", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=7,07"), "{}", seven),
        ("jit-imex-all", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=all"), "{}", ""),
        ("none", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=none"), "{}", ""),
        ("ignored", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=0"), r#"{"ignore-imex-channel-requests":true}"#, ""),
        ("mode cdi, just in time", Mode::Cdi, recorded("VISIBLE_DEVICES=runtime.nvidia.com/gpu=0 IMEX_CHANNELS=7"), "{}", seven),
        ("mode cdi", Mode::Cdi, recorded("VISIBLE_DEVICES=nvidia.com/gpu=0 IMEX_CHANNELS=7"), "{}", ""),
        ("mode csv", Mode::Csv, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=0"), "{}", ""),
        ("mode legacy", Mode::Legacy, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=0"), "{}", ""),
        ("jit-imex-by-mount", Mode::JitCdi, mounted("7"), MOUNTS, seven),
        ("jit-imex-text", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=abc"), "{}", "`abc`"),
        ("jit-imex-too-large", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=1048576"), "{}", "`1048576`"),
        ("not there", Mode::JitCdi, recorded("VISIBLE_DEVICES=0 IMEX_CHANNELS=1"), "{}", "IMEX channel 1 is not there"),
    ];
    for (name, mode, host, settings, expected) in table {
        let line = line(&host, mode, settings);
        let is_failure = !expected.is_empty() && !expected.starts_with('/');
        assert!(
            if is_failure { line.starts_with(expected) } else { line == expected },
            "{name}: {line}"
        );
    }
}

#[test]
fn cuda_compatibility() {
    const HOOK: &str = r#"{"cuda-compat-mode":"hook"}"#;
    const CTK: &str = r#"{"cuda-compat-mode":"hook","hook-path":"/usr/bin/nvidia-ctk"}"#;
    let added = "hook createContainer /usr/bin/gantry-hook enable-cuda-compat --host-driver-version=999.88.77";
    let requested = || recorded("VISIBLE_DEVICES=0");
    #[rustfmt::skip] // one line a case
    let table = [
        ("hook", Mode::Legacy, requested(), HOOK, added),
        ("by default", Mode::Legacy, requested(), "{}", ""),
        ("disabled", Mode::Legacy, requested(), r#"{"cuda-compat-mode":"disabled"}"#, ""),
        ("mount", Mode::Legacy, requested(), r#"{"cuda-compat-mode":"mount"}"#, ""),
        ("mode csv", Mode::Csv, requested(), HOOK, ""),
        ("mode jit-cdi", Mode::JitCdi, requested(), HOOK, ""),
        ("nothing requested", Mode::Legacy, recorded(""), HOOK, ""),
        ("no driver", Mode::Legacy, container("VISIBLE_DEVICES=0"), HOOK, "the driver's version is not known"),
        ("a program without a grant", Mode::Legacy, requested(), CTK, "edit-hooks.add: not granted: METADATA.wants has no edit.hooks"),
    ];
    for (name, mode, host, settings, expected) in table {
        let line = line(&host, mode, settings);
        let is_equal = expected.is_empty() || expected == added;
        assert!(
            if is_equal { line == expected } else { line.starts_with(expected) },
            "{name}: {line}"
        );
    }
}

#[test]
fn groups() {
    let host = || {
        container("VISIBLE_DEVICES=0 GDRCOPY=enabled").char_device(
            "dev-root",
            "/dev/gdrdrv",
            (241, 0),
            0o660,
            44,
        )
    };
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", "/dev/gdrdrv gid 44 gid 44"),
        (r#"{"no-additional-gids":true}"#, "/dev/gdrdrv gid 44"),
    ];
    for (settings, expected) in table {
        assert_eq!(line(&host(), Mode::Legacy, settings), expected, "{settings}");
    }
}

#[test]
fn reasons() {
    let host = recorded("VISIBLE_DEVICES=0 GDRCOPY=enabled IMEX_CHANNELS=7");
    let edits = host.modify::<FeatureGated>(Mode::JitCdi, "{}").unwrap();
    let reasons: Vec<_> = edits.iter().map(|edit| edit.reason.as_str()).collect();
    let channel = "IMEX channel requested by NVIDIA_IMEX_CHANNELS";
    assert_eq!(reasons, ["requested by NVIDIA_GDRCOPY", channel]);
}

#[test]
fn settings() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"cuda-compat-mode":"ldconfig"}"#, None),
        (r#"{"cuda-compat-mode":"maybe"}"#, Some("cuda-compat-mode")),
        (r#"{"hook-path":"/a/../b"}"#, Some("hook-path")),
        (r#"{"preferred-env":[""]}"#, Some("preferred-env[0]")),
        (r#"{"ignore-imex":true}"#, Some("ignore-imex")),
    ];
    for (text, key) in table {
        let problems = validate::<FeatureGated>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
