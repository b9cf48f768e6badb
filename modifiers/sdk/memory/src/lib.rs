//! The allocator of a modifier.
//!
//! An instance lives for one call and has one thread, so blocks are cut from the end of the memory, in sizes
//! that are powers of two, and a block that was freed is used again for its size. That is a twentieth of the
//! code of a general allocator, and code is what a modifier costs to load.
#![no_std]
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

#[cfg(test)]
extern crate std;

#[cfg(any(test, target_arch = "wasm32"))]
mod heap;
#[cfg(target_arch = "wasm32")]
mod wasm;
