//! Additional groups of the container's process.

use crate::Error;
use crate::error::named;
use crate::imports::edit_gids;

/// Adds an additional group. 0 is invalid.
pub fn add(gid: u32, reason: &str) -> Result<(), Error> {
    named("edit-gids.add", edit_gids::add(gid, reason))
}

/// Whether [`add`] of this group is granted.
#[must_use]
pub fn add_granted(gid: u32) -> bool {
    edit_gids::granted(gid)
}
