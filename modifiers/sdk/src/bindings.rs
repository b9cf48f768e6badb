//! The raw bindings of a modifier and of everything that can be imported, generated from `wit/v0.1`.
//! Used by this crate and its macros only.
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
    path: "../../wit/v0.1",
    world: "modifier",
    generate_all,
    ownership: Borrowing { duplicate_if_necessary: true },
    pub_export_macro: true,
    export_macro_name: "export_raw_modifier",
    default_bindings_module: "gantry_modifier::bindings",
    additional_derives: [PartialEq, Eq],
});
