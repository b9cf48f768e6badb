//! What a container requests: the rules by which environment variables, annotations and mounts name
//! devices, and what else its image asks for. Pure: the container comes in through [`Source`], and nothing here knows of wasm.
//!
//! The first of annotations, mounts and environment that requests anything decides; they are not
//! merged. What a later one says is then not even read.
#![forbid(unsafe_code)]

mod annotations;
mod capabilities;
#[cfg(feature = "modifier")]
mod container;
mod environment;
mod features;
mod image;
mod imex;
mod jetpack;
mod mounts;
mod name;
mod requirements;
mod settings;
mod source;

pub use capabilities::{Capabilities, Capability};
#[cfg(feature = "modifier")]
pub use container::Container;
pub use features::{Feature, features};
pub use imex::{Channel, Channels, imex_channels};
pub use jetpack::all_csv_files;
pub use name::{is_qualified, qualify};
pub use requirements::{Facts, Property, Requirements, Unmet};
#[cfg(feature = "modifier")]
pub use settings::problems;
pub use source::{Annotation, Mount, Source};

use std::fmt;

/// Which ways of requesting devices are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Annotations whose keys begin with one of these name devices. Empty: none do.
    pub annotation_prefixes: Vec<String>,
    /// Whether mounts below `/var/run/nvidia-container-devices` name devices.
    pub accept_volume_mounts: bool,
    /// Whether a container without `CAP_SYS_ADMIN` may request by environment.
    pub accept_envvar_when_unprivileged: bool,
    /// Variables that are read instead of `NVIDIA_VISIBLE_DEVICES`, where one of them is set.
    pub preferred_env: Vec<String>,
}

/// What a container requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Nothing at all.
    Void,
    /// The driver's files, but no device.
    None(Origin),
    /// All devices.
    All(Origin),
    /// These, in the order asked, at least one.
    Devices(Vec<Device>),
}

/// One requested device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// As requested: a qualified name, an index, a UUID or anything else.
    pub id: String,
    /// Where the request stands.
    pub origin: Origin,
}

/// Where a request stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In this annotation.
    Annotation(String),
    /// In the destination of this mount.
    Mount(String),
    /// In this variable.
    Env(String),
    /// Nowhere: an old CUDA image asks for everything by its `CUDA_VERSION`.
    LegacyImage,
}

/// As the reason of an edit: `requested by annotation cdi.k8s.io/x`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, name) = match self {
            Self::Annotation(key) => ("requested by annotation ", key.as_str()),
            Self::Mount(destination) => ("requested by mount ", destination.as_str()),
            Self::Env(name) => ("requested by ", name.as_str()),
            Self::LegacyImage => ("requested by an image with CUDA_VERSION", ""),
        };
        f.write_str(before)?;
        f.write_str(name)
    }
}

impl Request {
    /// Reads what a container requests.
    ///
    /// # Errors
    ///
    /// What the source refuses, and an entry of `process.env` without `=`.
    pub fn read<S: Source>(source: &mut S, rules: &Rules) -> Result<Self, S::Error> {
        if let Some(position) = source.malformed()?.first() {
            return Err(malformed(*position).into());
        }
        let devices = annotations::devices(source, rules)?;
        if !devices.is_empty() {
            return Ok(Self::of_list(devices));
        }
        let devices = mounts::devices(source, rules)?;
        if !devices.is_empty() {
            return Ok(Self::of_list(devices));
        }
        environment::request(source, rules)
    }

    /// Whether devices are requested, and each by a qualified name.
    #[must_use]
    pub fn is_qualified(&self) -> bool {
        matches!(self, Self::Devices(devices) if devices.iter().all(|device| is_qualified(&device.id)))
    }

    /// A request from a list without a grammar of its own (annotations, mounts). Only a word that
    /// stands alone is special; in longer lists `all` and `none` are device names.
    fn of_list(mut devices: Vec<Device>) -> Self {
        match devices.as_slice() {
            [Device { id, .. }] if id == "all" || id == "none" => match devices.pop() {
                Some(Device { id, origin }) if id == "all" => Self::All(origin),
                Some(Device { origin, .. }) => Self::None(origin),
                None => Self::Void,
            },
            _ => Self::Devices(devices),
        }
    }
}

fn malformed(position: u32) -> String {
    format!("process.env[{position}] has no `=`: every entry must be NAME=VALUE")
}

#[cfg(test)]
mod tests;
