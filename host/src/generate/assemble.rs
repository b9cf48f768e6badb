//! From the edits of devices to a spec: nothing twice, sorted, and of the lowest version.

use super::common::{ALL, device};
use super::options::Options;
use crate::cdi::{ContainerEdits, Device, Spec};

/// What a mode found: the edits of each device, and those that all share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// The devices, in the order found.
    pub devices: Vec<Device>,
    /// What a container gets with any of them.
    pub common: ContainerEdits,
}

impl Made {
    /// The spec.
    #[must_use]
    pub fn into_spec(mut self, options: &Options) -> Spec {
        if options.all_device && self.devices.iter().all(|device| device.name != ALL) {
            let mut all = ContainerEdits::default();
            self.devices.iter().for_each(|device| all.append(device.container_edits.clone()));
            self.devices.push(device(ALL.to_owned(), all));
        }
        once(&mut self.common);
        for device in &mut self.devices {
            once(&mut device.container_edits);
            without(&mut device.container_edits, &self.common);
            sort(&mut device.container_edits);
        }
        sort(&mut self.common);
        self.devices.sort_by(|a, b| a.name.cmp(&b.name));
        Spec {
            kind: [&options.vendor, "/", &options.class].concat(),
            devices: self.devices,
            container_edits: self.common,
            ..Spec::default()
        }
        .with_minimum_version()
    }
}

/// Keeps the first of equal entries; of device nodes, the first at a path.
fn once(edits: &mut ContainerEdits) {
    fn keep_first<T>(list: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) {
        let mut kept: Vec<T> = Vec::with_capacity(list.len());
        for one in list.drain(..) {
            if !kept.iter().any(|earlier| same(earlier, &one)) {
                kept.push(one);
            }
        }
        *list = kept;
    }
    keep_first(&mut edits.device_nodes, |a, b| a.path == b.path);
    keep_first(&mut edits.env, PartialEq::eq);
    keep_first(&mut edits.hooks, PartialEq::eq);
    keep_first(&mut edits.mounts, PartialEq::eq);
    edits.additional_gids.sort_unstable();
    edits.additional_gids.dedup();
}

/// Takes out of a device's edits what all devices share, unless it would have none left.
fn without(edits: &mut ContainerEdits, common: &ContainerEdits) {
    let mut own = edits.clone();
    own.device_nodes.retain(|node| !common.device_nodes.iter().any(|one| one.path == node.path));
    own.env.retain(|one| !common.env.contains(one));
    own.hooks.retain(|one| !common.hooks.contains(one));
    own.mounts.retain(|one| !common.mounts.contains(one));
    if !own.is_empty() {
        *edits = own;
    }
}

/// Device nodes and mounts: by the depth of the path in the container, then by the path.
fn sort(edits: &mut ContainerEdits) {
    fn by_depth(path: &str) -> (usize, String) {
        (path.matches('/').count(), path.to_owned())
    }
    edits.device_nodes.sort_by_cached_key(|node| by_depth(&node.path));
    edits.mounts.sort_by_cached_key(|mount| by_depth(&mount.container_path));
}
