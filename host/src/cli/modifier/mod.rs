//! `gantry modifier`: the store of modifiers. One file per subcommand.

mod add;
mod child;
mod compile;
mod inspect;
mod list;
mod place;
mod remove;
mod settings;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Add modifiers to the store, look at them, and keep them compiled.
#[derive(Subcommand)]
pub(crate) enum ModifierCommand {
    Add(add::Add),
    Remove(remove::Remove),
    List(list::List),
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
    Compile(compile::Compile),
    #[command(hide = true)]
    CompileComponent(child::CompileComponent),
}

impl ModifierCommand {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(),
            Self::Remove(remove) => remove.run(),
            Self::List(list) => list.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Verify(verify) => verify.run(),
            Self::Compile(compile) => compile.run(),
            Self::CompileComponent(child) => child.run(),
        }
    }
}
