//! Compiling modifiers, for the build, for `gantry`, and for tests. Not in `gantry-runtime`.

use wasmtime::Engine;
use wasmtime::component::Component;

use super::SandboxError;
use super::engine::compiler;

/// Compiles a component for this machine's engine.
pub(super) fn compile(engine: &Engine, wasm: &[u8]) -> Result<Component, SandboxError> {
    Component::from_binary(engine, wasm).map_err(|error| unusable(wasm, &error))
}

/// The artefact of a component, for a Rust target triple: code for the architecture's baseline.
pub fn precompile(wasm: &[u8], target: &str) -> Result<Vec<u8>, SandboxError> {
    // Code calls no C library; by one name, all programs of a build make and take the same.
    let target = target.replace("-linux-musl", "-linux-gnu");
    compiler(&target)?.precompile_component(wasm).map_err(|error| unusable(wasm, &error))
}

/// The target triple that this program was built for.
#[must_use]
pub fn target() -> &'static str {
    env!("GANTRY_TARGET")
}

fn unusable(wasm: &[u8], error: &wasmtime::Error) -> SandboxError {
    const CORE: &[u8] = b"\0asm\x01\0\0\0";
    if wasm.starts_with(CORE) {
        return SandboxError::Unusable(
            "it is a core module; make it a component with `wasm-tools component new`".into(),
        );
    }
    if !wasm.starts_with(b"\0asm") {
        return SandboxError::Unusable("it does not begin as WebAssembly does".into());
    }
    SandboxError::Unusable(crate::text::escape(&format!("{error:#}"), 512))
}
