//! The container's device nodes, `linux.devices`.

use crate::error::named;
use crate::imports::{container_device_nodes, edit_device_nodes};
use crate::{Error, View};

pub use crate::bindings::gantry::modifier::container_device_nodes::DeviceNode;
pub use crate::bindings::gantry::modifier::edit_device_nodes::DeviceNode as NewDeviceNode;

/// The device nodes whose path is `directory` or lies below it, in the order of the document.
pub fn below(of: View, directory: &str) -> Result<Vec<DeviceNode>, Error> {
    named("container-device-nodes.below", container_device_nodes::below(of, directory))
}

/// Whether a device node at this path may be seen.
#[must_use]
pub fn below_granted(path: &str) -> bool {
    container_device_nodes::granted(path)
}

/// A node with the host's path and everything else as on the host.
#[must_use]
pub fn node(path: &str) -> NewDeviceNode<'_> {
    NewDeviceNode {
        path,
        host_path: None,
        root: None,
        permissions: None,
        file_mode: None,
        uid: None,
        gid: None,
    }
}

/// Adds a device node and its cgroup rule; a node at the same path is replaced.
pub fn add(node: NewDeviceNode<'_>, reason: &str) -> Result<(), Error> {
    named("edit-device-nodes.add", edit_device_nodes::add(node, reason))
}

/// Whether a node with this host path, in this root, and this container path is granted.
#[must_use]
pub fn add_granted(root: Option<&str>, host_path: &str, path: &str) -> bool {
    edit_device_nodes::granted(root, host_path, path)
}
