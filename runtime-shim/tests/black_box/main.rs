//! The wrapper from outside: what a low-level runtime and an engine see of it.
//!
//! This one program plays all parts, told apart by the name that it is called by: the tests, the wrapper (`gantry-runtime`,
//! with a pipeline of its own) and the low-level runtime (`runc`), which records what it was given.
#![no_main]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests, though not marked as such: there is no harness"
)]

mod cases;
mod low_level;
mod pipeline;
mod scene;

use std::ffi::{CStr, c_char, c_int};

/// C's `main`, as in the real binary: a Rust one would change what is tested.
// SAFETY: `main` is this program's only symbol of that name, and has the type that C gives it on Linux.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    // SAFETY: the kernel puts a string there, or a null pointer, and the C library passes it on.
    let name = unsafe {
        argv.as_ref()
            .filter(|name| !name.is_null())
            .map(|name| CStr::from_ptr(*name))
    };
    let name = name
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    match name.rsplit('/').next() {
        // SAFETY: the C library calls this once, with the arguments that the kernel laid out.
        Some("gantry-runtime") => unsafe { gantry_runtime::start(argv, envp, &pipeline::Scripted) },
        Some("runc") => low_level::record(),
        _ => cases::run(),
    }
}
