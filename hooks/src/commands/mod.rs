//! The hooks, one file each.

use std::path::Path;

use nix::sys::signal::{SigSet, Signal};
use rustix::fs::Mode;

use crate::args::{CONTAINER_SPEC, Flag, Values};
use crate::container_root::ContainerRoot;
use crate::deadline;
use crate::error::HookError;
use crate::log::Log;
use crate::state::State;

mod chmod;
mod create_symlinks;
mod disable_device_node_modification;
mod enable_cuda_compat;
mod noop;
mod update_application_profile;
mod update_ldcache;

/// All hooks, in the order of the help.
#[rustfmt::skip] // One a line.
pub const ALL: &[&Command] = &[
    &create_symlinks::COMMAND,
    &chmod::COMMAND,
    &enable_cuda_compat::COMMAND,
    &update_ldcache::COMMAND,
    &update_ldcache::INSIDE,
    &disable_device_node_modification::COMMAND,
    &update_application_profile::COMMAND,
    &noop::COMMAND,
];

/// A hook.
#[derive(Debug)]
pub struct Command {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, for the help; empty where the help does not show it.
    pub about: &'static str,
    /// Its own flags.
    pub flags: &'static [Flag],
    /// Does it.
    pub run: fn(&Context<'_>) -> Result<(), HookError>,
}

/// What a hook is given.
#[derive(Debug)]
pub struct Context<'a> {
    /// The values of its flags.
    pub values: &'a Values,
    /// Where to say things.
    pub log: Log,
}

impl Context<'_> {
    /// Reads the container's state, and opens the root that it leads to.
    pub fn root(&self) -> Result<ContainerRoot, HookError> {
        let state = State::load(Path::new(self.values.one(&CONTAINER_SPEC)))?;
        let path = state.root()?;
        self.log.debug(&format!("the container's root is {path:?}"));
        Ok(ContainerRoot::open(&path)?)
    }
}

/// Runs a hook below its deadline.
pub(crate) fn run(command: &'static Command, values: &Values, log: Log) -> Result<(), HookError> {
    deadline::start(deadline::DEADLINE, command.name, log)
        .map_err(|source| HookError::Host { step: "setting the deadline", source })?;
    // A limit on the size of files is an error where it is met, not the end with half a file left behind.
    let mut beyond_limit = SigSet::empty();
    beyond_limit.add(Signal::SIGXFSZ);
    beyond_limit
        .thread_block()
        .map_err(|errno| HookError::Host { step: "blocking a signal", source: errno.into() })?;
    // What is made must be readable in the container, whatever the engine's mask.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    (command.run)(&Context { values, log })
}
