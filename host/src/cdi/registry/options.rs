//! How spec directories are looked at.

use std::path::PathBuf;

use crate::cdi::spec::ParseOptions;

/// How spec directories are looked at.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Refuse directories and files that anybody but root and the calling user can change
    /// ([`crate::cdi::check_dir_trust`]).
    pub require_trusted: bool,
    /// How each file is read.
    pub parse: ParseOptions,
    /// A file that remembers what is in large directories, for
    /// [`Registry::load_for`](super::Registry::load_for): it is read if nobody but root or the calling
    /// user can have written it, and written where it no longer helps. Its loss costs time only. With a
    /// [`Validator`](crate::cdi::Validator) there is none: nobody knows what else that looks at.
    pub index: Option<PathBuf>,
}
