//! The binary `gantry-runtime`: the wrapper with Gantry's own pipeline.
#![no_main]

use std::ffi::{c_char, c_int};

use gantry::pipeline::Stored;
use gantry_heap::Heap;
#[cfg(target_env = "musl")]
use gantry_memory as _;
use gantry_runtime::Gantry;

#[global_allocator]
static HEAP: Heap = Heap::new();

/// C's `main`: the reason is in `gantry_runtime::start`.
// SAFETY: `main` is this program's only symbol of that name, and has the type that C gives it on Linux.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    // SAFETY: the C library calls this once, with the arguments that the kernel laid out.
    unsafe {
        gantry_runtime::start(argv, envp, &Gantry::new(|config| Box::new(Stored::new(config))))
    }
}
