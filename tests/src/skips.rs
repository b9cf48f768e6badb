//! Tests that cannot run here say so, and are counted as skipped.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;

/// Notes that a test is skipped. One call a test, then return from it.
///
/// # Panics
///
/// Where `GANTRY_SKIPS` names a file that cannot be written.
#[allow(clippy::expect_used, reason = "a skip that is not counted would look like a pass")]
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED {test}: {reason}");
    if let Some(path) = env::var_os("GANTRY_SKIPS") {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let line = format!("{test}: {reason}\n");
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("GANTRY_SKIPS is a file");
    }
}

/// Whether this is root: some tests need it, some need to be without.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
