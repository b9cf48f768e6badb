//! Environment variables of the container, `process.env`.

use crate::error::named;
use crate::imports::{container_env, edit_env};
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_env::Variable;

/// The value of one variable; `None` where it is not set.
pub fn get(of: View, name: &str) -> Result<Option<String>, Error> {
    Ok(get_all(of, &[name])?.pop().flatten())
}

/// The values of several variables, in the order asked.
pub fn get_all(of: View, names: &[&str]) -> Result<Vec<Option<String>>, Error> {
    named("container-env.get", container_env::get(of, names))
}

/// The variables whose names begin with `prefix`, in the order of the document.
pub fn with_prefix(of: View, prefix: &str) -> Result<Vec<Variable>, Error> {
    named("container-env.with-prefix", container_env::with_prefix(of, prefix))
}

/// The positions in `process.env` of entries without `=`.
pub fn malformed(of: View) -> Result<Vec<u32>, Error> {
    named("container-env.malformed", container_env::malformed(of))
}

/// Whether [`get`] of this name is granted.
#[must_use]
pub fn get_granted(name: &str) -> bool {
    container_env::granted(name)
}

/// Sets a variable; an existing one of that name is replaced.
pub fn set(name: &str, value: &str, reason: &str) -> Result<(), Error> {
    named("edit-env.set", edit_env::set(name, value, reason))
}

/// Whether [`set`] of this name is granted.
#[must_use]
pub fn set_granted(name: &str) -> bool {
    edit_env::granted(name)
}
