//! The stage of the modes `cdi`, `jit-cdi` and `csv` that removes the prestart hooks of mode `legacy`,
//! which engines add on their own (`docker run --gpus`): they would inject the devices again.
#![forbid(unsafe_code)]

mod settings;

use gantry_modifier::{Failure, HookPoint, Metadata, Mode, Modifier, Problem, View, Want};
use gantry_modifier::{hooks, log};

use settings::Settings;

struct HookRemoval;

impl Modifier for HookRemoval {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "hook-removal",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: &[
            Want::read_hooks("prestart", "finds the hooks that inject devices"),
            Want::edit_remove_hooks(
                "prestart /**/nvidia-container-runtime-hook",
                "it would inject the devices again",
            ),
            Want::edit_remove_hooks(
                "prestart /**/nvidia-container-toolkit",
                "it would inject the devices again, by the hook's older name",
            ),
        ],
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        if mode == Mode::Legacy {
            log::debug("nothing to do: in mode legacy the hook injects the devices");
            return Ok(());
        }
        let hooks = hooks::at(View::Current, HookPoint::Prestart)?.into_iter();
        let mut programs: Vec<String> =
            hooks.map(|hook| hook.path).filter(|path| settings.names(path)).collect();
        // One removal takes all hooks of a program.
        programs.sort_unstable();
        programs.dedup();
        for program in programs {
            hooks::remove(HookPoint::Prestart, &program, "it would inject the devices again")?;
        }
        Ok(())
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_modifier!(HookRemoval);

#[cfg(test)]
mod tests;
