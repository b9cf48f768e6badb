//! `gantry system`: what a host needs before its GPUs can be given to containers. Each command says first
//! what it would do, as a list of actions, and then does it.

mod actions;
mod dev_char;
mod device_nodes;
mod kernel;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Make a host's device nodes, and links to them
#[derive(Subcommand)]
pub(crate) enum System {
    CreateDeviceNodes(device_nodes::CreateDeviceNodes),
    #[command(name = "create-dev-char-symlinks")]
    CreateDevCharLinks(dev_char::CreateDevCharLinks),
}

impl System {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self {
            Self::CreateDeviceNodes(command) => command.run(),
            Self::CreateDevCharLinks(command) => command.run(),
        }
    }
}
