//! What a stage may see: `[stages.NAME.grants.read]`.

use std::collections::BTreeMap;

use super::Patterns;
use crate::document::HookPoint;

/// The grants to read. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a key of the configuration that is either granted or not"
)]
pub struct ReadGrants {
    /// Variables, by name.
    pub env: Patterns,
    /// Annotations, by key.
    pub annotations: Patterns,
    /// Mounts, by destination.
    pub mounts: Patterns,
    /// Hooks, by point.
    pub hooks: Vec<HookPoint>,
    /// Device nodes, by path in the container.
    pub device_nodes: Patterns,
    /// The user and the capabilities of the container's process.
    pub process: bool,
    /// The container's namespaces.
    pub namespaces: bool,
    /// What kind of machine the host is.
    pub platform: bool,
    /// The inventory of GPUs.
    pub gpus: bool,
    /// CDI devices, by kind (`vendor/class`).
    pub cdi: Patterns,
    /// Files of the host, by root; paths are relative to the root and begin with `/`.
    pub files: BTreeMap<String, Patterns>,
}

impl ReadGrants {
    /// Whether this variable may be read.
    #[must_use]
    pub fn env_name(&self, name: &str) -> bool {
        self.env.name(name)
    }

    /// Whether all variables whose names begin with `prefix` may be read. The caller must still
    /// refuse the request, and not leave it out, when one of them is not [`Self::env_name`]: `*` does
    /// not cross a `/`.
    #[must_use]
    pub fn env_prefix(&self, prefix: &str) -> bool {
        self.env.prefix(prefix)
    }

    /// Whether any variable may be read.
    #[must_use]
    pub fn any_env(&self) -> bool {
        !self.env.is_empty()
    }

    /// Whether this annotation may be read.
    #[must_use]
    pub fn annotation(&self, key: &str) -> bool {
        self.annotations.name(key)
    }

    /// Whether all annotations whose keys begin with `prefix` may be read; see [`Self::env_prefix`].
    #[must_use]
    pub fn annotation_prefix(&self, prefix: &str) -> bool {
        self.annotations.prefix(prefix)
    }

    /// Whether mounts at this destination may be seen.
    #[must_use]
    pub fn mount(&self, destination: &str) -> bool {
        self.mounts.path(destination)
    }

    /// Whether all mounts at `directory` and below it may be seen. `/x/**` alone does not cover a
    /// mount at `/x`.
    #[must_use]
    pub fn mounts_below(&self, directory: &str) -> bool {
        self.mounts.below(directory)
    }

    /// Whether the hooks of this point may be seen.
    #[must_use]
    pub fn hooks_at(&self, point: HookPoint) -> bool {
        self.hooks.contains(&point)
    }

    /// Whether a device node at this path of the container may be seen.
    #[must_use]
    pub fn device_node(&self, path: &str) -> bool {
        self.device_nodes.path(path)
    }

    /// Whether all device nodes at `directory` and below it may be seen; see [`Self::mounts_below`].
    #[must_use]
    pub fn device_nodes_below(&self, directory: &str) -> bool {
        self.device_nodes.below(directory)
    }

    /// Whether the devices of this CDI kind may be listed.
    #[must_use]
    pub fn cdi_kind(&self, kind: &str) -> bool {
        self.cdi.name(kind)
    }

    /// Whether this file of this root may be read. The path is the one after links were resolved.
    #[must_use]
    pub fn file(&self, root: &str, path: &str) -> bool {
        self.files.get(root).is_some_and(|list| list.path(path))
    }

    /// Whether every file of this root that the pattern `asked` matches may be read.
    #[must_use]
    pub fn file_glob(&self, root: &str, asked: &str) -> bool {
        self.files.get(root).is_some_and(|list| list.glob(asked))
    }
}
