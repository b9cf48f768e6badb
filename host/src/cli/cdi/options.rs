//! What all subcommands take: where the specs are, how they are read, how the answer is printed.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum, ValueHint};
use gantry::cdi::{LoadOptions, ParseOptions, Registry, Unknown};
use serde::Serialize;

use crate::config::Source;
use crate::output;

/// The heading of these options in the help.
pub(super) const HEADING: &str = "Specs and output";

#[derive(Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Options {
    /// The spec directories; a later one wins. [default: those of the configuration]
    ///
    /// With this no configuration is read, and anybody may own the directories and files.
    #[arg(long, global = true, value_name = "DIR,…", value_delimiter = ',')]
    #[arg(value_hint = ValueHint::DirPath)]
    spec_dirs: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Fields and versions that CDI does not know: refuse the file, or leave them out and warn.
    #[arg(long, global = true, value_enum, default_value_t = UnknownFields::Refuse)]
    #[arg(hide_possible_values = true, value_name = "refuse|warn")]
    unknown_fields: UnknownFields,
    /// How to print the answer: for people, or for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    #[arg(hide_possible_values = true, value_name = "text|json|yaml")]
    pub(super) format: Format,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Yaml,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnknownFields {
    Refuse,
    Warn,
}

/// The spec directories, and how they are looked at.
pub(super) struct Specs {
    pub(super) dirs: Vec<PathBuf>,
    pub(super) load: LoadOptions,
}

impl Options {
    /// The directories that are asked for.
    pub(super) fn specs(&self) -> Result<Specs> {
        if !self.spec_dirs.is_empty() {
            return Ok(Specs { dirs: self.spec_dirs.clone(), load: self.load(false) });
        }
        // What the wrapper does not believe is not shown as if it did.
        Ok(Specs { dirs: self.source.load()?.cdi.spec_dirs, load: self.load(true) })
    }

    /// How one spec is read.
    pub(super) fn parse(&self) -> ParseOptions {
        let unknown = match self.unknown_fields {
            UnknownFields::Refuse => Unknown::Refuse,
            UnknownFields::Warn => Unknown::Warn,
        };
        ParseOptions { unknown, ..ParseOptions::default() }
    }

    /// How the directories are read.
    fn load(&self, require_trusted: bool) -> LoadOptions {
        LoadOptions { require_trusted, parse: self.parse(), ..LoadOptions::default() }
    }

    /// Prints a value in the format that is asked for.
    pub(super) fn print(
        &self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<()> {
        match self.format {
            Format::Text => output::print(&text()),
            Format::Json => output::json(value),
            Format::Yaml => output::yaml(value),
        }
    }
}

impl Specs {
    /// What the directories hold.
    pub(super) fn registry(&self) -> Registry {
        Registry::load_with(&self.dirs, &self.load)
    }
}
