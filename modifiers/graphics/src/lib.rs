//! The stage of mode `legacy` that injects what graphics needs and the prestart hook does not bring:
//! libraries, configuration and modules of the X server, and the DRM nodes of the requested GPUs.
#![forbid(unsafe_code)]

mod settings;
mod wants;

use gantry_discovery::graphics::{self, CONFIG_DIRS, Options};
use gantry_discovery::{Driver, Edits, Found, Libraries, Root, Sandbox, drm, kernel_gpus, select};
use gantry_modifier::{Failure, Metadata, Mode, Modifier, Problem, log};
use gantry_request::{Capabilities, Container, Origin, Request};

use settings::Settings;

struct Graphics;

impl Modifier for Graphics {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "graphics",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: wants::WANTS,
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        if mode != Mode::Legacy {
            log::debug("nothing to do: this stage serves the mode legacy");
            return Ok(());
        }
        let edits =
            Edits { hook_path: &settings.hook_path, additional_gids: !settings.no_additional_gids };
        let request = Request::read(&mut Container, &settings.rules())?;
        let Some((gpus, origin)) = gpus(request) else {
            return Ok(());
        };
        if !Capabilities::read(&mut Container)?.wants_graphics() {
            return Ok(());
        }
        edits.make(&nodes(gpus.as_deref())?, &format!("graphics on a GPU {origin}"))?;
        edits.make(&files()?, "requested by NVIDIA_DRIVER_CAPABILITIES")
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

/// The requested GPUs (`None`: all), and where they are requested; `None` for no request.
fn gpus(request: Request) -> Option<(Option<Vec<String>>, Origin)> {
    match request {
        Request::Void => None,
        Request::None(origin) => Some((Some(Vec::new()), origin)),
        Request::All(origin) => Some((None, origin)),
        Request::Devices(devices) => {
            let origin = devices.first()?.origin.clone();
            Some((Some(devices.into_iter().map(|device| device.id).collect()), origin))
        }
    }
}

/// The DRM nodes of these GPUs, and the links to them.
fn nodes(gpus: Option<&[String]>) -> Result<Found, Failure> {
    // No GPU, no look at the host.
    if gpus.is_some_and(<[String]>::is_empty) {
        return Ok(Found::default());
    }
    let gpus = select(&kernel_gpus(&mut Sandbox)?, gpus);
    drm(&mut Sandbox, &gpus)
}

/// The driver's files for graphics, and the links to them.
fn files() -> Result<Found, Failure> {
    let architecture = Sandbox::architecture()?;
    let mut libraries = Libraries::new(Root::Driver, architecture);
    let driver = Driver::locate(&mut Sandbox, &mut libraries)?;
    let directories = &driver.directories(&mut Sandbox, &mut libraries)?;
    let options = Options { directories, architecture, config_dirs: CONFIG_DIRS };
    graphics::find(&mut Sandbox, &mut libraries, &driver, &options)
}

gantry_modifier::export_modifier!(Graphics);

#[cfg(test)]
mod tests;
