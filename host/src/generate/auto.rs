//! Which mode serves this machine.

use gantry_discovery::csv::is_integrated_name;

use super::error::GenerateError;
use super::host::Host;
use super::options::Mode;
use super::platform::{has_library, has_tegra_files};
use crate::host_files::FileError;

/// What the driver of WSL is reached through.
const DXCORE: &str = "libdxcore.so";
/// The library that knows the GPUs.
const NVML: &str = "libnvidia-ml.so.1";

impl Mode {
    /// The mode itself; of [`Mode::Auto`] the first of these that holds:
    ///
    /// 1. there is the library of DXCore: [`Mode::Wsl`];
    /// 2. there are the files of a Tegra system and no NVML, or a GPU is part of the system's chip by its
    ///    name: [`Mode::Csv`];
    /// 3. [`Mode::Nvml`], which says what is missing where there is no NVML either.
    ///
    /// Libraries are looked for below the driver's root, and else as the host's own.
    pub fn resolve(self, host: &Host<'_>) -> Result<Self, GenerateError> {
        if self != Self::Auto {
            return Ok(self);
        }
        let mode = if has(host, DXCORE)? {
            Self::Wsl
        } else if serves_csv(host)? {
            Self::Csv
        } else {
            Self::Nvml
        };
        tracing::debug!(mode = mode.name(), "the mode of this machine");
        Ok(mode)
    }
}

fn serves_csv(host: &Host<'_>) -> Result<bool, GenerateError> {
    if !has_nvml(host)? {
        return Ok(has_tegra_files(&*host.driver)?);
    }
    // Its address tells nothing here: a discrete GPU may stand where a Thor's own does.
    let integrated = |gpu: &crate::gpu::Gpu| gpu.integrated || is_integrated_name(&gpu.name);
    Ok(host.inventory().is_ok_and(|inventory| inventory.gpus.iter().any(integrated)))
}

/// Whether there is an NVML to ask.
pub(super) fn has_nvml(host: &Host<'_>) -> Result<bool, FileError> {
    has(host, NVML)
}

fn has(host: &Host<'_>, library: &str) -> Result<bool, FileError> {
    Ok(has_library(&*host.driver, library)? || has_library(&*host.host, library)?)
}

#[cfg(test)]
mod tests;
