//! The device nodes of one device, and the links to them.

use std::collections::BTreeSet;

use super::gpus::Device;
use super::missing::Missing;
use crate::{DeviceNode, Entry, FileKind, Files, Found, PciAddress, Root, drm};

/// Nodes that a discrete GPU needs beside its own.
const CONTROL: [&str; 4] =
    ["/dev/nvidia-modeset", "/dev/nvidia-uvm-tools", "/dev/nvidia-uvm", "/dev/nvidiactl"];

/// The node of the discrete GPU of two, which lists name too.
const OF_DISCRETE: &str = "/dev/nvidia1";

/// The display node of the integrated GPU of two, which lists need not name.
const DISPLAY: &str = "/dev/nvidia2";

/// Paths that are asked for at a time.
const MOST_PATHS: usize = 1024;

/// What a device needs of what the lists name, and of its own.
pub(super) fn device<F: Files>(
    files: &mut F,
    device: Device<'_>,
    listed: &[String],
) -> Result<Found, F::Error> {
    let listed = listed.iter().map(String::as_str);
    let own;
    let paths: Vec<&str> = match device {
        Device::Listed => listed.collect(),
        Device::Integrated(_) => {
            listed.filter(|path| *path != OF_DISCRETE).chain([DISPLAY]).collect()
        }
        Device::Discrete(gpu) => {
            own = gpu.minor.map(|minor| format!("/dev/nvidia{minor}"));
            let others = listed.filter(|path| !is_gpu(path) && !CONTROL.contains(path));
            own.as_deref().into_iter().chain(CONTROL).chain(others).collect()
        }
    };
    let mut seen = BTreeSet::new();
    let paths: Vec<&str> = paths.into_iter().filter(|path| seen.insert(*path)).collect();
    let mut entries = Vec::with_capacity(paths.len());
    for some in paths.chunks(MOST_PATHS) {
        entries.extend(files.stat(Root::Dev, some)?);
    }
    let mut found = Found::default();
    let mut missing = Missing::default();
    for (path, entry) in paths.into_iter().zip(entries) {
        match entry {
            Some(entry) if entry.kind == FileKind::CharDevice => {
                let entry = Entry { path: path.into(), ..entry };
                found.device_nodes.push(DeviceNode::same(Root::Dev, entry));
            }
            _ => missing.add(path),
        }
    }
    missing.warn(files, "character devices");
    if let Device::Discrete(gpu) = device
        && let Some(address) = gpu.pci_bus_id.as_deref().and_then(PciAddress::parse)
    {
        found.append(drm(files, &[address])?);
    }
    Ok(found)
}

/// Whether this is a `/dev/nvidiaN`.
fn is_gpu(path: &str) -> bool {
    let number = path.strip_prefix("/dev/nvidia");
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}
