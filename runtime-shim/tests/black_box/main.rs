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
    // SAFETY: the C library calls this once, with the arguments that the kernel laid out.
    let words = unsafe { strings(argv) };
    match words.first().and_then(|name| name.rsplit('/').next()) {
        // SAFETY: as above.
        Some("gantry-runtime") => unsafe { gantry_runtime::start(argv, envp, &pipeline::Scripted) },
        Some("runc") => low_level::record(),
        _ => cases::run(words),
    }
}

/// `std::env::args` is empty where the C library is musl and `main` is C's.
///
/// # Safety
///
/// `array` is as C's `main` gets it.
unsafe fn strings(mut array: *const *const c_char) -> Vec<String> {
    let mut words = Vec::new();
    // SAFETY: the array ends with a null pointer, and the others point to strings.
    unsafe {
        while !(*array).is_null() {
            words.push(CStr::from_ptr(*array).to_string_lossy().into_owned());
            array = array.add(1);
        }
    }
    words
}
