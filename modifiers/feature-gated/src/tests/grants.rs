//! Each grant is needed: without it, one of these containers fails with a refusal of its kind.

use super::*;

#[test]
fn each_is_needed() {
    const HOOK: &str = r#"{"cuda-compat-mode":"hook"}"#;
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const PRIVILEGED: &str = r#"{"accept-envvar-when-unprivileged":false}"#;
    let every = "VISIBLE_DEVICES=0 NVSWITCH=enabled GDS=enabled GDRCOPY=enabled MOFED=enabled";
    let channels = "VISIBLE_DEVICES=0 IMEX_CHANNELS=0";
    let cached = container("VISIBLE_DEVICES=0").file("driver-root", "/etc/ld.so.cache", b"none");
    let machine_learning =
        container("VISIBLE_DEVICES=0").file("driver-root", "/usr/lib64/libnvidia-ml.so.1.2", b"");
    let owned = container("VISIBLE_DEVICES=0 GDRCOPY=enabled").char_device(
        "dev-root",
        "/dev/gdrdrv",
        (241, 0),
        0o660,
        44,
    );
    let cases = [
        (recorded(every), Mode::Csv, "{}"),
        (recorded(channels), Mode::JitCdi, "{}"),
        (recorded(channels), Mode::Cdi, "{}"),
        (recorded(channels), Mode::JitCdi, MOUNTS),
        (recorded(channels), Mode::JitCdi, PRIVILEGED),
        (recorded(""), Mode::Csv, "{}"),
        (recorded(every), Mode::Legacy, HOOK),
        (machine_learning, Mode::Legacy, HOOK),
        (cached, Mode::Legacy, HOOK),
        (owned, Mode::Legacy, "{}"),
    ];
    for want in wants::WANTS {
        let needed = cases.iter().any(|(host, mode, settings)| {
            let run = host.clone().without(want).modify::<FeatureGated>(*mode, settings);
            run.is_err_and(|failure| {
                failure.cause.contains(&format!("METADATA.wants has no {} that", want.grant))
            })
        });
        assert!(needed, "{want:?}");
    }
}
