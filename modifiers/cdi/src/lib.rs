//! The stage of the modes `cdi` and `jit-cdi`: injects the devices that a container requests, each
//! by its qualified name.
#![forbid(unsafe_code)]

mod list;
mod requirements;
mod settings;

use gantry_modifier::{Failure, Metadata, Mode, Modifier, Problem, Want, devices, log};
use gantry_request::{Container, Request};

use settings::Settings;

struct Cdi;

impl Modifier for Cdi {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "cdi",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: &[
            Want::read_env("NVIDIA_VISIBLE_DEVICES", "requests devices"),
            Want::read_env("CUDA_VERSION", "tells an old image, which requests all devices"),
            Want::read_env("NVIDIA_REQUIRE_CUDA", "tells an old image, which requests all devices"),
            Want::read_annotations("cdi.k8s.io/*", "request devices"),
            Want::read_mounts("/var/run/nvidia-container-devices", "request devices"),
            Want::read_mounts("/var/run/nvidia-container-devices/**", "request devices"),
            Want::read_process("says whether the container may request by its environment"),
            Want::read_env(
                "NVIDIA_REQUIRE_*",
                "requires things of the host, where that is enforced",
            ),
            Want::read_env("NVIDIA_DISABLE_REQUIRE", "disables what is required of the host"),
            Want::read_gpus(
                "*",
                "tells whether the host has what is required, where that is enforced",
            ),
            Want::edit_devices("*/*=*", "injects what is requested"),
        ],
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        let enforce = settings.enforce_requirements;
        let Some((kind, rules)) = settings.for_mode(mode) else {
            log::debug("nothing to do: this stage serves the modes cdi and jit-cdi");
            return Ok(());
        };
        let request = Request::read(&mut Container, &rules)?;
        let injections = list::injections(request, &kind)?;
        if enforce && !injections.is_empty() {
            requirements::enforce(&injections)?;
        }
        for list::Injection { device, reason } in injections {
            devices::inject(&device, &reason)?;
        }
        Ok(())
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_modifier!(Cdi);

#[cfg(test)]
mod tests;
