//! What `create` does to a bundle: load, run, write once.

use std::path::Path;

use crate::document::{Bundle, Stored};
use crate::modifier::Sandbox;

use super::config::Config;
use super::error::PipelineError;
use super::facts::Facts;
use super::journal::Journal;
use super::run::{Components, run};

/// What became of a bundle.
#[derive(Debug)]
pub struct Created {
    /// What was done, and why.
    pub journal: Journal,
    /// Whether `config.json` was written.
    pub stored: Stored,
}

/// Runs the pipeline over a container's document, `config.json` in its bundle, and writes it back if
/// anything changed.
///
/// On an error the file is byte for byte as it was.
pub fn create(
    config: &Config,
    sandbox: &Sandbox,
    components: &dyn Components,
    document: &Path,
) -> Result<Created, PipelineError> {
    let mut bundle = Bundle::open_file(document)?;
    let original = bundle.document().clone();
    let run = run(config, sandbox, components, Facts::new(config), original)
        .map_err(|failed| failed.error)?;
    let stored = bundle.store(&run.document)?;
    Ok(Created { journal: run.journal, stored })
}
