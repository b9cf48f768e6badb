//! Why a run failed: the stage, the cause, and what to do, on one line.

use std::fmt;

use crate::document::{DocumentError, StoreError};

use super::config::ConfigError;
use super::record::RecordError;

/// Why nothing was changed and the low-level runtime must not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `config.json` cannot be read or has the wrong form.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// `config.json` cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal's record cannot be kept.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A stage failed.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Why a stage failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageError {
    /// The stage.
    pub stage: String,
    /// What went wrong, lower case, no full stop.
    pub cause: String,
    /// What the person reading should do.
    pub remedy: Option<String>,
}

impl StageError {
    pub(super) fn new(stage: &str, cause: impl fmt::Display, remedy: Option<String>) -> Self {
        Self { stage: stage.to_owned(), cause: cause.to_string(), remedy }
    }

    /// The cause and the remedy, where the stage has been named.
    #[must_use]
    pub fn problem(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}; {remedy}", self.cause),
            None => self.cause.clone(),
        }
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage {:?}: {}", self.stage, self.problem())
    }
}

impl std::error::Error for StageError {}
