//! Precompiled code that this process trusts because of where it comes from. The only unsafe code of
//! this room.
#![allow(unsafe_code, reason = "wasmtime cannot check precompiled code; see each SAFETY")]

use wasmtime::Engine;
use wasmtime::component::Component;

use super::SandboxError;

/// Loads an artefact that is part of this binary.
pub(super) fn load(engine: &Engine, artefact: &'static [u8]) -> Result<Component, SandboxError> {
    // SAFETY: the bytes were made by `Engine::precompile_component` when this binary was built, and
    // are part of its text: whoever can change them can change any code of this process. wasmtime
    // itself checks that its version and settings are the ones that compiled them.
    unsafe { Component::deserialize(engine, artefact) }
        .map_err(|error| SandboxError::Unusable(format!("{error:#}")))
}
