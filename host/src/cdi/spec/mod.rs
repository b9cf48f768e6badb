//! CDI specs: the model, reading it from JSON and YAML, and what makes one valid.

mod error;
mod format;
mod json;
mod model;
mod options;
mod parse;
mod tree;
mod validate;
mod validator;
mod version;
mod warning;
#[cfg(any(feature = "schema", test))]
mod written;
mod yaml;

pub use error::{InvalidSpec, Position, SpecError, SpecProblem};
pub use format::Format;
pub use model::{ContainerEdits, Device, DeviceNode, Hook, IntelRdt, Mount, NetDevice, Spec};
pub use options::{ParseOptions, Parsed, Unknown};
pub use parse::{MAX_SPEC_BYTES, from_yaml};
pub use validator::Validator;
pub use version::{Version, VersionNote, accepted_since};
pub use warning::{Ignored, SpecWarning};
pub use yaml::{YamlError, to_yaml};

pub(crate) use parse::peek_kind;
#[cfg(feature = "schema")]
pub(crate) use written::written;

#[cfg(test)]
mod tests;
