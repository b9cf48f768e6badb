//! The DRM nodes of GPUs, and the links by which they are found on the PCI bus.

use crate::links::followed;
use crate::name::base;
use crate::{DeviceNode, Entry, FileKind, Files, Found, KERNEL, Links, PciAddress, Root};

/// The DRM nodes of these GPUs: `/dev/dri/card*` and `/dev/dri/renderD*`, with the links to them below
/// `/dev/dri/by-path`.
///
/// # Errors
///
/// What the files refuse.
pub fn drm<F: Files>(files: &mut F, gpus: &[PciAddress]) -> Result<Found, F::Error> {
    let device_nodes = nodes(files, gpus)?;
    let hooks = by_path(files, &device_nodes)?.hook().into_iter().collect();
    Ok(Found { device_nodes, hooks, ..Found::default() })
}

/// As [`drm`] for one GPU, with the links that bear its own address and no others.
///
/// # Errors
///
/// What the files refuse.
pub fn gpu_drm<F: Files>(files: &mut F, gpu: PciAddress) -> Result<Found, F::Error> {
    let device_nodes = nodes(files, &[gpu])?;
    let mut links = Links::default();
    if !device_nodes.is_empty() {
        let paths = ["card", "render"].map(|kind| format!("/dev/dri/by-path/pci-{gpu}-{kind}"));
        let entries = files.stat(Root::Dev, &paths.each_ref().map(String::as_str))?;
        let is_link = |entry: &Entry| entry.kind == FileKind::Link;
        for Entry { path, .. } in entries.into_iter().flatten().filter(is_link) {
            let target = files.read_link(Root::Dev, &path)?;
            let node = followed(&path, &target);
            if device_nodes.iter().any(|one| one.path == node) {
                links.add(files, &target, &path);
            }
        }
    }
    Ok(Found { device_nodes, hooks: links.hook().into_iter().collect(), ..Found::default() })
}

/// The DRM nodes of these GPUs, cards first.
fn nodes<F: Files>(files: &mut F, gpus: &[PciAddress]) -> Result<Vec<DeviceNode>, F::Error> {
    let mut paths = Vec::new();
    for gpu in gpus {
        for entry in files.glob(KERNEL, &format!("/sys/bus/pci/devices/{gpu}/drm/*"))? {
            let name = base(&entry.path);
            if ["card", "renderD"].iter().any(|kind| is_numbered(name, kind)) {
                paths.push(["/dev/dri/", name].concat());
            }
        }
    }
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    let nodes = files.stat(Root::Dev, &asked)?.into_iter().flatten();
    let mut nodes: Vec<_> = nodes.filter(|entry| entry.kind == FileKind::CharDevice).collect();
    nodes.sort_by_key(|entry| !is_numbered(base(&entry.path), "card"));
    Ok(nodes.into_iter().map(|entry| DeviceNode::same(Root::Dev, entry)).collect())
}

/// The host's links to these nodes.
fn by_path<F: Files>(files: &mut F, nodes: &[DeviceNode]) -> Result<Links, F::Error> {
    let mut links = Links::default();
    if nodes.is_empty() {
        return Ok(links);
    }
    for entry in files.glob(Root::Dev, "/dev/dri/by-path/pci-*-*")? {
        if entry.kind != FileKind::Link {
            continue;
        }
        let target = files.read_link(Root::Dev, &entry.path)?;
        if nodes.iter().any(|node| base(&node.path) == base(&target)) {
            links.add(files, &target, &entry.path);
        }
    }
    Ok(links)
}

/// Whether a name is the kind and a number.
fn is_numbered(name: &str, kind: &str) -> bool {
    name.strip_prefix(kind).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
