//! What all subcommands take: where the specs are, how they are read, how the answer is printed.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum, ValueHint};
use gantry::cdi::{
    Format as Notation, LoadOptions, ParseOptions, Registry, Schema, SchemaChoice, Unknown,
    Validator,
};
use gantry::pipeline::config::Config;
use serde::Serialize;

use super::failure::{Exit, Failure};
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
    ///
    /// By default as `unknown-fields` of the configuration says; where none is read, refuse.
    #[arg(long, global = true, value_enum)]
    #[arg(hide_possible_values = true, value_name = "refuse|warn")]
    unknown_fields: Option<UnknownFields>,
    /// A JSON schema that specs must match, too.
    ///
    /// By default none; `validate` says how it uses one.
    #[arg(long, global = true, value_name = "builtin|none|FILE", value_hint = ValueHint::FilePath)]
    schema: Option<SchemaChoice>,
    /// How to print the answer: for people, or for programs.
    #[arg(long, global = true, value_enum, ignore_case = true, default_value_t = Format::Text)]
    #[arg(hide_possible_values = true, value_name = "text|json|yaml")]
    pub(super) format: Format,
}

/// The name of the built-in schema.
const BUILTIN: &str = "builtin";

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Yaml,
}

impl Format {
    /// The notation of a spec that is printed; `None`: the usual one.
    pub(super) fn notation(self) -> Option<Notation> {
        match self {
            Self::Text => None,
            Self::Json => Some(Notation::Json),
            Self::Yaml => Some(Notation::Yaml),
        }
    }
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
        let mut load = LoadOptions { parse: self.parse()?, ..LoadOptions::default() };
        if !self.spec_dirs.is_empty() {
            return Ok(Specs { dirs: self.spec_dirs.clone(), load });
        }
        let configured = self.source.load()?.cdi;
        // What the wrapper does not believe is not shown as if it did.
        load.require_trusted = true;
        if self.unknown_fields.is_none() {
            load.parse.unknown = configured.unknown_fields;
        }
        Ok(Specs { dirs: configured.spec_dirs, load })
    }

    /// The whole configuration.
    pub(super) fn config(&self) -> Result<Config> {
        self.source.load()
    }

    /// How one spec is read.
    pub(super) fn parse(&self) -> Result<ParseOptions, Failure> {
        let unknown = match self.unknown_fields {
            None | Some(UnknownFields::Refuse) => Unknown::Refuse,
            Some(UnknownFields::Warn) => Unknown::Warn,
        };
        let schema = self.schema.as_ref().map(find).transpose()?.flatten();
        Ok(ParseOptions { unknown, validator: schema.map(Validator::from) })
    }

    /// The schema that `validate` uses, and whether it must be matched: not where nobody has asked
    /// for one.
    pub(super) fn schema(&self) -> Result<(Option<Schema>, bool), Failure> {
        if let Some(choice) = &self.schema {
            return Ok((find(choice)?, true));
        }
        let schema = find(&SchemaChoice::Default)?;
        let of_host = schema.as_ref().is_some_and(|schema| schema.name() != BUILTIN);
        Ok((schema, of_host))
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

fn find(choice: &SchemaChoice) -> Result<Option<Schema>, Failure> {
    Schema::find(choice).map_err(|error| Failure::new(Exit::CouldNot, error))
}

impl Specs {
    /// What the directories hold.
    pub(super) fn registry(&self) -> Registry {
        Registry::load_with(&self.dirs, &self.load)
    }
}
