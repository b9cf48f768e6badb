//! Whether the host has what the image requires.

use gantry_modifier::Failure;
use gantry_request::{Container, Facts, Requirements};

use crate::nvml::Nvml;

/// Fails where it has not, or where it is not known. The first GPU stands for all.
pub(crate) fn check(nvml: Option<&Nvml>) -> Result<(), Failure> {
    let driver = nvml.and_then(|nvml| nvml.driver.as_ref());
    let gpu = nvml.and_then(|nvml| nvml.gpus.first());
    let arch = gpu.and_then(|gpu| gpu.compute_capability.as_ref());
    let facts = Facts {
        cuda: driver.map(|driver| (driver.cuda.major, driver.cuda.minor)),
        driver: driver.map(|driver| driver.version.clone()),
        arch: arch.map(|arch| (arch.major, arch.minor)),
        brand: gpu.and_then(|gpu| gpu.brand.clone()),
    };
    Requirements::read(&mut Container)?.check(&facts).map_err(|unmet| {
        Failure::new(format!("requirements not met: {unmet}")).with_remedy(
            "use an image for this driver, or set NVIDIA_DISABLE_REQUIRE=true in the container",
        )
    })
}
