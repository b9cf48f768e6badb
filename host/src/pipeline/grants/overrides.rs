//! What a stage may replace of what an earlier stage set: `[stages.NAME.grants.override]`.

use super::Patterns;

/// The grants to override. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverrideGrants {
    /// Variables, by name.
    pub env: Patterns,
    /// Mounts, by destination.
    pub mounts: Patterns,
    /// Device nodes, by path in the container.
    pub device_nodes: Patterns,
    /// Network interfaces, by name in the container.
    pub net_devices: Patterns,
    /// Resource director technology, as a whole.
    pub rdt: bool,
}

impl OverrideGrants {
    /// Whether this variable may be replaced.
    #[must_use]
    pub fn env_name(&self, name: &str) -> bool {
        self.env.name(name)
    }

    /// Whether the mount at this destination may be replaced.
    #[must_use]
    pub fn mount(&self, destination: &str) -> bool {
        self.mounts.path(destination)
    }

    /// Whether the device node at this path may be replaced.
    #[must_use]
    pub fn device_node(&self, path: &str) -> bool {
        self.device_nodes.path(path)
    }

    /// Whether the network interface of this name may be replaced.
    #[must_use]
    pub fn net_device(&self, name: &str) -> bool {
        self.net_devices.name(name)
    }
}
