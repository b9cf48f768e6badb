//! The stage of mode `csv`: gives a container that requests devices what the CSV lists of a Tegra
//! system name.
#![forbid(unsafe_code)]

mod nvml;
mod requirements;
mod selection;
mod settings;
mod wants;

use gantry_discovery::csv::{Options, Source, find};
use gantry_discovery::{Root, Sandbox};
use gantry_modifier::{Failure, Metadata, Mode, Modifier, Problem, log};
use gantry_request::{Container, Request, all_csv_files};

use selection::selection;
use settings::Settings;

/// The folder of the lists.
const FOLDER: Root = Root::Own("csv");

struct Csv;

impl Modifier for Csv {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "csv",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: wants::WANTS,
        settings_schema: Some(include_str!("settings.schema.json")),
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        if mode != Mode::Csv {
            log::debug("nothing to do: this stage serves the mode csv");
            return Ok(());
        }
        let request = Request::read(&mut Container, &settings.rules())?;
        let Some((selection, reason)) = selection(request) else {
            return Ok(());
        };
        let nvml = nvml::read()?;
        requirements::check(nvml.as_ref(), &selection)?;
        let known = nvml.as_ref().map(nvml::Nvml::for_lists);
        let options = Options {
            lists: if all_csv_files(&mut Container)? {
                Source::All(FOLDER)
            } else {
                Source::Base(FOLDER)
            },
            ignored: &settings.ignored(),
            compat_root: &settings.compat_container_root,
            nvml: known.as_ref(),
            several_gpus: settings.several_gpus,
        };
        let (own, common) = find(&mut Sandbox, &options, &selection)?;
        for mut found in [own, common] {
            found.hooks.retain(|hook| !settings.disables(hook.command));
            settings.edits().make_all(&found, &reason)?;
        }
        Ok(())
    }

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }
}

gantry_modifier::export_modifier!(Csv);

#[cfg(test)]
mod tests;
