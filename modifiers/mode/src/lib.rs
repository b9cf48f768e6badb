//! The mode selector: what the operator chose, or by `auto` the first of these that holds:
//!
//! 1. every requested device is a qualified name: `cdi`
//! 2. the host is a Tegra system, or has an integrated GPU: `csv`
//! 3. the operator's default
#![forbid(unsafe_code)]

mod platform;
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
            Want::read_platform("tells a host of mode csv"),
            Want::read_gpus("*", "tells an integrated GPU, on aarch64, if a device is requested"),
            Want::edit_mode("cdi", "for containers that request by qualified names"),
            Want::edit_mode("jit-cdi", "for all others"),
            Want::edit_mode("csv", "for Tegra and integrated GPUs"),
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
        if request.is_qualified() {
            return Ok(Mode::Cdi);
        }
        // Where both answers are the same, the question is not asked.
        let csv = fallback == Mode::Csv || platform::wants_csv(request != Request::Void)?;
        Ok(if csv { Mode::Csv } else { fallback })
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_mode_selector!(Selector);

#[cfg(test)]
mod tests;
