//! What discovery finds: the edits that a container needs, in CDI's own kinds.

use crate::name::base;
use crate::{Entry, Root};

/// What a container needs. Within each list, in the order found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Device nodes.
    pub device_nodes: Vec<DeviceNode>,
    /// Variables, as name and value.
    pub env: Vec<(String, String)>,
    /// Bind mounts.
    pub mounts: Vec<Mount>,
    /// Hooks, all at `createContainer`.
    pub hooks: Vec<Hook>,
}

/// A device node of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceNode {
    /// Where the node is, and what its path is relative to.
    pub root: Root,
    /// On the host, below the root.
    pub host_path: String,
    /// In the container.
    pub path: String,
    /// The host's permission bits; 0 where they are not known.
    pub mode: u32,
    /// The host's group.
    pub gid: u32,
    /// Major and minor.
    pub number: (u32, u32),
}

/// A bind mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where the file is, and what its path is relative to.
    pub root: Root,
    /// On the host, below the root.
    pub host_path: String,
    /// In the container.
    pub path: String,
    /// As in mount(8).
    pub options: &'static [&'static str],
}

/// A call of the hook program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The subcommand: `create-symlinks`.
    pub command: &'static str,
    /// Its arguments.
    pub args: Vec<String>,
}

impl Hook {
    /// A program that has the hooks one level down, below its command `hook`.
    const NVIDIA_CTK: &str = "nvidia-ctk";

    /// What stands before the arguments where this program is called: its name, and the subcommand.
    pub fn head<'a>(&self, program: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = base(program);
        let below = (name == Self::NVIDIA_CTK).then_some("hook");
        [name].into_iter().chain(below).chain([self.command])
    }
}

impl Mount {
    /// How the driver's files are mounted.
    pub const READ_ONLY: &[&str] = &["ro", "nosuid", "nodev", "rbind", "rprivate"];

    /// A mount for reading.
    #[must_use]
    pub fn read_only(root: Root, host_path: String, path: String) -> Self {
        Self { root, host_path, path, options: Self::READ_ONLY }
    }
}

impl DeviceNode {
    /// The host's node, at the same path in the container.
    #[must_use]
    pub fn same(root: Root, entry: Entry) -> Self {
        let Entry { path, mode, gid, major, minor, .. } = entry;
        Self { root, host_path: path.clone(), path, mode, gid, number: (major, minor) }
    }

    /// The group that a container needs to open it: the one that owns it, unless that is root or all
    /// others may read and write.
    #[must_use]
    pub fn needed_gid(&self) -> Option<u32> {
        let open_to_all = self.mode & 0o006 == 0o006;
        (self.gid != 0 && self.mode != 0 && !open_to_all).then_some(self.gid)
    }
}

impl Found {
    /// Adds what `other` found behind what this did, each thing once.
    pub fn append(&mut self, other: Self) {
        fn merge<T: PartialEq>(into: &mut Vec<T>, from: Vec<T>) {
            for one in from {
                if !into.contains(&one) {
                    into.push(one);
                }
            }
        }
        merge(&mut self.device_nodes, other.device_nodes);
        merge(&mut self.env, other.env);
        merge(&mut self.mounts, other.mounts);
        merge(&mut self.hooks, other.hooks);
    }
}
