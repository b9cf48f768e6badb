//! `gantry modifier remove`: out of the store.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::place::Place;
use crate::output::print;

/// Take a modifier out of the store. Stages that run it fail from then on.
#[derive(Args)]
pub(crate) struct Remove {
    /// Its digest (8 hex digits or more), its name, or the file that it was added from.
    modifier: String,
    #[command(flatten)]
    place: Place,
}

impl Remove {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let loaded = self.place.load_to_change()?;
        let entry = loaded.find(&self.modifier)?;
        loaded.store.writer()?.remove(&entry.wasm)?;
        print(&format!("removed {}\n", entry.wasm))?;
        let stages = loaded.stages(&entry.wasm);
        for stage in stages.iter().filter(|stage| stage.enabled) {
            eprintln!(
                "gantry: stage {:?} runs it: containers fail until it is added again, or the stage is \
                 disabled",
                stage.name.as_str()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
