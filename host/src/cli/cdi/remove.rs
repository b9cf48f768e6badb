//! `gantry cdi remove`: a file that `gantry cdi write` wrote.

use anyhow::Result;
use clap::Args;
use gantry::cdi::remove_spec;

use super::failure::{Exit, note};
use super::options::Options;
use super::write::{Target, failure};

const EXAMPLES: &str = "\
Examples:
  gantry cdi remove vendor.com-gpu
  gantry cdi remove vendor.com-gpu_claim-7.json --dir /var/run/cdi";

/// Remove spec files from a spec directory
///
/// A file that is not there is no error: it is said on stderr.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Remove {
    /// Names of files, as `gantry cdi write --name` takes them; without extension, `.yaml` is meant.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    target: Target,
}

impl Remove {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let dir = self.target.dir(options)?;
        for name in &self.names {
            if !remove_spec(&dir, name).map_err(failure)? {
                note(&format!("{name}: not there in {}", dir.display()));
            }
        }
        Ok(Exit::Done)
    }
}
