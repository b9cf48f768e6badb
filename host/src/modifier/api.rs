//! What a modifier may ask of its host, in the one internal form that every WIT version is converted
//! to. The pipeline implements [`StageHost`]; this room only calls it.

use std::fmt;

use crate::document::{Capabilities, DeviceNode, Hook, HookPoint, Mount, Namespace, User};
use crate::gpu::{Driver, Gpu};
use crate::host_files::Entry;

/// How devices are injected for a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// From CDI specs on disk.
    Cdi,
    /// From CDI specs made in memory.
    JitCdi,
    /// From CSV lists of files.
    Csv,
    /// By a prestart hook.
    Legacy,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cdi, Self::JitCdi, Self::Csv, Self::Legacy];

    /// The name in the configuration and in the WIT.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdi => "cdi",
            Self::JitCdi => "jit-cdi",
            Self::Csv => "csv",
            Self::Legacy => "legacy",
        }
    }

    /// The mode of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Mode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Which document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As the engine wrote it.
    Original,
    /// With the edits of the earlier stages.
    Current,
}

/// The interfaces of the contract that need a grant. `types` and `log` need none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named as in the WIT")]
pub enum Interface {
    ContainerEnv,
    ContainerAnnotations,
    ContainerMounts,
    ContainerHooks,
    ContainerDeviceNodes,
    ContainerProcess,
    ContainerNamespaces,
    Platform,
    Gpus,
    CdiRegistry,
    HostFiles,
    EditEnv,
    EditDevices,
    EditDeviceNodes,
    EditMounts,
    EditHooks,
    EditGids,
    EditNetDevices,
    EditRdt,
}

impl Interface {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::ContainerEnv,
        Self::ContainerAnnotations,
        Self::ContainerMounts,
        Self::ContainerHooks,
        Self::ContainerDeviceNodes,
        Self::ContainerProcess,
        Self::ContainerNamespaces,
        Self::Platform,
        Self::Gpus,
        Self::CdiRegistry,
        Self::HostFiles,
        Self::EditEnv,
        Self::EditDevices,
        Self::EditDeviceNodes,
        Self::EditMounts,
        Self::EditHooks,
        Self::EditGids,
        Self::EditNetDevices,
        Self::EditRdt,
    ];

    /// The name in the WIT.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ContainerEnv => "container-env",
            Self::ContainerAnnotations => "container-annotations",
            Self::ContainerMounts => "container-mounts",
            Self::ContainerHooks => "container-hooks",
            Self::ContainerDeviceNodes => "container-device-nodes",
            Self::ContainerProcess => "container-process",
            Self::ContainerNamespaces => "container-namespaces",
            Self::Platform => "platform",
            Self::Gpus => "gpus",
            Self::CdiRegistry => "cdi-registry",
            Self::HostFiles => "host-files",
            Self::EditEnv => "edit-env",
            Self::EditDevices => "edit-devices",
            Self::EditDeviceNodes => "edit-device-nodes",
            Self::EditMounts => "edit-mounts",
            Self::EditHooks => "edit-hooks",
            Self::EditGids => "edit-gids",
            Self::EditNetDevices => "edit-net-devices",
            Self::EditRdt => "edit-rdt",
        }
    }

    /// The key of the grant that links it, below `[stages.NAME.grants]`.
    #[must_use]
    pub fn grant(self) -> &'static str {
        match self {
            Self::ContainerEnv => "read.env",
            Self::ContainerAnnotations => "read.annotations",
            Self::ContainerMounts => "read.mounts",
            Self::ContainerHooks => "read.hooks",
            Self::ContainerDeviceNodes => "read.device-nodes",
            Self::ContainerProcess => "read.process",
            Self::ContainerNamespaces => "read.namespaces",
            Self::Platform => "read.platform",
            Self::Gpus => "read.gpus",
            Self::CdiRegistry => "read.cdi",
            Self::HostFiles => "read.files",
            Self::EditEnv => "edit.env",
            Self::EditDevices => "edit.devices",
            Self::EditDeviceNodes => "edit.device-nodes",
            Self::EditMounts => "edit.mounts",
            Self::EditHooks => "edit.hooks or edit.remove-hooks",
            Self::EditGids => "edit.gids",
            Self::EditNetDevices => "edit.net-devices",
            Self::EditRdt => "edit.rdt",
        }
    }
}

