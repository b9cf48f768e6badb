//! Names of spec files. Two kinds can give one name (`a-b/c` and `a/b-c`), as in `pkg/cdi`.

use super::names::{Kind, NameError};
use super::spec::Spec;

/// The name, without extension, of the file for a vendor's class of devices.
#[must_use]
pub fn spec_name(vendor: &str, class: &str) -> String {
    format!("{vendor}-{class}")
}

/// The name, without extension, of a file that lives as long as something else: a container, a claim.
/// A `/` in that thing's identifier becomes `_`.
#[must_use]
pub fn transient_spec_name(vendor: &str, class: &str, id: &str) -> String {
    format!("{vendor}-{class}_{}", id.replace('/', "_"))
}

/// [`spec_name`] of the spec's kind.
pub fn name_for_spec(spec: &Spec) -> Result<String, NameError> {
    let kind: Kind = spec.kind.parse()?;
    Ok(spec_name(kind.vendor(), kind.class()))
}

/// [`transient_spec_name`] of the spec's kind.
pub fn name_for_transient_spec(spec: &Spec, id: &str) -> Result<String, NameError> {
    let kind: Kind = spec.kind.parse()?;
    Ok(transient_spec_name(kind.vendor(), kind.class(), id))
}
