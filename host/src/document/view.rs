//! Typed views of the parts of a document that policy looks at: what the OCI runtime specification
//! says of each, and no more. They are read from the document and never written back.

/// One entry of `process.env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// Before the first `=`; the whole entry where there is none.
    pub name: String,
    /// After the first `=`; `None` where there is none.
    pub value: Option<String>,
}

/// One entry of `mounts`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mount {
    /// In the container.
    pub destination: String,
    /// On the host, or a pseudo name.
    pub source: Option<String>,
    /// The file system's type.
    pub fs_type: Option<String>,
    /// As in `mount -o`.
    pub options: Vec<String>,
}

/// One hook.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Hook {
    /// The program, absolute.
    pub path: String,
    /// Its arguments, `args[0]` included.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<String>,
    /// In seconds.
    pub timeout: Option<i64>,
}

/// When a hook runs (OCI runtime specification, "POSIX-platform Hooks").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HookPoint {
    /// Deprecated by the specification, and still in wide use.
    Prestart,
    /// In the runtime's namespace, while the environment is created.
    CreateRuntime,
    /// In the container's namespace, before `pivot_root`.
    CreateContainer,
    /// In the container's namespace, before the process starts.
    StartContainer,
    /// After the process started.
    Poststart,
    /// After the container was deleted.
    Poststop,
}

impl HookPoint {
    /// All of them, in the order of a container's life.
    pub const ALL: [Self; 6] = [
        Self::Prestart,
        Self::CreateRuntime,
        Self::CreateContainer,
        Self::StartContainer,
        Self::Poststart,
        Self::Poststop,
    ];

    /// The name in `config.json` and in CDI specs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prestart => "prestart",
            Self::CreateRuntime => "createRuntime",
            Self::CreateContainer => "createContainer",
            Self::StartContainer => "startContainer",
            Self::Poststart => "poststart",
            Self::Poststop => "poststop",
        }
    }

    /// The point of that name, if there is one. Case counts.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.name() == name)
    }
}

/// One entry of `linux.devices`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceNode {
    /// In the container.
    pub path: String,
    /// `c`, `b`, `p` or `u`.
    pub node_type: String,
    /// Not of a FIFO.
    pub major: Option<i64>,
    /// Not of a FIFO.
    pub minor: Option<i64>,
    /// Permission bits.
    pub file_mode: Option<u32>,
    /// Owner in the container.
    pub uid: Option<u32>,
    /// Group in the container.
    pub gid: Option<u32>,
}

/// One entry of `linux.resources.devices`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DeviceRule {
    /// Whether it allows or denies.
    pub allow: bool,
    /// `a`, `c` or `b`; `None`: all.
    pub node_type: Option<String>,
    /// `None`: all.
    pub major: Option<i64>,
    /// `None`: all.
    pub minor: Option<i64>,
    /// Of `r`, `w` and `m`; `None` is not written.
    pub access: Option<String>,
}

/// `process.user`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// More group ids.
    pub additional_gids: Vec<u32>,
}

/// `process.capabilities`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the sets are named as in capabilities(7)")]
pub struct Capabilities {
    pub bounding: Vec<String>,
    pub effective: Vec<String>,
    pub inheritable: Vec<String>,
    pub permitted: Vec<String>,
    pub ambient: Vec<String>,
}

/// One entry of `linux.namespaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// `pid`, `network`, `mount`, `ipc`, `uts`, `user`, `cgroup` or `time`.
    pub kind: String,
    /// The namespace to join; `None` for a new one.
    pub path: Option<String>,
}

/// `linux.intelRdt`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntelRdt {
    /// Class of service.
    pub clos_id: Option<String>,
    /// L3 cache schema.
    pub l3_cache_schema: Option<String>,
    /// Memory bandwidth schema.
    pub mem_bw_schema: Option<String>,
    /// Lines of the `schemata` file; `None` is not written.
    pub schemata: Option<Vec<String>>,
    /// Whether a monitoring group is made; `None` is not written.
    pub enable_monitoring: Option<bool>,
}
