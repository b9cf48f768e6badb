//! The two notations of a spec file, told apart by the file's extension alone.

use std::ffi::OsStr;
use std::path::Path;

/// The notation of a spec file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.json`: RFC 8259.
    Json,
    /// `.yaml`: YAML 1.2, with the scalars of YAML 1.1 that `pkg/cdi` reads.
    Yaml,
}

impl Format {
    /// The format of a file of that name; `None` where it is no spec file. Only `.json` and `.yaml`,
    /// exactly so, count; a name may be nothing but the extension.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        Self::of_name(path.file_name()?)
    }

    /// The same of a name without directories.
    pub(crate) fn of_name(name: &OsStr) -> Option<Self> {
        let name = name.as_encoded_bytes();
        if name.ends_with(b".json") {
            Some(Self::Json)
        } else if name.ends_with(b".yaml") {
            Some(Self::Yaml)
        } else {
            None
        }
    }
}
