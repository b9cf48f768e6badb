//! Black-box tests of Gantry, and what they share.
#![forbid(unsafe_code)]

pub mod programs;
pub mod scene;
pub mod skips;
