//! The container's mounts.

use crate::error::named;
use crate::imports::{container_mounts, edit_mounts};
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_mounts::Mount;
pub use crate::bindings::gantry::modifier::edit_mounts::Mount as NewMount;

/// The mounts whose normalised destination is `directory` or lies below it, in the order of the
/// document.
pub fn below(of: View, directory: &str) -> Result<Vec<Mount>, Error> {
    named("container-mounts.below", container_mounts::below(of, directory))
}

/// Whether mounts at this destination may be seen.
#[must_use]
pub fn below_granted(destination: &str) -> bool {
    container_mounts::granted(destination)
}

/// Adds a bind mount; a mount at the same container path is replaced.
pub fn add(mount: NewMount<'_>, reason: &str) -> Result<(), Error> {
    named("edit-mounts.add", edit_mounts::add(mount, reason))
}

/// Whether a mount from this host path, in this root, to this container path is granted.
#[must_use]
pub fn add_granted(root: Option<&str>, host_path: &str, container_path: &str) -> bool {
    edit_mounts::granted(root, host_path, container_path)
}
