//! The container's hooks.

use crate::error::named;
use crate::imports::{container_hooks, edit_hooks};
use crate::{Error, HookPoint, View};

pub use crate::bindings::gantry::modifier::container_hooks::Hook;
pub use crate::bindings::gantry::modifier::edit_hooks::Hook as NewHook;

/// The hooks of one point, in the order of the document.
pub fn at(of: View, point: HookPoint) -> Result<Vec<Hook>, Error> {
    named("container-hooks.at", container_hooks::at(of, point))
}

/// Whether hooks of this point may be seen.
#[must_use]
pub fn at_granted(point: HookPoint) -> bool {
    container_hooks::granted(point)
}

/// Adds a hook; an identical one is not added again. Its environment is fixed by the grant.
pub fn add(hook: NewHook<'_>, reason: &str) -> Result<(), Error> {
    named("edit-hooks.add", edit_hooks::add(hook, reason))
}

/// Removes the hooks of one point whose program is `path`, and returns how many there were.
pub fn remove(point: HookPoint, path: &str, reason: &str) -> Result<u32, Error> {
    named("edit-hooks.remove", edit_hooks::remove(point, path, reason))
}

/// Whether [`add`] of a hook with this point and this program may be granted.
#[must_use]
pub fn add_granted(point: HookPoint, path: &str) -> bool {
    edit_hooks::granted(point, path)
}
