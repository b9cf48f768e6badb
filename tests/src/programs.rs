//! Where the programs under test are.

use std::env;
use std::path::{Path, PathBuf};

/// `gantry`, `gantry-runtime`, `gantry-hook` or `gantry-nvml`.
///
/// # Panics
///
/// Where it is not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    there(
        env::var_os("GANTRY_BIN_DIR")
            .map_or_else(|| workspace().join("target/release"), PathBuf::from)
            .join(name),
    )
}

/// The example vendor's component.
///
/// # Panics
///
/// Where it is not built.
#[must_use]
pub fn example() -> PathBuf {
    let built = || workspace().join("target/examples-wasm/acme.wasm");
    there(env::var_os("GANTRY_EXAMPLE").map_or_else(built, PathBuf::from))
}

/// The component of the example in C; `None` where no clang has built it.
///
/// # Panics
///
/// Where `GANTRY_EXAMPLE_C` names no file.
#[must_use]
pub fn example_c() -> Option<PathBuf> {
    let built = workspace().join("target/examples-wasm/acme-count.wasm");
    env::var_os("GANTRY_EXAMPLE_C")
        .map(|path| there(path.into()))
        .or_else(|| built.is_file().then_some(built))
}

/// The root of the repository.
///
/// # Panics
///
/// Never: this crate lies in it.
#[must_use]
pub fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

fn there(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "{} is not there: `cargo xtask test` builds it", path.display());
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
