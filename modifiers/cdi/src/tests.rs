//! One line a case: a container, and what is injected. The names are those of the recorded cases.

mod requirements;

use gantry_modifier::testing::{Host, validate};

use super::*;

fn env(value: &str) -> Host {
    Host::new().env(&format!("NVIDIA_VISIBLE_DEVICES={value}"))
}

fn mounted(host: Host, path: &str) -> Host {
    host.mount("/dev/null", &format!("/var/run/nvidia-container-devices/{path}"))
}

/// The injected devices, in one line; or the cause of the failure.
fn line(host: &Host, mode: Mode, settings: &str) -> String {
    match host.modify::<Cdi>(mode, settings) {
        Ok(edits) => {
            edits.iter().map(|edit| edit.text.replace("device ", "")).collect::<Vec<_>>().join(" ")
        }
        Err(failure) => failure.cause,
    }
}

#[test]
fn mode_cdi() {
    const DEFAULT: &str = "{}";
    const NET: &str = r#"{"default-kind":"vendor.com/net"}"#;
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const PRIVILEGED: &str = r#"{"accept-envvar-when-unprivileged":false}"#;
    let none = Host::new;
    #[rustfmt::skip] // one line a case
    let table = [
        ("env-index", env("0"), DEFAULT, "nvidia.com/gpu=0"),
        ("env-two", env("0,1"), DEFAULT, "nvidia.com/gpu=0 nvidia.com/gpu=1"),
        ("env-all", env("all"), DEFAULT, "nvidia.com/gpu=all"),
        ("env-qualified", env("nvidia.com/gpu=1"), DEFAULT, "nvidia.com/gpu=1"),
        ("env-mixed-kinds", env("0,vendor.com/net=eth0"), DEFAULT, "nvidia.com/gpu=0 vendor.com/net=eth0"),
        ("env-void", env("void"), DEFAULT, ""),
        ("env-empty", env(""), DEFAULT, ""),
        ("env-unset", none(), DEFAULT, ""),
        ("env-none", env("none"), DEFAULT, "nvidia.com/gpu=none"),
        ("env-repeated-device", env("nvidia.com/gpu=0,0"), DEFAULT, "nvidia.com/gpu=0"),
        ("legacy-image-unset", none().env("CUDA_VERSION=11.6"), DEFAULT, "nvidia.com/gpu=all"),
        ("default-kind", env("eth0"), NET, "vendor.com/net=eth0"),
        ("env-malformed", env("0").env("X"), DEFAULT, "process.env[1] has no `=`: every entry must be NAME=VALUE"),
        ("unprivileged-refused", env("0"), PRIVILEGED, ""),
        ("privileged-accepted", env("0").capability("CAP_SYS_ADMIN"), PRIVILEGED, "nvidia.com/gpu=0"),
        ("annotation", none().annotation("cdi.k8s.io/x", "vendor.com/net=eth0"), DEFAULT, "vendor.com/net=eth0"),
        ("annotation-over-env", env("0").annotation("cdi.k8s.io/x", "vendor.com/net=eth1"), DEFAULT, "vendor.com/net=eth1"),
        ("annotation-unqualified", none().annotation("cdi.k8s.io/x", "device"), DEFAULT, "nvidia.com/gpu=device"),
        ("annotation-twice", none().annotation("cdi.k8s.io/b", "1").annotation("cdi.k8s.io/a", "2,1"), DEFAULT, "nvidia.com/gpu=2 nvidia.com/gpu=1"),
        ("annotation-invalid", none().annotation("cdi.k8s.io/x", "example.com/device"), DEFAULT, "`example.com/device`, requested by annotation cdi.k8s.io/x, cannot be a device's name"),
        ("annotation-none", none().annotation("cdi.k8s.io/x", ""), DEFAULT, "nvidia.com/gpu=none"),
        ("mount", mounted(none(), "0"), MOUNTS, "nvidia.com/gpu=0"),
        ("mount-over-env", mounted(env("1"), "0"), MOUNTS, "nvidia.com/gpu=0"),
        ("mount-cdi-path", mounted(none(), "cdi/vendor.com/net/eth0"), MOUNTS, "vendor.com/net=eth0"),
        ("mount-off", mounted(env("1"), "0"), DEFAULT, "nvidia.com/gpu=1"),
        ("not-a-name", env("example.com/device"), DEFAULT, "`example.com/device`, requested by NVIDIA_VISIBLE_DEVICES, cannot be a device's name"),
        ("just-in-time", env("runtime.nvidia.com/gpu=all"), DEFAULT, "runtime.nvidia.com/gpu=all"),
    ];
    for (name, host, settings, expected) in table {
        assert_eq!(line(&host, Mode::Cdi, settings), expected, "{name}");
    }
}

#[test]
fn other_modes() {
    let annotated = || env("0").annotation("cdi.k8s.io/x", "vendor.com/net=eth1");
    let mixed = "devices of runtime.nvidia.com/gpu cannot be requested together with others: ";
    #[rustfmt::skip] // one line a case
    let table = [
        (annotated(), Mode::JitCdi, "runtime.nvidia.com/gpu=0"),
        (env("none"), Mode::JitCdi, "runtime.nvidia.com/gpu=none"),
        (env("nvidia.com/gpu=0"), Mode::JitCdi, "nvidia.com/gpu=0"),
        (env("0,vendor.com/net=eth0"), Mode::JitCdi, mixed),
        (env("0,runtime.nvidia.com/gpu=0"), Mode::Cdi, mixed),
        (annotated(), Mode::Csv, ""),
        (annotated(), Mode::Legacy, ""),
    ];
    for (host, mode, expected) in table {
        let line = line(&host, mode, "{}");
        assert!(
            if expected == mixed { line.starts_with(mixed) } else { line == expected },
            "{line}"
        );
    }
}

#[test]
fn reasons() {
    const SETTINGS: &str = r#"{"accept-volume-mounts":true}"#;
    #[rustfmt::skip] // one line a case
    let table = [
        (env("0"), "requested by NVIDIA_VISIBLE_DEVICES"),
        (Host::new().annotation("cdi.k8s.io/x", "0"), "requested by annotation cdi.k8s.io/x"),
        (mounted(Host::new(), "0"), "requested by mount /var/run/nvidia-container-devices/0"),
        (Host::new().env("CUDA_VERSION=11"), "requested by an image with CUDA_VERSION"),
    ];
    for (host, reason) in table {
        assert_eq!(host.modify::<Cdi>(Mode::Cdi, SETTINGS).unwrap()[0].reason, reason);
    }
}

#[test]
fn settings() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"default-kind":"vendor.com/net"}"#, None),
        (r#"{"default-kind":"gpu"}"#, Some("default-kind")),
        (r#"{"default-knid":"v/c"}"#, Some("default-knid")),
        (r#"{"annotation-prefixes":["a",1]}"#, Some("annotation-prefixes[1]")),
        (r#"{"annotation-prefixes":[""]}"#, Some("annotation-prefixes[0]")),
        (r#"{"enforce-requirements":1}"#, Some("enforce-requirements")),
        (r#"{"accept-volume-mounts":"yes"}"#, Some("accept-volume-mounts")),
    ];
    for (text, key) in table {
        let problems = validate::<Cdi>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
