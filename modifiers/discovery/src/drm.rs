//! The DRM nodes of GPUs, and the links by which they are found on the PCI bus.

use crate::name::base;
use crate::{DeviceNode, FileKind, Files, Found, KERNEL, Links, PciAddress, Root};

/// The DRM nodes of these GPUs: `/dev/dri/card*` and `/dev/dri/renderD*`, with the links to them below
/// `/dev/dri/by-path`.
///
/// # Errors
///
/// What the files refuse.
pub fn drm<F: Files>(files: &mut F, gpus: &[PciAddress]) -> Result<Found, F::Error> {
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
        return Ok(Found::default());
    }
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    let nodes = files.stat(Root::Dev, &asked)?.into_iter().flatten();
    let mut nodes: Vec<_> = nodes.filter(|entry| entry.kind == FileKind::CharDevice).collect();
    // Cards first.
    nodes.sort_by_key(|entry| !is_numbered(base(&entry.path), "card"));
    let device_nodes: Vec<_> =
        nodes.into_iter().map(|entry| DeviceNode::same(Root::Dev, entry)).collect();
    let hooks = by_path(files, &device_nodes)?.hook().into_iter().collect();
    Ok(Found { device_nodes, hooks, ..Found::default() })
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
