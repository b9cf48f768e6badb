//! The mode `csv`: what the CSV lists of a Tegra system name.

use gantry_discovery::csv::{
    Device, FailedGpu, Gpu, Nvml, ORIN_COMPAT_ROOT, Pattern, RELEASE, Selection, Source, find_each,
};
use gantry_discovery::{Files as _, Found, KERNEL, Root, csv};

use super::assemble::Made;
use super::auto::has_nvml;
use super::common::{NONE, device, empty_device};
use super::edits::edits;
use super::error::GenerateError;
use super::host::Host;
use super::options::{CsvOptions, DeviceIds, MissingNodes, Mode, Options};
use crate::gpu::Inventory;

/// The lists where none are named.
const LISTS: [&str; 3] = [
    "/etc/nvidia-container-runtime/host-files-for-container.d/devices.csv",
    "/etc/nvidia-container-runtime/host-files-for-container.d/drivers.csv",
    "/etc/nvidia-container-runtime/host-files-for-container.d/l4t.csv",
];

pub(super) fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    let CsvOptions { files, compat_container_root, .. } = &options.csv;
    let default = LISTS.map(str::to_owned);
    let lists = if files.is_empty() { default.as_slice() } else { files.as_slice() };
    let ignored = ignored(&options.csv)?;
    let nvml = nvml(host)?;
    let selection = selection(&options.devices);
    let wanted = csv::Options {
        lists: Source::These(KERNEL, lists),
        ignored: &ignored,
        compat_root: compat_container_root.as_deref().unwrap_or(ORIN_COMPAT_ROOT),
        nvml: nvml.as_ref(),
        several_gpus: options.features.multiple_csv_devices,
    };
    let (devices, common) = find_each(host, &wanted, &selection)?;
    let gids = options.features.additional_gids;
    let mut made = Made { devices: Vec::new(), common: edits(host, &common, &options.hooks, gids) };
    if selection == Selection::None {
        made.devices.push(empty_device());
    }
    for (one, found) in devices {
        let found = something(found, &common);
        match (complete(host, one, &found, lists), options.missing_nodes) {
            (Err(error), MissingNodes::Warn) => host.warn(&error.to_string()),
            (complete, _) => complete?,
        }
        let container_edits = edits(host, &found, &options.hooks, gids);
        let named = names(options, one)?.into_iter();
        made.devices.extend(named.map(|name| device(name, container_edits.clone())));
    }
    Ok(made)
}

/// The links that are left out.
fn ignored(options: &CsvOptions) -> Result<Vec<Pattern>, GenerateError> {
    let parse = |text: &String| {
        Pattern::parse(text).ok_or_else(|| {
            GenerateError::Driver(format!(
                "`{text}` is no pattern of links to leave out: close each `[`, and write `\\` before a \
                 character"
            ))
        })
    };
    options.ignore_patterns.iter().map(parse).collect()
}

/// What NVML knows, where there is one: an older Jetson has none. One that cannot be asked is as none.
fn nvml(host: &mut Host<'_>) -> Result<Option<Nvml>, GenerateError> {
    if !has_nvml(host)? {
        return Ok(None);
    }
    match host.inventory() {
        Ok(inventory) => Ok(Some(known(&inventory))),
        Err(error) => {
            host.warn(&format!("only what the CSV lists name counts: {error}"));
            Ok(None)
        }
    }
}

fn known(inventory: &Inventory) -> Nvml {
    let gpus = inventory.gpus.iter().map(|gpu| Gpu {
        index: gpu.index,
        uuid: gpu.uuid.clone(),
        minor: gpu.minor,
        pci_bus_id: gpu.pci_bus_id.clone(),
        name: gpu.name.clone(),
    });
    let failed = inventory.failed.iter().map(|gpu| FailedGpu {
        index: gpu.index,
        uuid: gpu.uuid.clone(),
        name: gpu.name.clone(),
        why: gpu.why.clone(),
    });
    Nvml {
        cuda: inventory.cuda_version.map(|cuda| (cuda.major, cuda.minor)),
        gpus: gpus.collect(),
        failed: failed.collect(),
    }
}

fn selection(ids: &DeviceIds) -> Selection {
    match ids {
        DeviceIds::All => Selection::All,
        DeviceIds::These(ids) if ids.iter().any(|id| id == NONE) => Selection::None,
        DeviceIds::These(ids) => Selection::Ids(ids.clone()),
    }
}

/// A device whose lists name no node does what marks a Tegra system, because CDI wants a device to do
/// something.
fn something(mut found: Found, common: &Found) -> Found {
    if found.device_nodes.is_empty() {
        let release = common.mounts.iter().find(|mount| mount.path == RELEASE);
        found.mounts.extend(release.cloned());
    }
    found
}

/// That a device is one: a discrete GPU has its node, any other does something.
fn complete(
    host: &Host<'_>,
    device: Device<'_>,
    found: &Found,
    lists: &[String],
) -> Result<(), GenerateError> {
    let there = |path: &str| found.device_nodes.iter().any(|node| node.path == path);
    match device {
        Device::Discrete(gpu) => {
            let path = match gpu.minor {
                Some(minor) => format!("/dev/nvidia{minor}"),
                None => "/dev/nvidiaN of the GPU, whose minor NVML does not tell".to_owned(),
            };
            if there(&path) {
                return Ok(());
            }
            Err(GenerateError::nothing(Mode::Csv, &host.host_path(Root::Dev, &path)))
        }
        Device::Listed | Device::Integrated(_) if *found == Found::default() => {
            let why = format!("device node that {} name, and no {RELEASE}", lists.join(", "));
            Err(GenerateError::nothing(Mode::Csv, &why))
        }
        Device::Listed | Device::Integrated(_) => Ok(()),
    }
}

/// The names of a device. The only one of the lists has an index and no UUID.
fn names(options: &Options, device: Device<'_>) -> Result<Vec<String>, GenerateError> {
    let (index, uuid) = device.gpu().map_or((0, None), |gpu| (gpu.index, Some(gpu.uuid.as_str())));
    let of = |strategy: &super::NameStrategy| strategy.of_gpu(index, uuid);
    let names: Vec<String> = options.names.iter().filter_map(of).collect();
    if names.is_empty() {
        return Err(GenerateError::Driver(
            "the device of the CSV lists has no UUID to be named by: name devices by index as well"
                .to_owned(),
        ));
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
