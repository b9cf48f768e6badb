//! `gantry runtime configure`, from outside: input files and options, the diff and the files that come of
//! them; then nothing more to change, and `--remove` gives every byte back. `BLESS=1` rewrites the goldens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "runtime_configure/cases.rs"]
mod cases;
#[path = "runtime_configure/engines.rs"]
mod engines;
#[path = "runtime_configure/errors.rs"]
mod errors;
#[path = "runtime_configure/host.rs"]
mod host;
#[path = "runtime_configure/life.rs"]
mod life;
