//! The container's first process.

use crate::error::named;
use crate::imports::container_process;
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_process::{Capabilities, User};

/// The user; 0:0 where the document names none.
pub fn user(of: View) -> Result<User, Error> {
    named("container-process.get-user", container_process::get_user(of))
}

/// The capability sets; empty ones where the document has none.
pub fn capabilities(of: View) -> Result<Capabilities, Error> {
    named("container-process.get-capabilities", container_process::get_capabilities(of))
}
