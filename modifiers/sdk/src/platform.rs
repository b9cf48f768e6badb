//! What kind of machine this is. None of these touches a GPU.

use crate::Error;
use crate::error::named;
use crate::imports::platform;

/// `x86_64` or `aarch64`.
pub fn architecture() -> Result<String, Error> {
    named("platform.architecture", platform::architecture())
}

/// The kernel's release, as `uname -r` prints it.
pub fn kernel_release() -> Result<String, Error> {
    named("platform.kernel-release", platform::kernel_release())
}

/// Whether this is a Tegra system by its files.
pub fn has_tegra_files() -> Result<bool, Error> {
    named("platform.has-tegra-files", platform::has_tegra_files())
}

/// Whether the host has DXCore, as under WSL.
pub fn has_dxcore() -> Result<bool, Error> {
    named("platform.has-dxcore", platform::has_dxcore())
}

/// Whether the host has NVML.
pub fn has_nvml() -> Result<bool, Error> {
    named("platform.has-nvml", platform::has_nvml())
}
