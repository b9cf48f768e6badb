//! What a stage may see and which edits it may make (DESIGN.md §6): the grants, and the check of one
//! request against them.
//!
//! Every check here is a pure function of the grants and its arguments; nothing is looked up on the
//! host. Paths must come normalised and, for host paths, after links were resolved: a path that is
//! not absolute and normal matches no grant.

mod asked;
mod cover;
mod device_node;
mod edit;
mod gid;
mod hook;
mod host_path;
mod mode;
mod mount;
mod overrides;
mod path;
mod patterns;
mod read;
mod refusal;

pub use crate::host_files::Pattern;
pub use crate::modifier::{Interface, Mode};
pub use device_node::DeviceNodeGrant;
pub use edit::EditGrants;
pub use gid::{GidGrant, GidRange};
pub use hook::{HookEnv, HookGrant, RemoveHookGrant};
pub use host_path::{HostPath, HostPattern};
pub use mode::Modes;
pub use mount::{MountGrant, MountOption};
pub use overrides::OverrideGrants;
pub use path::{is_normal, pattern_problem};
pub use patterns::Patterns;
pub use read::ReadGrants;
pub use refusal::{GrantKey, Refusal};

#[cfg(test)]
#[rustfmt::skip] // tables: one line a case
mod tests;

use std::collections::BTreeMap;

/// All grants of one stage. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// What it may see: `[stages.NAME.grants.read]`.
    pub read: ReadGrants,
    /// Which edits it may make: `[stages.NAME.grants.edit]`.
    pub edit: EditGrants,
    /// What it may replace of what an earlier stage set: `[stages.NAME.grants.override]`.
    pub overrides: OverrideGrants,
    /// Lists of the operator's, by root and pattern: what the files name may be read and edited:
    /// `[stages.NAME.grants] listed`.
    pub listed: BTreeMap<String, Patterns>,
}

impl Grants {
    /// Whether a stage with these grants is linked with this interface at all. What may be asked of
    /// it is checked call by call.
    #[must_use]
    pub fn links(&self, interface: Interface) -> bool {
        let (read, edit) = (&self.read, &self.edit);
        let listed = self.listed.values().any(|patterns| !patterns.is_empty());
        match interface {
            Interface::ContainerEnv => !read.env.is_empty(),
            Interface::ContainerAnnotations => !read.annotations.is_empty(),
            Interface::ContainerMounts => !read.mounts.is_empty(),
            Interface::ContainerHooks => !read.hooks.is_empty(),
            Interface::ContainerDeviceNodes => !read.device_nodes.is_empty(),
            Interface::ContainerProcess => read.process,
            Interface::ContainerNamespaces => read.namespaces,
            Interface::Platform => read.platform,
            Interface::Gpus => read.gpus,
            Interface::CdiRegistry => !read.cdi.is_empty(),
            Interface::HostFiles => {
                listed || read.files.values().any(|patterns| !patterns.is_empty())
            }
            Interface::EditEnv => !edit.env.is_empty(),
            Interface::EditDevices => !edit.devices.is_empty(),
            Interface::EditDeviceNodes => listed || !edit.device_nodes.is_empty(),
            Interface::EditMounts => listed || !edit.mounts.is_empty(),
            Interface::EditHooks => !edit.hooks.is_empty() || !edit.remove_hooks.is_empty(),
            Interface::EditGids => !edit.gids.is_empty(),
            Interface::EditNetDevices => !edit.net_devices.is_empty(),
            Interface::EditRdt => !edit.rdt.is_empty(),
        }
    }

    /// The interfaces that a stage with these grants is linked with.
    pub fn linked(&self) -> impl Iterator<Item = Interface> + '_ {
        Interface::ALL.into_iter().filter(|one| self.links(*one))
    }
}
