//! A low-level runtime that does nothing: what is measured is what stands before it.
#![forbid(unsafe_code)]

fn main() {}
