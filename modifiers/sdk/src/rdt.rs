//! Intel Resource Director Technology. One per container.

use crate::Error;
use crate::error::named;
use crate::imports::edit_rdt;

pub use crate::bindings::gantry::modifier::edit_rdt::IntelRdt as NewIntelRdt;

/// Sets the whole; what was there is replaced.
pub fn set(rdt: NewIntelRdt<'_>, reason: &str) -> Result<(), Error> {
    named("edit-rdt.set", edit_rdt::set(rdt, reason))
}

/// Whether a class of service of this name is granted.
#[must_use]
pub fn set_granted(clos_id: &str) -> bool {
    edit_rdt::granted(clos_id)
}
