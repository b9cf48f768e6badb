//! From C's `main` to [`run`](crate::run): the only unsafe code of this crate.
//!
//! A Rust `main` comes after the standard library has set SIGPIPE to be ignored, installed handlers for SIGSEGV and SIGBUS,
//! and opened closed standard streams. The low-level runtime must find all of these as the engine left them, so
//! `gantry-runtime` has C's `main`. It is also quicker.
#![allow(unsafe_code, reason = "C's main hands over raw pointers")]

use std::ffi::{CStr, c_char, c_int};

use crate::Pipeline;
use crate::log::Log;

/// Runs the wrapper with the arguments of C's `main`; gives the exit status, always 1, if it comes back.
///
/// # Safety
///
/// `argv` and `envp` are as C's `main` gets them: arrays of pointers to NUL-terminated strings, ended by a null pointer,
/// which nobody changes while this runs.
pub unsafe fn start(
    argv: *const *const c_char,
    envp: *const *const c_char,
    pipeline: &dyn Pipeline,
) -> c_int {
    // SAFETY: the caller's promise is the same.
    let (argv, environment) = unsafe { (strings(argv), strings(envp)) };
    crate::run_with(&argv, &environment, pipeline, report_panics).into()
}

/// # Safety
///
/// `array` is null, or an array of pointers to NUL-terminated strings that ends with a null pointer and outlives `'a`.
unsafe fn strings<'a>(array: *const *const c_char) -> Vec<&'a CStr> {
    let mut found = Vec::with_capacity(32);
    let mut next = array;
    // SAFETY: `next` is not null and not beyond the null pointer that ends the array; what it points to is a string.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            found.push(CStr::from_ptr(*next));
            next = next.add(1);
        }
    }
    found
}

/// Makes a panic what any other failure is: one line, exit status 1.
fn report_panics(log: &Log) {
    let log = log.clone();
    std::panic::set_hook(Box::new(move |panic| {
        log.report(&format!("internal error, please report it: {panic}"));
        std::process::exit(1);
    }));
}
