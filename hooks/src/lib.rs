//! `gantry-hook`: what CDI specs name as hooks, and the low-level runtime executes as root around a
//! container's root file system, which the image controls.
//!
//! It stands on its own: it imports nothing of the crate `gantry`. [`state`] finds the container's root,
//! [`container_root`] is the only way to touch what is in it, and [`commands`] has a file for each hook;
//! [`compat`] decides about CUDA's compatibility libraries, [`loader`] reads what the container's loaders
//! do, and [`namespace`] mounts.
#![forbid(unsafe_code)]

pub mod args;
pub mod commands;
pub mod compat;
pub mod container_root;
pub mod deadline;
pub mod error;
pub mod loader;
pub mod log;
pub mod namespace;
pub mod state;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use args::Call;
use log::Log;

/// Runs the hook that the command line names; everything that `main` does.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let (call, level) = args::parse(&args, commands::ALL);
    let log = Log::new(level);
    match call {
        Call::Help => print(&args::help(commands::ALL)),
        Call::HelpOf(command) => print(&args::help_of(command)),
        Call::Version => print(&format!("gantry-hook {}\n", env!("CARGO_PKG_VERSION"))),
        // A spec may name a hook that came later, or went: the container starts without it.
        Call::Unknown(None) => {
            log.warn("no hook is named");
            ExitCode::SUCCESS
        }
        Call::Unknown(Some(name)) => {
            log.warn(&format!("hook {name:?} is not known, and is left out"));
            ExitCode::SUCCESS
        }
        Call::Usage(why) => {
            log.error(&why);
            ExitCode::FAILURE
        }
        Call::Run(command, values) => {
            if let Err(error) = commands::run(command, &values, log) {
                log.error(&format!("{}: {error}", command.name));
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
