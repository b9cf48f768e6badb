//! Which NVML library is loaded.

use std::path::PathBuf;

use gantry_discovery::Root;

use super::driver::libraries;
use super::error::GenerateError;
use super::host::Host;

/// The name that all versions of the driver have.
const NAME: &str = "libnvidia-ml.so.1";

/// The NVML library below the driver root, by its path on the host; `None` where there is none, and the
/// dynamic linker may know one. Where search paths are given, it is looked for in these and nowhere else
/// below the root.
pub fn nvml_library(
    host: &mut Host<'_>,
    search_paths: &[String],
) -> Result<Option<PathBuf>, GenerateError> {
    let found = libraries(host, search_paths).first(host, NAME, |path| Some(path.to_owned()))?;
    Ok(found.map(|path| host.host_path(Root::Driver, &path).into()))
}
