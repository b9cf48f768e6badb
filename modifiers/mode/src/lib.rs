//! The mode selector: `cdi` where every requested device is a qualified name, else what the operator
//! chose.
#![forbid(unsafe_code)]

mod settings;

use gantry_modifier::{Failure, Metadata, Mode, ModeSelector, Problem, Want};
use gantry_request::{Container, Request};

use settings::{Choice, Settings};

struct Selector;

impl ModeSelector for Selector {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "mode",
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
            Want::edit_mode("cdi", "for containers that request by qualified names"),
            Want::edit_mode("jit-cdi", "where the operator chooses it"),
            Want::edit_mode("csv", "where the operator chooses it"),
            Want::edit_mode("legacy", "where the operator chooses it"),
        ],
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn select(settings: Settings) -> Result<Mode, Failure> {
        let fallback = match settings.mode {
            Choice::Fixed(mode) => return Ok(mode),
            Choice::Auto => settings.default,
        };
        let request = Request::read(&mut Container, &settings.rules())?;
        Ok(if request.is_qualified() { Mode::Cdi } else { fallback })
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_mode_selector!(Selector);

#[cfg(test)]
mod tests;
