//! The record that each `create` leaves in the journal's directory: `ID.json`, readable by its owner
//! alone, of a bounded number.

mod read;
mod redact;
mod write;

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use super::journal::Journal;

pub use read::{ReadError, Records};
pub use redact::is_redacted;
pub use write::RecordError;
pub(super) use write::{Prepared, prepare};

/// Bytes of a container's name that are kept.
const LONGEST_NAME: usize = 128;

/// What one `create` did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// The version of Gantry that wrote it.
    pub gantry: String,
    /// The container's name, as far as it can be a file's.
    pub container: String,
    /// Seconds since 1970.
    pub unix_time: u64,
    /// Why the container was not created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was done, with secrets redacted.
    #[serde(flatten)]
    pub journal: Journal,
}

/// A container's name as the name of a file.
fn file_name(container: Option<&OsStr>) -> String {
    let name = container.unwrap_or(OsStr::new("unnamed")).to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.+".contains(c) { c } else { '_' };
    let name: String = name.chars().take(LONGEST_NAME).map(plain).collect();
    if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name }
}
