//! The sections of the configuration that are not stages.

use std::path::PathBuf;

use super::limits::Time;
use crate::cdi::Unknown;

/// The low-level runtime: `[runtime]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// Names or absolute paths; the first that is found counts. Never empty.
    pub low_level: Vec<String>,
}

/// The log: `[log]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The file; `None`: only the one of the engine's `--log`.
    pub file: Option<PathBuf>,
    /// What is logged.
    pub level: LogLevel,
}

/// The least serious message that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// All of them, the most serious first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Where the host's files are: `[host]`. The paths are absolute and normal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Below which the driver's files are.
    pub driver_root: String,
    /// Below which the device nodes are.
    pub dev_root: String,
    /// The program that reads the inventory of GPUs; `None`: [`GPU_READER`] beside the running one.
    ///
    /// [`GPU_READER`]: Host::GPU_READER
    pub gpu_reader: Option<PathBuf>,
    /// How long it may take.
    pub gpu_timeout: Time,
    /// The file that remembers the inventory; `None`: none does.
    pub gpu_cache: Option<PathBuf>,
}

impl Host {
    /// What the program that reads the inventory is called.
    pub const GPU_READER: &'static str = "gantry-nvml";
}

/// CDI: `[cdi]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cdi {
    /// The folders of spec files; a later one wins over an earlier.
    pub spec_dirs: Vec<PathBuf>,
    /// What becomes of a spec with fields that Gantry does not know.
    pub unknown_fields: Unknown,
    /// The file that remembers what is in large folders; `None`: none does.
    pub index: Option<PathBuf>,
}

/// The journal: `[journal]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The folder; `None`: no record is left.
    pub dir: Option<PathBuf>,
    /// How many records are kept.
    pub keep: u32,
}

/// The store of modifiers: `[store]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The folder; `None`: the usual one of whoever runs this, see [`Environment::store`].
    ///
    /// [`Environment::store`]: super::Environment::store
    pub dir: Option<PathBuf>,
}
