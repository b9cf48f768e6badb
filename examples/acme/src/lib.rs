//! Acme's modifier: gives a container the accelerators that it requests with `ACME_DEVICES`, and what
//! belongs to its tier.
//!
//! This file reads the container and makes the edits. What is decided, and why, is in `policy`, which
//! knows nothing of Gantry.
#![forbid(unsafe_code)]

mod policy;

use gantry_modifier::mounts::NewMount;
use gantry_modifier::{
    Failure, Metadata, Mode, Modifier, View, Want, annotations, device_nodes, devices, env, mounts,
};
use policy::{Devices, Tier};

/// The stage's settings: `[stages.acme.settings]`.
#[derive(serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// The highest tier that a container can have, and the tier of one that asks for none.
    tier: Tier,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tier: Tier::Silver }
    }
}

struct Acme;

impl Modifier for Acme {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "acme",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: &[
            Want::read_env("ACME_DEVICES", "lists the requested accelerators"),
            Want::read_annotations("acme.com/tier", "asks for a tier"),
            Want::edit_devices("acme.com/accelerator=*", "gives the requested accelerators"),
            Want::edit_env("ACME_TIER", "tells the program its tier"),
            Want::edit_mounts("/opt/acme/** => /opt/acme/** : ro", "gives the files of the tier"),
            Want::edit_device_nodes(
                "/dev/acme* : rw",
                "gives the node that controls all accelerators",
            ),
        ],
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(_mode: Mode, settings: Settings) -> Result<(), Failure> {
        let request = env::get(View::Original, "ACME_DEVICES")?.unwrap_or_default();
        let Devices::These(names) = policy::devices(&request)? else {
            // Nothing is requested: nothing else is read, and nothing is changed.
            return Ok(());
        };
        let wish = annotations::get(View::Original, "acme.com/tier")?;
        let tier = policy::tier(wish.as_deref(), settings.tier)?.name();

        for name in names {
            let device = format!("acme.com/accelerator={name}");
            devices::inject(&device, "requested by ACME_DEVICES")?;
        }
        env::set("ACME_TIER", tier, "tells the program its tier")?;
        let directory = format!("/opt/acme/{tier}");
        let mount = NewMount {
            host_path: &directory,
            root: None,
            container_path: &directory,
            options: &["ro", "bind"],
        };
        mounts::add(mount, "the files of the tier")?;
        let mut control = device_nodes::node("/dev/acme-ctl");
        control.permissions = Some("rw");
        device_nodes::add(control, "controls all accelerators")?;
        Ok(())
    }
}

gantry_modifier::export_modifier!(Acme);

#[cfg(test)]
mod tests;
