//! `gantry config show`: the configuration that is in effect.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::Source;
use crate::output::{json, print};

/// Print the configuration that is in effect: defaults, drop-ins and the file, as one.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    source: Source,
    /// Say of each value where it comes from: the file and line, or `built-in`.
    #[arg(long)]
    origin: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Toml)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    #[value(alias = "text")]
    Toml,
    Json,
}

impl Show {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let config = self.source.load()?;
        match (self.format, self.origin) {
            (Format::Toml, false) => print(&config.to_toml())?,
            (Format::Toml, true) => print(&config.to_toml_with_origins())?,
            (Format::Json, false) => json(&config)?,
            (Format::Json, true) => json(&config.origins())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
