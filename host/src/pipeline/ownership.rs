//! Which stage owns which key of the document, so that one stage cannot silently undo another.

use std::collections::HashMap;
use std::fmt;

use crate::document::Edit;

use super::grants::Grants;

/// What can be owned. Hooks, groups and cgroup rules accumulate and are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Env(String),
    Mount(String),
    DeviceNode(String),
    NetDevice(String),
    Rdt,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env {name}"),
            Self::Mount(destination) => write!(f, "mount {destination}"),
            Self::DeviceNode(path) => write!(f, "device node {path}"),
            Self::NetDevice(name) => write!(f, "network interface {name}"),
            Self::Rdt => f.write_str("Intel RDT"),
        }
    }
}

impl Key {
    fn of(edit: &Edit) -> Option<Self> {
        match edit {
            Edit::SetEnv { name, .. } => Some(Self::Env(name.clone())),
            Edit::PutMount(mount) => Some(Self::Mount(mount.destination.clone())),
            Edit::PutDeviceNode(node) => Some(Self::DeviceNode(node.path.clone())),
            Edit::PutNetDevice { host_name, .. } => Some(Self::NetDevice(host_name.clone())),
            Edit::SetRdt(_) => Some(Self::Rdt),
            Edit::AddDeviceRule(_)
            | Edit::SortMounts
            | Edit::AddHook { .. }
            | Edit::RemoveHooks { .. }
            | Edit::AddGid(_) => None,
        }
    }

    /// Whether the stage may replace what another stage set here.
    fn overridable(&self, grants: &Grants) -> bool {
        let overrides = &grants.overrides;
        match self {
            Self::Env(name) => overrides.env_name(name),
            Self::Mount(destination) => overrides.mount(destination),
            Self::DeviceNode(path) => overrides.device_node(path),
            Self::NetDevice(name) => overrides.net_device(name),
            Self::Rdt => overrides.rdt,
        }
    }

    /// The key of the grant, below `[stages.NAME.grants]`.
    fn grant(&self) -> &'static str {
        match self {
            Self::Env(_) => "override.env",
            Self::Mount(_) => "override.mounts",
            Self::DeviceNode(_) => "override.device-nodes",
            Self::NetDevice(_) => "override.net-devices",
            Self::Rdt => "override.rdt",
        }
    }
}

/// The owners so far: for each key the stage that set it last, and its edit.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners(HashMap<Key, (String, Edit)>);

/// Two stages want different values for one key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is set by stage {owner:?} already, to another value")]
pub(super) struct Conflict {
    key: String,
    owner: String,
    grant: &'static str,
}

impl Conflict {
    pub(super) fn remedy(&self, stage: &str) -> String {
        format!(
            "remove one of the two, or grant {} to stage {stage:?} to let it replace the value",
            self.grant
        )
    }
}

impl Owners {
    /// Claims the key of an edit for a stage.
    pub(super) fn claim(
        &mut self,
        stage: &str,
        grants: &Grants,
        edit: &Edit,
    ) -> Result<(), Conflict> {
        let Some(key) = Key::of(edit) else { return Ok(()) };
        if let Some((owner, theirs)) = self.0.get(&key)
            && owner != stage
        {
            if theirs == edit {
                // Equal values are no conflict, and the first stage stays the owner.
                return Ok(());
            }
            if !key.overridable(grants) {
                return Err(Conflict {
                    key: key.to_string(),
                    owner: owner.clone(),
                    grant: key.grant(),
                });
            }
        }
        self.0.insert(key, (stage.to_owned(), edit.clone()));
        Ok(())
    }
}
