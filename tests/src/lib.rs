//! Black-box tests of Gantry, and what they share.
#![forbid(unsafe_code)]

pub mod golden;
pub mod loads;
pub mod nvml;
pub mod programs;
pub mod scene;
pub mod skips;
