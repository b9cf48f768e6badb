//! The stage that injects what a container gets only where it asks for the feature, beside the devices
//! that it requests: `GPUDirect` Storage, MOFED, `GDRCopy`, `NVSwitch`, channels of IMEX, and CUDA
//! libraries of its own that are newer than the driver.
#![forbid(unsafe_code)]

mod settings;
mod wants;

use gantry_discovery::{
    Driver, Edits, Found, Hook, Libraries, Root, Sandbox, gated, imex_channel, imex_channels,
};
use gantry_modifier::{Failure, Metadata, Mode, Modifier, Problem, log};
use gantry_request::{Channels, Container, Feature, Request, Rules, features, is_qualified};

use settings::{CudaCompat, Settings};

/// The kind of the devices that are made just in time; in mode `jit-cdi`, a name alone is one too.
const JUST_IN_TIME: &str = "runtime.nvidia.com/gpu=";

struct FeatureGated;

impl Modifier for FeatureGated {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "feature-gated",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: wants::WANTS,
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        if mode == Mode::Cdi {
            log::debug("nothing to do: this stage serves the modes csv, legacy and jit-cdi");
            return Ok(());
        }
        let edits =
            Edits { hook_path: &settings.hook_path, additional_gids: !settings.no_additional_gids };
        let rules = settings.rules();
        let request = Request::read(&mut Container, &rules)?;
        if request == Request::Void || (mode == Mode::JitCdi && !just_in_time(&request)) {
            return Ok(());
        }
        for feature in features(&mut Container)? {
            let found = gated(&mut Sandbox, devices_of(feature))?;
            edits.make(&found, &format!("requested by {}", feature.variable()))?;
        }
        if mode == Mode::JitCdi && !settings.ignore_imex_channel_requests {
            imex(edits, &rules)?;
        }
        if mode == Mode::Legacy && settings.cuda_compat_mode == CudaCompat::Hook {
            edits.make(&cuda_compat()?, "cuda-compat-mode is hook")?;
        }
        Ok(())
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

/// Whether the requested devices are made just in time, and not those of a spec file, which brings
/// what its devices need.
fn just_in_time(request: &Request) -> bool {
    match request {
        Request::Void => false,
        Request::None(_) | Request::All(_) => true,
        Request::Devices(devices) => devices
            .iter()
            .all(|device| device.id.starts_with(JUST_IN_TIME) || !is_qualified(&device.id)),
    }
}

/// The feature, as discovery knows it.
fn devices_of(feature: Feature) -> gantry_discovery::Feature {
    match feature {
        Feature::Gds => gantry_discovery::Feature::Gds,
        Feature::Mofed => gantry_discovery::Feature::Mofed,
        Feature::GdrCopy => gantry_discovery::Feature::GdrCopy,
        Feature::NvSwitch => gantry_discovery::Feature::NvSwitch,
    }
}

/// The requested IMEX channels. One that is not there is an error.
fn imex(edits: Edits<'_>, rules: &Rules) -> Result<(), Failure> {
    match gantry_request::imex_channels(&mut Container, rules)? {
        Channels::None => Ok(()),
        Channels::All(origin) => {
            edits.make(&imex_channels(&mut Sandbox)?, &format!("IMEX channels {origin}"))
        }
        Channels::These(channels) => {
            for channel in channels {
                let found = imex_channel(&mut Sandbox, channel.number)?;
                edits.make(&found, &format!("IMEX channel {}", channel.origin))?;
            }
            Ok(())
        }
    }
}

/// The hook that lets newer CUDA libraries of the container take the place of the driver's.
fn cuda_compat() -> Result<Found, Failure> {
    let mut libraries = Libraries::new(Root::Driver, Sandbox::architecture()?);
    let driver = Driver::locate(&mut Sandbox, &mut libraries)?;
    let version = ["--host-driver-version=", &driver.version].concat();
    let hook = Hook { command: "enable-cuda-compat", args: vec![version] };
    Ok(Found { hooks: vec![hook], ..Found::default() })
}

gantry_modifier::export_modifier!(FeatureGated);

#[cfg(test)]
mod tests;
