//! Whether the host has what the image requires.
//!
//! A requirement on the GPU must be met by each GPU that is requested; where a name does not tell which
//! that is, by every GPU of the host.

use gantry_discovery::csv::Selection;
use gantry_modifier::Failure;
use gantry_modifier::gpus::{Gpu, Version};
use gantry_request::{Container, Facts, Requirements};

use crate::nvml::Nvml;

/// Fails where it has not, or where it is not known.
pub(crate) fn check(nvml: Option<&Nvml>, selection: &Selection) -> Result<(), Failure> {
    let requirements = Requirements::read(&mut Container)?;
    let driver = nvml.and_then(|nvml| nvml.driver.as_ref());
    let without_gpu = Facts {
        cuda: driver.map(|driver| pair(driver.cuda)),
        driver: driver.map(|driver| driver.version.clone()),
        ..Facts::default()
    };
    let gpus = nvml.map_or(&[][..], |nvml| &nvml.gpus);
    let mut facts: Vec<Facts> = requested(gpus, selection)
        .into_iter()
        .map(|gpu| Facts {
            arch: gpu.compute_capability.map(pair),
            brand: gpu.brand.clone(),
            ..without_gpu.clone()
        })
        .collect();
    if facts.is_empty() {
        facts.push(without_gpu);
    }
    facts.iter().try_for_each(|facts| requirements.check(facts)).map_err(|unmet| {
        Failure::new(format!("requirements not met: {unmet}")).with_remedy(
            "use an image for this driver, or set NVIDIA_DISABLE_REQUIRE=true in the container",
        )
    })
}

fn pair(Version { major, minor }: Version) -> (u32, u32) {
    (major, minor)
}

/// The GPUs that are requested by index or UUID; all, where another name is requested.
fn requested<'a>(gpus: &'a [Gpu], selection: &Selection) -> Vec<&'a Gpu> {
    let has_name = |gpu: &Gpu, name: &str| gpu.uuid == name || gpu.index.to_string() == name;
    let told = |name: &String| gpus.iter().any(|gpu| has_name(gpu, name));
    match selection {
        Selection::Ids(names) if names.iter().all(told) => {
            gpus.iter().filter(|gpu| names.iter().any(|name| has_name(gpu, name))).collect()
        }
        _ => gpus.iter().collect(),
    }
}
