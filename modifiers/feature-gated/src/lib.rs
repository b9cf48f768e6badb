//! The stage that injects what a container gets only where it asks for the feature, beside the devices
//! that it requests: `GPUDirect` Storage, MOFED, `GDRCopy`, `NVSwitch`, channels of IMEX, and CUDA
//! libraries of its own that are newer than the driver.
#![forbid(unsafe_code)]

mod settings;
mod wants;

use gantry_discovery::{
    Driver, Edits, Found, Hook, Libraries, Root, Sandbox, gated, imex_channel, imex_channels,
};
use gantry_modifier::{Failure, Metadata, Mode, Modifier, Problem};
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
        let edits =
            Edits { hook_path: &settings.hook_path, additional_gids: !settings.no_additional_gids };
        let rules = settings.rules(mode);
        let request = Request::read(&mut Container, &rules)?;
        if !is_served(mode, &request) {
            return Ok(());
        }
        for feature in features(&mut Container)? {
            let found = gated(&mut Sandbox, devices_of(feature))?;
            edits.make(&found, &format!("requested by {}", feature.variable()))?;
        }
        if matches!(mode, Mode::Cdi | Mode::JitCdi) && !settings.ignore_imex_channel_requests {
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

/// Whether a container that requests these devices is given what it asks for beside them. In the modes of
/// CDI that is one whose devices are made just in time; a spec file brings what its devices need.
fn is_served(mode: Mode, request: &Request) -> bool {
    let by_kind = |id: &str| id.starts_with(JUST_IN_TIME);
    match (mode, request) {
        (_, Request::Void) => false,
        (Mode::Csv | Mode::Legacy, _) => true,
        (Mode::Cdi | Mode::JitCdi, Request::None(_) | Request::All(_)) => mode == Mode::JitCdi,
        (Mode::JitCdi, Request::Devices(devices)) => {
            devices.iter().all(|device| by_kind(&device.id) || !is_qualified(&device.id))
        }
        (Mode::Cdi, Request::Devices(devices)) => devices.iter().all(|device| by_kind(&device.id)),
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
