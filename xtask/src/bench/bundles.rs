//! Where the bundles of the benchmarks are: in memory, as those of containerd and docker are, so that no
//! disk is measured.

use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::target;

const MEMORY: &str = "/dev/shm";

/// A directory for bundles, which goes away with the value.
pub(super) fn directory() -> Result<TempDir> {
    let make = |place: &Path| tempfile::Builder::new().prefix("gantry-bench-").tempdir_in(place);
    if let Ok(made) = make(Path::new(MEMORY)) {
        return Ok(made);
    }
    eprintln!("note: {MEMORY} cannot be written; the bundles are on disk");
    make(&target()).with_context(|| target().display().to_string())
}
