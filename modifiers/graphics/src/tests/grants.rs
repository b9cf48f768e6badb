//! Each grant is needed: without it, one of these containers fails with a refusal of its kind.

use super::*;

#[test]
fn each_is_needed() {
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const PRIVILEGED: &str = r#"{"accept-envvar-when-unprivileged":false}"#;
    let graphics = ["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=graphics"];
    let whole = [
        "/usr/lib/x86_64-linux-gnu/nvidia/xorg/nvidia_drv.so",
        "/usr/lib/x86_64-linux-gnu/nvidia/xorg/libglxserver_nvidia.so.999.88.77",
        "/etc/X11/xorg.conf.d/10-nvidia.conf",
        "/usr/share/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
    ];
    let whole = whole
        .iter()
        .fold(recorded(&graphics), |host, path| host.file("driver-root", path, b""))
        .program("driver-root", "/usr/bin/nvidia-xconfig");
    let cases = [
        (whole, Mode::Legacy, "{}"),
        (recorded(&graphics), Mode::Legacy, MOUNTS),
        (recorded(&graphics), Mode::Legacy, PRIVILEGED),
        (recorded(&[]), Mode::Legacy, "{}"),
        (two_gpus("all"), Mode::Legacy, "{}"),
    ];
    for want in wants::WANTS {
        let needed = cases.iter().any(|(host, mode, settings)| {
            let run = host.clone().without(want).modify::<Graphics>(*mode, settings);
            run.is_err_and(|failure| {
                failure.cause.contains(&format!("METADATA.wants has no {} that", want.grant))
            })
        });
        assert!(needed, "{want:?}");
    }
}
