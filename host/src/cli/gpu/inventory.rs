//! `gantry gpu inventory`: what NVML tells of this host's GPUs, or a file that was recorded.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum, ValueHint};
use gantry::pipeline::config::Time;

use super::source::{self, Host};
use super::text;
use crate::cdi::failure::{Exit, note};
use crate::config::Source;
use crate::output;

const EXAMPLES: &str = "\
Exit status:
  0  the GPUs are listed, or there is none
  1  they cannot be: no driver, no library, no answer in time
  2  the command line is wrong
  3  at least one GPU failed; it is listed with the reason, and so are the others
  4  the file of --from is not an inventory

Examples:
  gantry gpu inventory
  gantry gpu inventory --format json > gpus.json
  gantry gpu inventory --from gpus.json
  gantry gpu inventory --driver-root /run/nvidia/driver";

/// List the GPUs and MIG devices of this host, as NVML tells them now
///
/// The library is asked in a process of its own, gantry-nvml, which is ended at the deadline. It is looked
/// for below the driver root, else where the dynamic linker finds it. What is cached is not looked at.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct PrintInventory {
    /// How to print it: for people, or for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    #[arg(hide_possible_values = true, value_name = "text|json|yaml")]
    format: Format,
    /// The NVML library. [default: libnvidia-ml.so.1 below the driver root, else as the linker finds it]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    library: Option<PathBuf>,
    /// Where the driver's files are. [default: `driver-root` of `[host]` in the configuration]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "library")]
    driver_root: Option<PathBuf>,
    /// How long it may take. [default: `gpu-timeout` of `[host]` in the configuration]
    #[arg(long, value_name = "TIME")]
    timeout: Option<Time>,
    /// Read the inventory from a file, JSON or YAML, and check it; `-` for stdin. No GPU is asked.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["library", "driver_root", "timeout", "config", "profile"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    config: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Yaml,
}

impl PrintInventory {
    pub(super) fn run(&self) -> Result<Exit> {
        let inventory = match &self.from {
            Some(file) => source::file(file)?,
            None => Host {
                driver_root: self.driver_root.as_deref(),
                library_search_paths: &[],
                library: self.library.as_deref(),
                timeout: self.timeout,
                files: None,
            }
            .inventory(&self.config.load()?)?,
        };
        match self.format {
            Format::Text => output::print(&text::of(&inventory))?,
            Format::Json => output::json(&inventory)?,
            Format::Yaml => output::yaml(&inventory)?,
        }
        match (inventory.gpus.len(), inventory.failures().len()) {
            (0, 0) => note("the driver has no GPU"),
            (_, 0) => {}
            (_, failed) => {
                note(&format!("GPUs and MIG devices that failed: {failed}"));
                return Ok(Exit::Unresolved);
            }
        }
        Ok(Exit::Done)
    }
}
