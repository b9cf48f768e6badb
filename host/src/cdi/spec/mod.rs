//! CDI specs: the model, reading it from JSON and YAML, and what makes one valid.

mod error;
mod format;
mod json;
mod model;
mod parse;
mod tree;
mod validate;
mod version;
mod yaml;

pub use error::{InvalidSpec, Position, SpecError, SpecProblem};
pub use format::Format;
pub use model::{ContainerEdits, Device, DeviceNode, Hook, IntelRdt, Mount, NetDevice, Spec};
pub use parse::MAX_SPEC_BYTES;
pub use version::Version;

pub(crate) use parse::peek_kind;
pub(crate) use yaml::emit;

#[cfg(test)]
mod tests;
