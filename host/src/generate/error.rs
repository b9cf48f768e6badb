//! Why no spec was made.

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
    /// What discovery says of the driver's files.
    #[error("{0}")]
    Driver(String),
}

impl From<String> for GenerateError {
    fn from(why: String) -> Self {
        Self::Driver(why)
    }
}
