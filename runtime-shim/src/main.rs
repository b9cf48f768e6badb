//! The binary `gantry-runtime`.
#![forbid(unsafe_code)]
fn main() {}
