//! The mode `nvml`: a device for each GPU and each MIG device.

use gantry_discovery::{Files as _, Found, Hook, PciAddress, control_nodes, device_nodes, gpu_drm};

use super::ahead::Ahead;
use super::assemble::Made;
use super::common::{device, empty_device};
use super::driver::Located;
use super::edits::{chmod, edits};
use super::error::GenerateError;
use super::host::Host;
use super::ids::{Chosen, choose};
use super::options::{HookName, MissingNodes, NameStrategy, Options};
use crate::cdi::ContainerEdits;
use crate::gpu::{Gpu, MigDevice};

/// The directory of capability nodes.
const CAPABILITIES: &str = "/dev/nvidia-caps/nvidia-cap";

/// With what was found while the GPUs were asked, if anything was.
pub(super) fn make(
    options: &Options,
    host: &mut Host<'_>,
    ahead: Option<Ahead>,
) -> Result<Made, GenerateError> {
    let inventory = host.inventory()?;
    let chosen = choose(&options.devices, &inventory)?;
    // A spec on disk without devices is none; a container that asks for all of nothing gets nothing.
    if chosen.is_empty() && options.missing_nodes == MissingNodes::Fail {
        return Err(GenerateError::NoGpu);
    }
    let mut devices = Vec::new();
    for one in chosen {
        let (names, found) = match one {
            Chosen::Nothing => {
                devices.push(empty_device());
                continue;
            }
            Chosen::Gpu(gpu) => (
                names(options, |it| it.of_gpu(gpu.index, Some(&gpu.uuid))),
                whole(options, host, gpu)?,
            ),
            Chosen::Mig(gpu, mig) => (
                names(options, |it| Some(it.of_mig(gpu.index, mig))),
                part(options, host, gpu, mig)?,
            ),
        };
        let edits = edits(host, &found, &options.hooks, options.features.additional_gids);
        devices.extend(names.into_iter().map(|name| device(name, edits.clone())));
    }
    let running = inventory.driver_version.as_deref();
    let common = match ahead {
        Some(ahead) if ahead.is_of(running) => ahead.take(options, host, running)?,
        _ => common(options, host, running)?.1,
    };
    Ok(Made { devices, common })
}

/// The driver of the version that is running, where it is known, and what all devices share.
pub(super) fn common(
    options: &Options,
    host: &mut Host<'_>,
    running: Option<&str>,
) -> Result<(Located, ContainerEdits), GenerateError> {
    let mut driver = Located::find(options, host, running)?;
    let mut common = control_nodes(host)?;
    common.append(driver.graphics(options, host)?);
    common.append(driver.files(options, host)?);
    common
        .hooks
        .push(Hook { command: HookName::UpdateApplicationProfile.name(), args: Vec::new() });
    let common = edits(host, &common, &options.hooks, options.features.additional_gids);
    Ok((driver, common))
}

/// The edits of a whole GPU.
fn whole(options: &Options, host: &mut Host<'_>, gpu: &Gpu) -> Result<Found, GenerateError> {
    let told = format!("GPU {} ({})", gpu.index, gpu.uuid);
    let mut found = nodes(options, host, &told, &[gpu_node(&told, gpu)?])?;
    found.append(gpu_drm(host, address(&told, gpu)?)?);
    found.hooks.extend(chmod(&options.hooks, &found));
    Ok(found)
}

/// The edits of a MIG device: the GPU's node, and those that give access to its two instances.
fn part(
    options: &Options,
    host: &mut Host<'_>,
    gpu: &Gpu,
    mig: &MigDevice,
) -> Result<Found, GenerateError> {
    let told = format!("MIG device {}:{} ({})", gpu.index, mig.index, mig.uuid);
    let minors = mig.capability_minors.ok_or_else(|| GenerateError::Device {
        device: told.clone(),
        why: format!(
            "the kernel does not tell the nodes of GPU instance {} and compute instance {}: \
             /proc/driver/nvidia-caps/mig-minors does not list them",
            mig.gpu_instance, mig.compute_instance
        ),
    })?;
    let capability = |minor: u32| format!("{CAPABILITIES}{minor}");
    let paths = [
        gpu_node(&told, gpu)?,
        capability(minors.gpu_instance),
        capability(minors.compute_instance),
    ];
    let mut found = nodes(options, host, &told, &paths)?;
    if mig.graphics {
        found.append(gpu_drm(host, address(&told, gpu)?)?);
    }
    Ok(found)
}

/// The nodes at these paths. One that is not there fails the generation, or is told to the operator.
fn nodes(
    options: &Options,
    host: &mut Host<'_>,
    told: &str,
    paths: &[String],
) -> Result<Found, GenerateError> {
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    let found = device_nodes(host, &asked)?;
    for (path, _) in asked.iter().zip(&found).filter(|(_, node)| node.is_none()) {
        let root = host.dev_root.trim_end_matches('/');
        let why = format!("there is no device node {root}{path}; create it, or set `dev-root`");
        match options.missing_nodes {
            MissingNodes::Fail => {
                return Err(GenerateError::Device { device: told.to_owned(), why });
            }
            MissingNodes::Warn => host.warn(&format!("{told} is incomplete: {why}")),
        }
    }
    Ok(Found { device_nodes: found.into_iter().flatten().collect(), ..Found::default() })
}

fn gpu_node(told: &str, gpu: &Gpu) -> Result<String, GenerateError> {
    let minor = gpu.minor.ok_or_else(|| GenerateError::Device {
        device: told.to_owned(),
        why: "NVML does not tell its minor, by which its node is known".to_owned(),
    })?;
    Ok(format!("/dev/nvidia{minor}"))
}

fn address(told: &str, gpu: &Gpu) -> Result<PciAddress, GenerateError> {
    let failed = |why: String| GenerateError::Device { device: told.to_owned(), why };
    let text = gpu.pci_bus_id.as_deref();
    let text = text.ok_or_else(|| failed("NVML does not tell where it is on PCI".to_owned()))?;
    PciAddress::parse(text).ok_or_else(|| failed(format!("`{text}` is no PCI address")))
}

/// The names of a device.
fn names(options: &Options, name: impl Fn(NameStrategy) -> Option<String>) -> Vec<String> {
    options.names.iter().filter_map(|strategy| name(*strategy)).collect()
}
