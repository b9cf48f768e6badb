//! Why a hook fails: which path in the container, at which step. `main` puts the hook's name before it.

use std::io;
use std::path::{Path, PathBuf};

use crate::container_root::RootError;
use crate::state::StateError;

/// Why a hook fails.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The command line does not say what to do.
    #[error("--{flag}: {why}")]
    Flag {
        /// The flag, without dashes.
        flag: &'static str,
        /// What is wrong with its value.
        why: String,
    },
    /// The container's root is not to be found.
    #[error(transparent)]
    State(#[from] StateError),
    /// The container's root is refused.
    #[error(transparent)]
    Root(#[from] RootError),
    /// A step failed at a path in the container.
    #[error("{path:?} in the container: {step}: {source}")]
    Step {
        /// What was being done.
        step: &'static str,
        /// The path, as the container sees it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What the image holds at a path is refused.
    #[error("{path:?} in the container: {why}")]
    Refused {
        /// The path, as the container sees it.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Something outside the container failed.
    #[error("{step}: {source}")]
    Host {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Says where in the container a step failed.
pub trait At<T> {
    /// Names the step, and the path as the container sees it.
    fn at(self, step: &'static str, path: &Path) -> Result<T, HookError>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, step: &'static str, path: &Path) -> Result<T, HookError> {
        self.map_err(|error| HookError::Step { step, path: path.into(), source: error.into() })
    }
}
