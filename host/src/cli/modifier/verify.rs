//! `gantry modifier verify`: would the wrapper run everything that it may have to?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use gantry::modifier::Sandbox;
use gantry::pipeline::{Components as _, Stored};

use super::place::{Place, told, told_of_store};
use crate::output::print;

/// Check every modifier of the store and every enabled stage's, as the wrapper does.
///
/// Exits 1 when the wrapper would refuse any. Changes nothing: what is wrong stays where it is.
#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let loaded = self.place.load()?;
        let mut report = String::new();
        let mut wrong = 0;
        for entry in loaded.store.entries()? {
            let result = entry.record.and_then(|record| {
                loaded.store.verify(&entry.wasm)?;
                // What keeps it mendable after an upgrade.
                loaded.store.wasm(&entry.wasm)?;
                Ok(record)
            });
            match result {
                Ok(record) => writeln!(report, "ok: {} {}", record.name, entry.wasm)?,
                Err(error) => {
                    wrong += 1;
                    writeln!(report, "error: {}: {}", entry.wasm, told_of_store(&error, None))?;
                }
            }
        }
        let sandbox = Sandbox::new()?;
        let components = Stored::read_only(&loaded.config);
        for stage in loaded.config.all_stages().filter(|stage| stage.enabled) {
            match components.component(&sandbox, &stage.modifier) {
                Ok(_) => writeln!(report, "ok: stage {:?}", stage.name.as_str())?,
                Err(error) => {
                    wrong += 1;
                    let name = stage.name.as_str();
                    writeln!(
                        report,
                        "error: stage {name:?}: {}: {}",
                        stage.modifier,
                        told(&error)
                    )?;
                }
            }
        }
        print(&report)?;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
