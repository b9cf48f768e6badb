//! The stage of mode `legacy`: adds the prestart hook that injects devices by itself.
//!
//! Every container gets the hook, whether it requests devices or not: the hook decides that.
#![forbid(unsafe_code)]

mod settings;

use gantry_modifier::hooks::NewHook;
use gantry_modifier::{Failure, HookPoint, Metadata, Mode, Modifier, Problem, View, Want};
use gantry_modifier::{hooks, log};

use settings::{Settings, base_name};

/// The hook's program, by its name of today and the older one. An engine may have added it from
/// anywhere.
const PROGRAMS: [&str; 2] = ["nvidia-container-runtime-hook", "nvidia-container-toolkit"];

struct Legacy;

impl Modifier for Legacy {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "legacy",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: &[
            Want::read_hooks("prestart", "says whether the hook is there already"),
            Want::edit_hooks(
                "prestart /usr/bin/nvidia-container-runtime-hook",
                "injects what is requested",
            ),
        ],
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        if mode != Mode::Legacy {
            log::debug("nothing to do: this stage serves the mode legacy");
            return Ok(());
        }
        let present = hooks::at(View::Current, HookPoint::Prestart)?;
        if present.iter().any(|hook| PROGRAMS.contains(&base_name(&hook.path))) {
            return Ok(());
        }
        let path = settings.hook_path.as_str();
        let hook = NewHook {
            hook_name: HookPoint::Prestart,
            path,
            args: &[base_name(path), "prestart"],
            timeout: None,
        };
        Ok(hooks::add(hook, "injects the devices in mode legacy")?)
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_modifier!(Legacy);

#[cfg(test)]
mod tests;
