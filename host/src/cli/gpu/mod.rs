//! `gantry gpu`: the GPUs of this host. One file per subcommand.

mod inventory;
pub(crate) mod source;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::cdi::failure::Failure;

/// See the GPUs of this host
#[derive(Subcommand)]
pub(crate) enum GpuCommand {
    Inventory(inventory::PrintInventory),
}

impl GpuCommand {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let ended = match self {
            Self::Inventory(inventory) => inventory.run(),
        };
        match ended {
            Ok(exit) => Ok(exit.into()),
            // What has no status of its own exits with 1, as everywhere.
            Err(error) => Ok(error.downcast::<Failure>()?.report()),
        }
    }
}
