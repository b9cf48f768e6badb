//! Black-box tests of Gantry, and what they share.
#![forbid(unsafe_code)]

pub mod chroot;
pub mod compare;
pub mod elf;
pub mod entries;
pub mod golden;
pub mod loads;
pub mod nvml;
pub mod programs;
pub mod recorded;
pub mod scene;
pub mod skips;
