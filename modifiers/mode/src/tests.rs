//! One line a case: a container, settings, and the mode.

mod platform;

use gantry_modifier::testing::Host;

use super::*;

const AUTO: &str = "{}";
const LEGACY: &str = r#"{"default":"legacy"}"#;
const MOUNTS: &str = r#"{"default":"jit-cdi","accept-volume-mounts":true}"#;

fn env(value: &str) -> Host {
    Host::new().env(&format!("NVIDIA_VISIBLE_DEVICES={value}"))
}

fn mounted(host: Host, path: &str) -> Host {
    host.mount("/dev/null", &format!("/var/run/nvidia-container-devices/{path}"))
}

#[test]
fn modes() {
    let none = Host::new;
    #[rustfmt::skip] // one line a case
    let table = [
        (none(), AUTO, Mode::JitCdi),
        (none(), LEGACY, Mode::Legacy),
        (none(), r#"{"mode":"csv"}"#, Mode::Csv),
        (none(), r#"{"mode":"jit-cdi"}"#, Mode::JitCdi),
        (none(), r#"{"mode":"cdi","default":"csv"}"#, Mode::Cdi),
        (env("nvidia.com/gpu=0"), r#"{"mode":"legacy"}"#, Mode::Legacy),
        (env("nvidia.com/gpu=all"), LEGACY, Mode::Cdi),
        (env("nvidia.com/gpu=0,nvidia.com/gpu=1"), LEGACY, Mode::Cdi),
        (env("nvidia.com/gpu=0,0"), LEGACY, Mode::Legacy),
        (env("all"), LEGACY, Mode::Legacy),
        (env("void"), LEGACY, Mode::Legacy),
        (env("0").annotation("cdi.k8s.io/x", "v.com/c=0"), LEGACY, Mode::Cdi),
        (env("v.com/c=0").annotation("cdi.k8s.io/x", "0"), LEGACY, Mode::Legacy),
        (mounted(none(), "cdi/nvidia.com/gpu/0"), MOUNTS, Mode::Cdi),
        (mounted(none(), "cdi/nvidia.com/gpu/0"), LEGACY, Mode::Legacy),
        (mounted(mounted(none(), "cdi/nvidia.com/gpu/0"), "all"), MOUNTS, Mode::JitCdi),
        (mounted(env("0"), "cdi/nvidia.com/gpu/0"), MOUNTS, Mode::Cdi),
    ];
    for (host, settings, mode) in table {
        assert_eq!(host.select::<Selector>(settings), Ok(mode), "{settings} {host:?}");
    }
}

#[test]
fn failures() {
    #[rustfmt::skip] // one line a case
    let table = [
        (Host::new(), r#"{"mode":"not-a-mode"}"#, "setting `mode`: unknown variant `not-a-mode`"),
        (Host::new(), r#"{"default":"auto"}"#, "setting `default`: unknown variant `auto`"),
        (Host::new(), r#"{"defualt":"cdi"}"#, "setting `defualt`: unknown field `defualt`"),
        (Host::new(), r#"{"preferred-env":["A=B"]}"#, "setting `preferred-env[0]`: "),
        (Host::new().env("NOEQUALS"), AUTO, "process.env[0] has no `=`"),
        // Only the operator can grant the variables that he prefers.
        (Host::new(), r#"{"preferred-env":["A"]}"#, "container-env.get: not granted: "),
    ];
    for (host, settings, start) in table {
        let failure = host.select::<Selector>(settings).unwrap_err();
        assert!(failure.cause.starts_with(start), "{}", failure.cause);
    }
}
