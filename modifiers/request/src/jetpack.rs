//! The one request of Jetson images that is not a device.

use crate::Source;

/// Whether all CSV files are asked for, and not only the base ones
/// (`NVIDIA_REQUIRE_JETPACK=csv-mounts=all`).
///
/// # Errors
///
/// What the source refuses.
pub fn all_csv_files<S: Source>(source: &mut S) -> Result<bool, S::Error> {
    let values = source.env_get(&["NVIDIA_REQUIRE_JETPACK"])?;
    Ok(values.first().and_then(Option::as_deref) == Some("csv-mounts=all"))
}
