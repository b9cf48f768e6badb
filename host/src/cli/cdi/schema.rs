//! `gantry cdi schema`: what a spec may say, as JSON Schema.

use anyhow::Result;
use clap::Args;
use gantry::cdi::Schema;

use super::failure::Exit;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  gantry cdi schema > cdi.schema.json      for an editor that completes and checks specs
  gantry cdi validate --schema builtin     checks specs against it";

/// Print the built-in JSON schema of specs
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct PrintSchema {}

impl PrintSchema {
    pub(super) fn run() -> Result<Exit> {
        output::print(Schema::builtin_text())?;
        Ok(Exit::Done)
    }
}
