//! Which GPUs and MIG devices are meant: by index, by UUID, by both indices of a MIG device, or all.

use super::common::{ALL, NONE};
use super::error::GenerateError;
use super::options::DeviceIds;
use crate::gpu::{FailedGpu, FailedMig, Gpu, Inventory, MigDevice};

/// GPUs that only drive the screen of a workstation. Who asks for all does not mean them.
const DISPLAY_GPUS: [&str; 2] = ["DGX Display", "NVIDIA DGX Display"];

/// How many edits of a letter make an identifier still near, and how many near ones an error names.
const NEAR: usize = 3;
const SHOWN: usize = 4;

/// The longest identifier, in bytes, that is compared for nearness.
const COMPARED: usize = 128;

/// One device that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen<'a> {
    /// No GPU: a device that brings the driver alone.
    Nothing,
    /// A whole GPU.
    Gpu(&'a Gpu),
    /// A MIG device, and the GPU that it is a part of.
    Mig(&'a Gpu, &'a MigDevice),
}

/// What is meant, in the order asked.
pub(super) fn choose<'a>(
    devices: &DeviceIds,
    inventory: &'a Inventory,
) -> Result<Vec<Chosen<'a>>, GenerateError> {
    let DeviceIds::These(ids) = devices else {
        return all(inventory);
    };
    // Either of them makes the others meaningless.
    match ids.iter().find(|id| matches!(id.as_str(), NONE | ALL)).map(String::as_str) {
        Some(NONE) => Ok(vec![Chosen::Nothing]),
        Some(_) => all(inventory),
        None => ids.iter().map(|id| one(id, inventory)).collect(),
    }
}

/// The whole GPUs that are not divided, and then all MIG devices.
fn all(inventory: &Inventory) -> Result<Vec<Chosen<'_>>, GenerateError> {
    let is_meant = |name: &str| !DISPLAY_GPUS.contains(&name);
    let mut failed = inventory.failed.iter();
    if let Some(failed) = failed.find(|gpu| gpu.name.as_deref().is_none_or(is_meant)) {
        return Err(broken(ALL, failed));
    }
    let gpus = || inventory.gpus.iter().filter(|gpu| is_meant(&gpu.name));
    if let Some((gpu, failed)) = gpus().find_map(|gpu| Some((gpu, gpu.failed_mig_devices.first()?)))
    {
        return Err(part_broken(ALL, gpu, failed));
    }
    let whole = gpus().filter(|gpu| !gpu.mig_enabled).map(Chosen::Gpu);
    let parts = gpus().flat_map(|gpu| gpu.mig_devices.iter().map(move |mig| Chosen::Mig(gpu, mig)));
    Ok(whole.chain(parts).collect())
}

fn one<'a>(id: &str, inventory: &'a Inventory) -> Result<Chosen<'a>, GenerateError> {
    if let Some(index) = number(id) {
        let gpu = gpu(id, index, inventory)?;
        return gpu.map(Chosen::Gpu).ok_or_else(|| unknown(id, inventory));
    }
    if let Some((Some(index), Some(part))) =
        id.split_once(':').map(|(gpu, mig)| (number(gpu), number(mig)))
    {
        let Some(gpu) = gpu(id, index, inventory)? else { return Err(unknown(id, inventory)) };
        if let Some(mig) = gpu.mig_devices.iter().find(|mig| u64::from(mig.index) == part) {
            return Ok(Chosen::Mig(gpu, mig));
        }
        let is_it = |failed: &&FailedMig| failed.index.is_none_or(|index| u64::from(index) == part);
        return Err(match gpu.failed_mig_devices.iter().find(is_it) {
            Some(failed) => part_broken(id, gpu, failed),
            None => unknown(id, inventory),
        });
    }
    if !id.starts_with("GPU-") && !id.starts_with("MIG-") {
        return Err(GenerateError::Identifier { id: id.to_owned() });
    }
    for gpu in &inventory.gpus {
        if gpu.uuid == id {
            return Ok(Chosen::Gpu(gpu));
        }
        if let Some(mig) = gpu.mig_devices.iter().find(|mig| mig.uuid == id) {
            return Ok(Chosen::Mig(gpu, mig));
        }
        let mut failed = gpu.failed_mig_devices.iter();
        if let Some(failed) = failed.find(|failed| failed.uuid.as_deref() == Some(id)) {
            return Err(part_broken(id, gpu, failed));
        }
    }
    match inventory.failed.iter().find(|failed| failed.uuid.as_deref() == Some(id)) {
        Some(failed) => Err(broken(id, failed)),
        None => Err(unknown(id, inventory)),
    }
}

/// The GPU of an index; an error where NVML counts it and cannot describe it.
fn gpu<'a>(
    id: &str,
    index: u64,
    inventory: &'a Inventory,
) -> Result<Option<&'a Gpu>, GenerateError> {
    match inventory.failed.iter().find(|failed| u64::from(failed.index) == index) {
        Some(failed) => Err(broken(id, failed)),
        None => Ok(inventory.gpus.iter().find(|gpu| u64::from(gpu.index) == index)),
    }
}

/// A number without a sign; one that is too large is that of no GPU.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn broken(id: &str, failed: &FailedGpu) -> GenerateError {
    GenerateError::Broken { id: id.to_owned(), index: failed.index, why: failed.why.clone() }
}

fn part_broken(id: &str, gpu: &Gpu, failed: &FailedMig) -> GenerateError {
    GenerateError::Broken { id: id.to_owned(), index: gpu.index, why: failed.told() }
}

fn unknown(id: &str, inventory: &Inventory) -> GenerateError {
    let gpus = inventory.gpus.iter();
    let mut known: Vec<String> = Vec::new();
    for gpu in gpus {
        known.extend([gpu.index.to_string(), gpu.uuid.clone()]);
        for mig in &gpu.mig_devices {
            known.extend([format!("{}:{}", gpu.index, mig.index), mig.uuid.clone()]);
        }
    }
    let far = |name: &String| strsim::damerau_levenshtein(id, name);
    let mut near: Vec<(usize, String)> = match id.len() {
        0..=COMPARED => known.into_iter().map(|name| (far(&name), name)).collect(),
        _ => Vec::new(),
    };
    // Of a short one half must fit. A UUID that was cut off is near, too.
    let is_cut = |name: &str| id.len() > "GPU-".len() && name.starts_with(id);
    near.retain(|(far, name)| *far <= NEAR.min(id.len() / 2) || is_cut(name));
    near.sort();
    let near: Vec<String> = near.into_iter().take(SHOWN).map(|(_, name)| name).collect();
    GenerateError::NoDevice {
        id: id.to_owned(),
        near,
        gpus: inventory.gpus.len(),
        failed: inventory.failed.len()
            + inventory.gpus.iter().map(|gpu| gpu.failed_mig_devices.len()).sum::<usize>(),
    }
}