/// Why the host refused a read or an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Outside the stage's grants.
    NotGranted(String),
    /// Not there.
    Absent(String),
    /// Cannot be right, whatever the grants.
    Invalid(String),
    /// A limit of the stage is reached.
    Limit(String),
    /// The host gave up waiting.
    TimedOut(String),
    /// The host tried and failed.
    Failed(String),
}

impl Refused {
    /// What was refused and why, without the kind of refusal.
    #[must_use]
    pub fn what(&self) -> &str {
        match self {
            Self::NotGranted(what)
            | Self::Absent(what)
            | Self::Invalid(what)
            | Self::Limit(what)
            | Self::TimedOut(what)
            | Self::Failed(what) => what,
        }
    }

    /// The same, in words short enough to hand around: they may quote what the modifier asked with.
    #[must_use]
    pub fn shortened(self) -> Self {
        const LONGEST: usize = 4096;
        let short = |what: String| {
            if what.len() > LONGEST { crate::text::escape(&what, LONGEST) } else { what }
        };
        match self {
            Self::NotGranted(what) => Self::NotGranted(short(what)),
            Self::Absent(what) => Self::Absent(short(what)),
            Self::Invalid(what) => Self::Invalid(short(what)),
            Self::Limit(what) => Self::Limit(short(what)),
            Self::TimedOut(what) => Self::TimedOut(short(what)),
            Self::Failed(what) => Self::Failed(short(what)),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted(what) => write!(f, "not granted: {what}"),
            Self::Absent(what) => write!(f, "absent: {what}"),
            Self::Invalid(what) => write!(f, "invalid: {what}"),
            Self::Limit(what) => write!(f, "limit reached: {what}"),
            Self::TimedOut(what) => write!(f, "timed out: {what}"),
            Self::Failed(what) => write!(f, "failed: {what}"),
        }
    }
}

/// What the host answers.
pub type Answer<T> = Result<T, Refused>;

/// A device node that a modifier asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRequest {
    /// In the container.
    pub path: String,
    /// On the host; `None`: as in the container.
    pub host_path: Option<String>,
    /// The named root that the host's path is below; `None`: the host's `/`.
    pub root: Option<String>,
    /// Of the cgroup rule.
    pub permissions: Option<String>,
    /// `None`: as on the host.
    pub file_mode: Option<u32>,
    /// Owner in the container.
    pub uid: Option<u32>,
    /// Group in the container.
    pub gid: Option<u32>,
}

/// A bind mount that a modifier asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountRequest {
    /// On the host.
    pub host_path: String,
    /// The named root that it is below; `None`: the host's `/`.
    pub root: Option<String>,
    /// In the container.
    pub container_path: String,
    /// As in `mount -o`.
    pub options: Vec<String>,
}

/// A hook that a modifier asks for. Its environment is the grant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRequest {
    /// When it runs.
    pub point: HookPoint,
    /// The program.
    pub path: String,
    /// Its arguments, `args[0]` included.
    pub args: Vec<String>,
    /// In seconds.
    pub timeout: Option<u32>,
}

/// RDT settings that a modifier asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdtRequest {
    /// Class of service.
    pub clos_id: Option<String>,
    /// L3 cache schema.
    pub l3_cache_schema: Option<String>,
    /// Memory bandwidth schema.
    pub mem_bw_schema: Option<String>,
    /// Lines of the `schemata` file.
    pub schemata: Vec<String>,
    /// Whether a monitoring group is made.
    pub enable_monitoring: bool,
}

/// How bad a message of a modifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the usual four")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// Reading the container. The functions of this trait and the next two are those of the WIT, where
/// each is documented; every one checks the stage's grants before it looks at anything.
#[allow(missing_docs, reason = "documented in the WIT, function by function")]
pub trait ReadContainer {
    fn env_get(&mut self, of: View, names: &[String]) -> Answer<Vec<Option<String>>>;
    fn env_with_prefix(&mut self, of: View, prefix: &str) -> Answer<Vec<(String, String)>>;
    fn env_malformed(&mut self, of: View) -> Answer<Vec<u32>>;
    fn env_granted(&self, name: &str) -> bool;

