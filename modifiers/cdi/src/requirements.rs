//! What the image requires of the host, enforced where the operator says so.
//!
//! A requirement on the GPU (`arch`, `brand`) must be met by each GPU that is requested. Where a name
//! does not tell which that is, it must be met by every GPU of the host.

use gantry_modifier::gpus::{Gpu, Version};
use gantry_modifier::{Error, ErrorKind, Failure, gpus};
use gantry_request::{Container, Facts, Property, Requirements};

use crate::list::Injection;

/// Fails where the host does not meet what the container's image requires. Only facts that a
/// requirement names are asked for.
pub(crate) fn enforce(injections: &[Injection]) -> Result<(), Failure> {
    let requirements = Requirements::read(&mut Container)?;
    let names = |property| requirements.names(property);
    let mut facts = Facts::default();
    if (names(Property::Cuda) || names(Property::Driver))
        && let Some(driver) = known(gpus::driver())?
    {
        facts.cuda = Some(pair(driver.cuda));
        facts.driver = Some(driver.version);
    }
    let mut gpus = Vec::new();
    if names(Property::Arch) || names(Property::Brand) {
        gpus = requested(known(gpus::all())?.unwrap_or_default(), injections);
    }
    if gpus.is_empty() {
        return check(&requirements, &facts);
    }
    gpus.into_iter().try_for_each(|gpu| {
        facts.arch = gpu.compute_capability.map(pair);
        facts.brand = gpu.brand;
        check(&requirements, &facts)
    })
}

fn check(requirements: &Requirements, facts: &Facts) -> Result<(), Failure> {
    requirements.check(facts).map_err(|unmet| {
        Failure::new(unmet.to_string()).with_remedy(
            "use an image for this host, set NVIDIA_DISABLE_REQUIRE=true in the container, or \
             `enforce-requirements = false` in the stage's settings",
        )
    })
}

/// Nothing, where the host has no driver.
fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Err(Error { kind: ErrorKind::Absent, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

fn pair(Version { major, minor }: Version) -> (u32, u32) {
    (major, minor)
}

/// Those of the GPUs that are requested by index or UUID, their own or that of a part; all, where
/// another name is requested.
fn requested(gpus: Vec<Gpu>, injections: &[Injection]) -> Vec<Gpu> {
    let names: Vec<&str> =
        injections.iter().filter_map(|i| Some(i.device.split_once('=')?.1)).collect();
    let told = |name: &&str| gpus.iter().any(|gpu| has_name(gpu, name));
    if !names.iter().all(told) {
        return gpus;
    }
    gpus.into_iter().filter(|gpu| names.iter().any(|name| has_name(gpu, name))).collect()
}

fn has_name(gpu: &Gpu, name: &str) -> bool {
    let index = name.split_once(':').map_or(name, |(index, _)| index);
    index.parse() == Ok(gpu.index)
        || gpu.uuid == name
        || gpu.mig_devices.iter().any(|part| part.uuid == name)
}
