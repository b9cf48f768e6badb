//! What must hold of the CDI core, and of what the hooks read, for any input. Each oracle takes bytes or values and panics where a
//! promise is broken, so that property tests, fuzz targets and the replay of the corpus ask the same.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "an oracle panics where a promise is broken"
)]

mod edit_apply;
mod hooks;
mod injection;
mod kept;
mod spec_parse;
mod twice;

pub use edit_apply::{edit_apply, edits_hold, host};
pub use hooks::{hook_conf, hook_note, hook_state};
pub use injection::inject;
pub use spec_parse::{spec_parse, written_is_read};
