//! Why no spec was made.

use super::options::Mode;
use crate::host_files::FileError;

/// Why no spec was made. There is never a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The inventory is needed and cannot be had.
    #[error("the GPUs of this host are not known: {0}")]
    Inventory(String),
    /// A file of the host cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A mode found no device.
    #[error("there is no device for the mode {mode}: this host has no {looked_for}")]
    Nothing {
        /// The mode.
        mode: &'static str,
        /// What was looked for.
        looked_for: String,
    },
    /// A device is asked for that the mode does not have.
    #[error("there is no device `{id}` in the mode {mode}: {why}")]
    Device {
        /// The mode.
        mode: &'static str,
        /// What was asked for.
        id: String,
        /// What can be asked for.
        why: String,
    },
    /// What discovery says of the driver's files.
    #[error("{0}")]
    Driver(String),
}

impl GenerateError {
    pub(super) fn nothing(mode: Mode, looked_for: &str) -> Self {
        Self::Nothing { mode: mode.name(), looked_for: looked_for.to_owned() }
    }
}

impl From<String> for GenerateError {
    fn from(why: String) -> Self {
        Self::Driver(why)
    }
}
