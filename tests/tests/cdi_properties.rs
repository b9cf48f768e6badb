//! What holds of the CDI core for any input, tried with many: parsing and writing, applying, resolving,
//! and refreshing. The oracles are those of the fuzz targets.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "cdi_properties/applying.rs"]
mod applying;
#[path = "cdi_properties/documents.rs"]
mod documents;
#[path = "cdi_properties/files.rs"]
mod files;
#[path = "cdi_properties/parsing.rs"]
mod parsing;
#[path = "cdi_properties/recorded.rs"]
mod recorded;
#[path = "cdi_properties/refreshing.rs"]
mod refreshing;
#[path = "cdi_properties/resolving.rs"]
mod resolving;
#[path = "cdi_properties/specs.rs"]
mod specs;

/// As many cases as the environment says (`PROPTEST_CASES`), else so many; regressions are kept beside
/// the test.
fn config(cases: u32) -> proptest::test_runner::Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    proptest::test_runner::Config {
        cases,
        failure_persistence: Some(Box::new(
            proptest::test_runner::FileFailurePersistence::WithSource("proptest-regressions"),
        )),
        ..Default::default()
    }
}
