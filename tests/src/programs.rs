//! Where the programs under test are.

use std::env;
use std::path::{Path, PathBuf};

/// `gantry` or `gantry-runtime`.
///
/// # Panics
///
/// Where it is not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release");
    let path = env::var_os("GANTRY_BIN_DIR").map_or_else(built, PathBuf::from).join(name);
    assert!(path.is_file(), "{} is not there: `cargo xtask build` makes it", path.display());
    path
}

/// The example vendor's component.
///
/// # Panics
///
/// Where it is not built.
#[must_use]
pub fn example() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/examples-wasm/acme.wasm");
    let path = env::var_os("GANTRY_EXAMPLE").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there: `cargo xtask test` makes it", path.display());
    path
}

/// A program of the system, looked for in `PATH` and the usual directories.
#[must_use]
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}
