//! Black-box tests of Gantry, and what they share.
#![forbid(unsafe_code)]

pub mod skips;
