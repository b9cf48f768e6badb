//! The modifiers that are embedded in the binary, precompiled. `build.rs` says where they come from.

use super::SandboxError;
use super::artefact::Embedded;

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// The artefact of a built-in modifier.
pub(super) fn find(name: &str) -> Result<&'static Embedded, SandboxError> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, artefact)| *artefact).ok_or_else(
        || SandboxError::NoBuiltIn {
            name: name.to_owned(),
            available: BUILT_IN.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", "),
        },
    )
}

/// Any one of the artefacts: all were compiled by one engine.
pub(super) fn any() -> Option<&'static [u8]> {
    BUILT_IN.first().map(|(_, artefact)| &artefact.0)
}
