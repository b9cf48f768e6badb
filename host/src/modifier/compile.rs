//! Compiling modifiers, for the build, for `gantry`, and for tests. Not in `gantry-runtime`.

use wasmtime::Engine;

use super::SandboxError;
use super::engine::compiler;
use super::metadata::World;
use super::sandbox::Component;
use super::v0_1::{self, Export};

/// Compiles a component for this machine's engine.
pub(super) fn compile(
    engine: &Engine,
    wasm: &[u8],
) -> Result<wasmtime::component::Component, SandboxError> {
    wasmtime::component::Component::from_binary(engine, wasm)
        .map_err(|error| unusable(wasm, &error))
}

/// The artefact of a component, for a Rust target triple: code for the architecture's baseline.
pub fn precompile(wasm: &[u8], target: &str) -> Result<Vec<u8>, SandboxError> {
    // Code calls no C library; by one name, all programs of a build make and take the same.
    let target = target.replace("-linux-musl", "-linux-gnu");
    compiler(&target)?.precompile_component(wasm).map_err(|error| unusable(wasm, &error))
}

impl Component {
    /// That all functions are exported that are called of a component of its kind. Runs nothing; their types are
    /// checked when they are called.
    pub fn check_exports(&self, world: World) -> Result<(), SandboxError> {
        let own = match world {
            World::Modifier => &v0_1::MODIFY,
            World::ModeSelector => &v0_1::SELECT,
        };
        for Export { interface, function } in [own, &v0_1::VALIDATE] {
            let found = self.inner.get_export_index(None, interface);
            if found.and_then(|found| self.inner.get_export_index(Some(&found), function)).is_none()
            {
                return Err(SandboxError::WrongWorld { wanted: interface });
            }
        }
        Ok(())
    }
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