    fn annotations_get(&mut self, of: View, keys: &[String]) -> Answer<Vec<Option<String>>>;
    fn annotations_with_prefix(&mut self, of: View, prefix: &str) -> Answer<Vec<(String, String)>>;
    fn annotation_granted(&self, key: &str) -> bool;

    fn mounts_below(&mut self, of: View, directory: &str) -> Answer<Vec<Mount>>;
    fn mount_granted(&self, destination: &str) -> bool;

    fn hooks_at(&mut self, of: View, point: HookPoint) -> Answer<Vec<Hook>>;
    fn hooks_granted(&self, point: HookPoint) -> bool;

    fn device_nodes_below(&mut self, of: View, directory: &str) -> Answer<Vec<DeviceNode>>;
    fn device_node_granted(&self, path: &str) -> bool;

    fn user(&mut self, of: View) -> Answer<User>;
    fn capabilities(&mut self, of: View) -> Answer<Capabilities>;
    fn namespaces(&mut self, of: View) -> Answer<Vec<Namespace>>;
}

/// Reading the host.
#[allow(missing_docs, reason = "documented in the WIT, function by function")]
pub trait ReadHost {
    fn architecture(&mut self) -> Answer<String>;
    fn kernel_release(&mut self) -> Answer<String>;
    fn has_tegra_files(&mut self) -> Answer<bool>;
    fn has_dxcore(&mut self) -> Answer<bool>;
    fn has_nvml(&mut self) -> Answer<bool>;

    fn driver(&mut self) -> Answer<Driver>;
    fn gpus(&mut self) -> Answer<Vec<Gpu>>;

    fn cdi_devices(&mut self, kind: &str) -> Answer<Vec<String>>;

    fn files_glob(&mut self, root: &str, pattern: &str) -> Answer<Vec<Entry>>;
    fn files_stat(&mut self, root: &str, paths: &[String]) -> Answer<Vec<Option<Entry>>>;
    fn files_read_link(&mut self, root: &str, path: &str) -> Answer<String>;
    fn files_resolve(&mut self, root: &str, path: &str) -> Answer<String>;
    fn files_read(&mut self, root: &str, path: &str, offset: u64, length: u32) -> Answer<Vec<u8>>;
    fn files_soname(&mut self, root: &str, path: &str) -> Answer<Option<String>>;
    fn file_granted(&self, root: &str, path: &str) -> bool;
}

/// Making edits. They are buffered, and come back with the host.
#[allow(missing_docs, reason = "documented in the WIT, function by function")]
pub trait MakeEdits {
    fn set_env(&mut self, name: String, value: String, reason: String) -> Answer<()>;
    fn set_env_granted(&self, name: &str) -> bool;

    fn inject_device(&mut self, device: String, reason: String) -> Answer<()>;
    fn inject_device_granted(&self, device: &str) -> bool;

    fn add_device_node(&mut self, node: NodeRequest, reason: String) -> Answer<()>;
    fn add_device_node_granted(&self, root: Option<&str>, host_path: &str, path: &str) -> bool;

    fn add_mount(&mut self, mount: MountRequest, reason: String) -> Answer<()>;
    fn add_mount_granted(&self, root: Option<&str>, host_path: &str, path: &str) -> bool;

    fn add_hook(&mut self, hook: HookRequest, reason: String) -> Answer<()>;
    fn remove_hooks(&mut self, point: HookPoint, path: String, reason: String) -> Answer<u32>;
    fn add_hook_granted(&self, point: HookPoint, path: &str) -> bool;

    fn add_gid(&mut self, gid: u32, reason: String) -> Answer<()>;
    fn add_gid_granted(&self, gid: u32) -> bool;

    fn add_net_device(&mut self, host_name: String, name: String, reason: String) -> Answer<()>;
    fn add_net_device_granted(&self, host_name: &str) -> bool;

    fn set_rdt(&mut self, rdt: RdtRequest, reason: String) -> Answer<()>;
    fn set_rdt_granted(&self, clos_id: &str) -> bool;
}

/// The host's side of one call into a modifier.
pub trait StageHost: ReadContainer + ReadHost + MakeEdits + Send {
    /// Takes a message of the modifier, escaped already.
    fn log(&mut self, level: LogLevel, message: &str);
}
