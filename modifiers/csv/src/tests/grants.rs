//! Each grant is needed: without it, one of these containers fails with a refusal of its kind.

use gantry_modifier::Mode;

use super::jetson::{orin, tegra, thor};
use crate::{Csv, wants};

#[test]
fn each_is_needed() {
    const MOUNTS: &str = r#"{"accept-volume-mounts":true}"#;
    const PRIVILEGED: &str = r#"{"accept-envvar-when-unprivileged":false}"#;
    // Two GPUs, of which no list names a node.
    let mut unlisted = thor("all").file("csv", "/devices.csv", b"lib, /etc/nv_tegra_release");
    for name in ["nvidia-modeset", "nvidia-uvm-tools", "dri/renderD128"] {
        unlisted = unlisted.char_device("dev-root", &["/dev/", name].concat(), (1, 1), 0o666, 0);
    }
    let node = "/sys/devices/pci0000:40/0000:42:00.0/drm/renderD128";
    let unlisted = unlisted.directory("host", node);
    // A discrete GPU that is not on the bus.
    let off_the_bus = thor("all").link("host", "/sys/bus/pci/devices/0000:42:00.0", "nowhere");
    let cases = [
        (orin("all"), "{}"),
        (orin("none"), "{}"),
        (orin("all"), MOUNTS),
        (orin("all"), PRIVILEGED),
        (tegra("").env("CUDA_VERSION=11"), "{}"),
        (thor("all"), "{}"),
        (unlisted, "{}"),
        (off_the_bus, "{}"),
    ];
    for want in wants::WANTS {
        // What lists name is looked at before anything else is done with it.
        let kind = if want.grant == "listed" { "read.files" } else { want.grant };
        let needed = cases.iter().any(|(host, settings)| {
            let run = host.clone().without(want).modify::<Csv>(Mode::Csv, settings);
            run.is_err_and(|failure| {
                failure.cause.contains(&format!("METADATA.wants has no {kind} that"))
            })
        });
        assert!(needed, "{want:?}");
    }
}
