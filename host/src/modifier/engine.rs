//! The engine's settings: one place, because code compiled under others does not load.

use std::sync::Arc;

use wasmtime::{Config, Engine};

use super::SandboxError;
use super::artefact::ExecutablePages;

/// Bytes of stack that a modifier may use.
const MAX_STACK: usize = 512 * 1024;

/// Bytes of address space that a memory can grow in without being moved.
const MEMORY_RESERVATION: u64 = 32 << 20;

/// The engine that runs modifiers, and, where a compiler is built in, makes their code.
pub(super) fn engine() -> Result<Engine, SandboxError> {
    Engine::new(&config()).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// An engine that compiles for `target`, a Rust target triple, and that target's baseline: code must
/// run on every CPU of the architecture, not only on the one that compiled it.
#[cfg(feature = "compile")]
pub(super) fn compiler(target: &str) -> Result<Engine, SandboxError> {
    let mut config = config();
    config
        .target(target)
        .and_then(|config| Engine::new(config))
        .map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

fn config() -> Config {
    let mut config = Config::new();
    config
        // Limits: fuel is deterministic, the epoch ends a call whose time is up.
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(MAX_STACK)
        // Same inputs, same edits: nothing whose result may differ between machines.
        .relaxed_simd_deterministic(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_component_model(true)
        // The processor finds what a modifier does wrong, and a signal handler makes a trap of it: a
        // fifth less code to read, to hash and to run than with a check before each access.
        .signals_based_traps(true)
        // No large reservations of address space, which a resource limit may forbid.
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(0)
        .memory_reservation_for_growth(1 << 20)
        // Embedded code runs where it lies in this binary.
        .with_custom_code_memory(Some(Arc::new(ExecutablePages)))
        // Memories are small: copying their data in is quicker than making a file to map.
        .memory_init_cow(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(8))
        .generate_address_map(false)
        .native_unwind_info(false);
    // So that no result depends on the machine; it counts where code is made.
    #[cfg(feature = "compile")]
    config.cranelift_nan_canonicalization(true);
    config
}
