//! The container's namespaces, `linux.namespaces`.

use crate::error::named;
use crate::imports::container_namespaces;
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_namespaces::Namespace;

/// All namespaces, in the order of the document.
pub fn all(of: View) -> Result<Vec<Namespace>, Error> {
    named("container-namespaces.all", container_namespaces::all(of))
}
