//! Which NVML library is loaded.

use std::path::PathBuf;

use gantry_discovery::{Libraries, Root};

use super::error::GenerateError;
use super::host::Host;

/// The name that all versions of the driver have, and those with a version for a driver without links.
const NAMES: [&str; 2] = ["libnvidia-ml.so.1", "libnvidia-ml.so.*.*"];

/// The NVML library below the driver root, by its path on the host; `None` where there is none, and the
/// dynamic linker may know one.
pub fn nvml_library(host: &mut Host<'_>) -> Result<Option<PathBuf>, GenerateError> {
    let mut libraries = Libraries::new(Root::Driver, host.architecture);
    for name in NAMES {
        if let Some(path) = libraries.first(host, name, |path| Some(path.to_owned()))? {
            return Ok(Some(host.host_path(Root::Driver, &path).into()));
        }
    }
    Ok(None)
}
