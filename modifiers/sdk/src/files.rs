//! Files of the host below named roots. No link is followed out of its root.
//!
//! Paths are relative to the root and begin with `/`.

use crate::Error;
use crate::error::named;
use crate::imports::host_files;

pub use crate::bindings::gantry::modifier::host_files::{Entry, FileKind};

/// The entries whose path matches, sorted by path. `*` stays within one element, `**` crosses `/`.
pub fn glob(root: &str, pattern: &str) -> Result<Vec<Entry>, Error> {
    named("host-files.glob", host_files::glob(root, pattern))
}

/// The entries at these paths, in the order asked; `None` where there is none.
pub fn stat(root: &str, paths: &[&str]) -> Result<Vec<Option<Entry>>, Error> {
    named("host-files.stat", host_files::stat(root, paths))
}

/// The target of a link, as it is written.
pub fn read_link(root: &str, path: &str) -> Result<String, Error> {
    named("host-files.read-link", host_files::read_link(root, path))
}

/// The path that is left when all links are followed in the root.
pub fn resolve(root: &str, path: &str) -> Result<String, Error> {
    named("host-files.resolve", host_files::resolve(root, path))
}

/// Up to `length` bytes of a regular file from `offset`; fewer only at its end.
pub fn read(root: &str, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
    named("host-files.read", host_files::read(root, path, offset, length))
}

/// The `DT_SONAME` of an ELF shared object; `None` where it has none.
pub fn soname(root: &str, path: &str) -> Result<Option<String>, Error> {
    named("host-files.soname", host_files::soname(root, path))
}

/// Whether this path of this root may be read.
#[must_use]
pub fn read_granted(root: &str, path: &str) -> bool {
    host_files::granted(root, path)
}
