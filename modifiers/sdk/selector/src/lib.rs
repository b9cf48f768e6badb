//! The raw bindings of a mode selector's exports, generated from `wit/v0.1`.
//!
//! A crate of its own, because both worlds export `settings`, and the macros that one generated world
//! brings would collide with the other's. Write a mode selector with `gantry-modifier`.
#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::undocumented_unsafe_blocks,
    clippy::allow_attributes_without_reason,
    reason = "generated from the contract"
)]

wit_bindgen::generate!({
    path: "../../../wit/v0.1",
    world: "mode-selector",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_raw_selector",
    default_bindings_module: "gantry_modifier_selector",
});

pub use exports::gantry::modifier::settings::Problem;
pub use gantry::modifier::types::{Failure, Mode};
