//! How spec directories are looked at.

use std::path::PathBuf;

/// How spec directories are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Refuse directories and files that anybody but root and the calling user can change
    /// ([`crate::cdi::check_dir_trust`]).
    pub require_trusted: bool,
    /// A file that remembers what is in large directories, for
    /// [`Registry::load_for`](super::Registry::load_for): it is read if nobody but root or the calling
    /// user can have written it, and written where it no longer helps. Its loss costs time only.
    pub index: Option<PathBuf>,
}
