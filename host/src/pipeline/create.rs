//! What `create` does to a bundle: load, run, write once.

use std::ffi::OsStr;
use std::path::Path;

use crate::document::{Bundle, Stored};
use crate::modifier::Sandbox;

use super::config::Config;
use super::error::PipelineError;
use super::facts::Facts;
use super::journal::Journal;
use super::record;
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
/// anything changed. `container` names the record in the journal, where one is configured.
///
/// On an error the file is byte for byte as it was.
pub fn create(
    config: &Config,
    sandbox: &Sandbox,
    components: &dyn Components,
    document: &Path,
    container: Option<&OsStr>,
) -> Result<Created, PipelineError> {
    let mut bundle = Bundle::open_file(document)?;
    let original = bundle.document().clone();
    let run = match run(config, sandbox, components, Facts::new(config), original) {
        Ok(run) => run,
        Err(failed) => {
            let error = failed.error.to_string();
            let kept = record::prepare(&config.journal, container, &failed.journal, Some(&error))
                .and_then(|record| record.map_or(Ok(()), record::Prepared::commit));
            if let Err(error) = kept {
                // The reason why the container fails is the one above.
                tracing::warn!("{error}");
            }
            return Err(failed.error.into());
        }
    };
    let record = record::prepare(&config.journal, container, &run.journal, None)?;
    let stored = bundle.store(&run.document)?;
    if let Some(record) = record {
        record.commit()?;
    }
    Ok(Created { journal: run.journal, stored })
}
