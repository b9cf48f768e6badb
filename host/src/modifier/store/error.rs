//! Why the store does not give a modifier, and what mends it.

use std::path::PathBuf;

use super::super::SandboxError;
use super::Build;
use crate::digest::Digest;
use crate::trust::TrustError;

/// Why the store does not give a modifier, or cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}{}", .path.display(), .kept.as_ref().map(|kept| format!("; kept aside as {}", kept.display())).unwrap_or_default())]
pub struct StoreError {
    /// The folder or file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Box<StoreProblem>,
    /// Where the file is now, if it was taken out of the store.
    pub kept: Option<PathBuf>,
}

/// What is wrong with a folder or file of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreProblem {
    /// There is no store, or the modifier is not in it.
    #[error("no modifier {0} is in the store")]
    NotThere(Digest),
    /// A record without its file.
    #[error("the file is missing")]
    Missing,
    /// A link, a FIFO, a folder.
    #[error("not a regular file but {0}")]
    NotRegular(&'static str),
    /// The store is a link, or no folder.
    #[error("the store must be a folder, and this is {0}")]
    NotFolder(&'static str),
    /// Others can change it.
    #[error("{0}")]
    Untrusted(String, String),
    /// The record does not hold together.
    #[error("the record is damaged ({0})")]
    Record(&'static str),
    /// The file has another length than the record says.
    #[error("has {found} bytes, and {recorded} are on record")]
    Length {
        /// What it has.
        found: u64,
        /// What it should have.
        recorded: u64,
    },
    /// The file has another digest than the record says.
    #[error("its digest is {found}, and {recorded} is on record")]
    Digest {
        /// What it hashes to.
        found: String,
        /// What it should hash to.
        recorded: String,
    },
    /// Another build of Gantry compiled it.
    #[error("compiled by another build of Gantry ({found}; this is {own})")]
    Build {
        /// Which.
        found: Build,
        /// This one.
        own: Build,
    },
    /// Its code is for another engine than the record says, or than this one.
    #[error("its code is for another engine")]
    Engine,
    /// The sandbox cannot use it.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The system's own words.
    #[error("{0}")]
    System(String),
}

impl StoreError {
    pub(super) fn new(path: impl Into<PathBuf>, problem: StoreProblem) -> Self {
        Self { path: path.into(), problem: Box::new(problem), kept: None }
    }

    pub(super) fn system(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        Self::new(path, StoreProblem::System(error.to_string()))
    }

    /// What the person reading should do; `source` is where the modifier's wasm is.
    #[must_use]
    pub fn remedy(&self, source: Option<&std::path::Path>) -> Option<String> {
        let add = || match source {
            Some(path) => format!("run `gantry modifier add {}`", path.display()),
            None => "run `gantry modifier add FILE` with its wasm".to_owned(),
        };
        // What was taken out is made again, whatever was wrong with it.
        if self.kept.is_some() {
            return Some("run `gantry modifier compile`".to_owned());
        }
        match &*self.problem {
            StoreProblem::NotThere(_) => Some(add()),
            StoreProblem::Untrusted(_, remedy) => Some(remedy.clone()),
            StoreProblem::NotFolder(_) => {
                Some("make it a folder, or name one in [store] dir".to_owned())
            }
            // What was not taken out: a folder, which a file cannot take the place of.
            StoreProblem::NotRegular(_) => {
                let is_record = self.path.extension().is_some_and(|extension| extension == "json");
                let then = if is_record { add() } else { "run `gantry modifier compile`".into() };
                Some(format!("move it away, then {then}"))
            }
            StoreProblem::System(_) => None,
            StoreProblem::Sandbox(error) => {
                error.remedy().or_else(|| Some("run `gantry modifier compile`".to_owned()))
            }
            _ => Some("run `gantry modifier compile`".to_owned()),
        }
    }
}

impl From<TrustError> for StoreError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Read { path, why } => Self::system(path, format!("cannot be read: {why}")),
            TrustError::Untrusted { path, problem, remedy } => {
                Self::new(path, StoreProblem::Untrusted(problem, remedy))
            }
        }
    }
}
