//! Which edits a stage may make: `[stages.NAME.grants.edit]`.

use super::{
    DeviceNodeGrant, GidGrant, HookGrant, HostPath, Mode, Modes, MountGrant, Patterns,
    RemoveHookGrant,
};
use crate::document::HookPoint;

/// The grants to edit. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditGrants {
    /// The modes that a mode selector may choose.
    pub modes: Modes,
    /// Variables, by name.
    pub env: Patterns,
    /// CDI devices, by qualified name.
    pub devices: Patterns,
    /// Device nodes.
    pub device_nodes: Vec<DeviceNodeGrant>,
    /// Bind mounts.
    pub mounts: Vec<MountGrant>,
    /// Hooks to add.
    pub hooks: Vec<HookGrant>,
    /// Hooks to remove.
    pub remove_hooks: Vec<RemoveHookGrant>,
    /// Groups.
    pub gids: Vec<GidGrant>,
    /// Network interfaces, by name on the host.
    pub net_devices: Patterns,
    /// Resource director technology, by class of service.
    pub rdt: Patterns,
}

impl EditGrants {
    /// Whether this mode may be chosen.
    #[must_use]
    pub fn mode(&self, mode: Mode) -> bool {
        self.modes.contains(mode)
    }

    /// Whether this variable may be set.
    #[must_use]
    pub fn env_name(&self, name: &str) -> bool {
        self.env.name(name)
    }

    /// Whether this CDI device may be injected.
    #[must_use]
    pub fn device(&self, qualified_name: &str) -> bool {
        self.devices.name(qualified_name)
    }

    /// Whether this device node may be added. `host` is the path after links were resolved;
    /// permissions of `None` stand for `rwm`.
    #[must_use]
    pub fn device_node<'a>(
        &self,
        host: impl Into<HostPath<'a>>,
        container: &str,
        permissions: Option<&str>,
    ) -> bool {
        let host = host.into();
        self.device_nodes.iter().any(|grant| grant.allows(host, container, permissions))
    }

    /// Whether a device node with these paths may be added, with some permissions.
    #[must_use]
    pub fn device_node_paths<'a>(&self, host: impl Into<HostPath<'a>>, container: &str) -> bool {
        let host = host.into();
        self.device_nodes.iter().any(|grant| grant.paths(host, container))
    }

    /// Whether this bind mount may be added. `source` is the path after links were resolved.
    #[must_use]
    pub fn mount<'a, S: AsRef<str>>(
        &self,
        source: impl Into<HostPath<'a>>,
        destination: &str,
        options: &[S],
    ) -> bool {
        let source = source.into();
        self.mounts.iter().any(|grant| grant.allows(source, destination, options))
    }

    /// Whether a mount with these paths may be added, with some options.
    #[must_use]
    pub fn mount_paths<'a>(&self, source: impl Into<HostPath<'a>>, destination: &str) -> bool {
        let source = source.into();
        self.mounts.iter().any(|grant| grant.paths(source, destination))
    }

    /// The first grant that allows this hook: it says the hook's environment and, where none is asked
    /// for, its timeout. `timeout` is in seconds.
    #[must_use]
    pub fn hook<S: AsRef<str>>(
        &self,
        point: HookPoint,
        path: &str,
        args: &[S],
        timeout: Option<u32>,
    ) -> Option<&HookGrant> {
        self.hooks.iter().find(|grant| grant.allows(point, path, args, timeout))
    }

    /// Whether a hook of this point and program may be added, with some arguments.
    #[must_use]
    pub fn hook_program(&self, point: HookPoint, path: &str) -> bool {
        self.hooks.iter().any(|grant| grant.program(point, path))
    }

    /// Whether the hooks of this point and program may be removed.
    #[must_use]
    pub fn remove_hook(&self, point: HookPoint, path: &str) -> bool {
        self.remove_hooks.iter().any(|grant| grant.allows(point, path))
    }

    /// Whether this group may be added, by a stage that has added device nodes of the groups `of_nodes`.
    #[must_use]
    pub fn gid(&self, gid: u32, of_nodes: &[u32]) -> bool {
        self.gids.iter().any(|grant| grant.allows(gid, of_nodes))
    }

    /// Whether this network interface of the host may be moved into the container.
    #[must_use]
    pub fn net_device(&self, host_name: &str) -> bool {
        self.net_devices.name(host_name)
    }

    /// Whether this class of service may be set. `None` (the runtime then takes the container's own)
    /// needs a pattern that matches any name, and so the empty one.
    #[must_use]
    pub fn rdt_class(&self, clos_id: Option<&str>) -> bool {
        self.rdt.name(clos_id.unwrap_or_default())
    }
}
