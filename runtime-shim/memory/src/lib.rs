//! What the compiler calls to copy, compare and fill memory.
//!
//! musl's own for x86-64 begins every copy with `rep movsq`, which takes longer to start than most copies take:
//! a seventh of the wrapper's time. These take short blocks with two overlapping loads, all loads before the
//! first store, and long ones as musl does.
#![no_std]
// Or the compiler would see a loop that copies, and call what it is in.
#![no_builtins]
#![allow(unsafe_code, reason = "copying memory is")]

#[cfg(test)]
extern crate std;

#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "x86_64")]
pub use x86_64::{compare, copy};

/// The names that the compiler calls.
#[cfg(all(feature = "symbols", target_arch = "x86_64"))]
mod symbols {
    use core::ffi::c_int;

    /// # Safety
    ///
    /// As C's `memcpy`.
    // SAFETY: it does what the C standard says of this name; a static program has no other.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the stronger one.
        unsafe { super::copy(to, from, length) };
        to
    }

    /// # Safety
    ///
    /// As C's `memmove`.
    // SAFETY: as above.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { super::copy(to, from, length) };
        to
    }

    /// # Safety
    ///
    /// As C's `memcmp`.
    // SAFETY: as above.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, length: usize) -> c_int {
        // SAFETY: the caller's promise is the same.
        unsafe { super::compare(one, other, length) }
    }

    /// # Safety
    ///
    /// As POSIX's `bcmp`.
    // SAFETY: as above.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, length: usize) -> c_int {
        // SAFETY: the caller's promise is the same.
        unsafe { super::compare(one, other, length) }
    }
}
