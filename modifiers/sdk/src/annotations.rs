//! The container's annotations.

use crate::error::named;
use crate::imports::container_annotations;
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_annotations::Annotation;

/// The value of one annotation; `None` where there is none.
pub fn get(of: View, key: &str) -> Result<Option<String>, Error> {
    Ok(get_all(of, &[key])?.pop().flatten())
}

/// The values of several annotations, in the order asked.
pub fn get_all(of: View, keys: &[&str]) -> Result<Vec<Option<String>>, Error> {
    named("container-annotations.get", container_annotations::get(of, keys))
}

/// The annotations whose keys begin with `prefix`, sorted by key.
pub fn with_prefix(of: View, prefix: &str) -> Result<Vec<Annotation>, Error> {
    named("container-annotations.with-prefix", container_annotations::with_prefix(of, prefix))
}

/// Whether [`get`] of this key is granted.
#[must_use]
pub fn get_granted(key: &str) -> bool {
    container_annotations::granted(key)
}
