//! Which mode serves this machine.

use gantry_discovery::csv::is_integrated_name;

use super::error::GenerateError;
use super::host::Host;
use super::options::Mode;
use super::platform;
use crate::host_files::{FileError, HostFiles};

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
        let mode = if has(host, platform::has_dxcore)? {
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

/// Whether the GPUs are asked, whichever mode serves this machine.
pub(super) fn asks_gpus(mode: Mode, host: &Host<'_>) -> Result<bool, GenerateError> {
    Ok(match mode {
        Mode::Nvml => true,
        Mode::Auto => !has(host, platform::has_dxcore)? && has_nvml(host)?,
        _ => false,
    })
}

fn serves_csv(host: &Host<'_>) -> Result<bool, GenerateError> {
    if !has_nvml(host)? {
        let files = platform::has_tegra_files(&*host.driver);
        return Ok(files.map_err(|error| error.below(&host.driver_root))?);
    }
    // Its address tells nothing here: a discrete GPU may stand where a Thor's own does.
    let integrated = |gpu: &crate::gpu::Gpu| gpu.integrated || is_integrated_name(&gpu.name);
    // One that NVML cannot describe may still have told its name.
    let failed = |gpu: &crate::gpu::FailedGpu| gpu.name.as_deref().is_some_and(is_integrated_name);
    Ok(host.inventory().is_ok_and(|inventory| {
        inventory.gpus.iter().any(integrated) || inventory.failed.iter().any(failed)
    }))
}

/// Whether there is an NVML to ask.
pub(super) fn has_nvml(host: &Host<'_>) -> Result<bool, FileError> {
    has(host, platform::has_nvml)
}

/// Whether the driver's root has something, or else the host itself.
fn has(
    host: &Host<'_>,
    it: fn(&dyn HostFiles) -> Result<bool, FileError>,
) -> Result<bool, FileError> {
    let below = it(&*host.driver).map_err(|error| error.below(&host.driver_root))?;
    Ok(below || (host.driver_root != "/" && it(&*host.host)?))
}

#[cfg(test)]
mod tests;
