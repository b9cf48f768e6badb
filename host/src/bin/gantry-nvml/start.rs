//! Where the program begins: at C's `main`. What Rust does before its own, to tell of a stack that overflows
//! and to ignore SIGPIPE, takes longer than all answers of NVML, and this program has no use for it: a broken
//! pipe means that nobody wants to know any more.
#![allow(unsafe_code, reason = "the symbol that C's start-up code calls")]

use std::ffi::{c_char, c_int};

/// What C calls; the arguments are known otherwise.
// SAFETY: it is C's `main`, and the only one of this program.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    c_int::from(crate::run())
}
