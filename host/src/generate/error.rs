//! Why no spec was made.

use std::fmt::Write as _;

use super::options::Mode;
use crate::host_files::FileError;

/// Why no spec was made. There is never a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The inventory is needed and cannot be had.
    #[error("the GPUs of this host are not known: {0}")]
    Inventory(String),
    /// NVML counts no GPU.
    #[error("there is no GPU to describe: NVML counts none that a container could get")]
    NoGpu,
    /// What was asked for cannot name a GPU.
    #[error(
        "`{id}` is neither an index (`0`), nor a UUID (`GPU-…`, `MIG-…`), nor the indices of a MIG \
         device (`0:1`), nor `all` or `none`"
    )]
    Identifier {
        /// As it was asked for.
        id: String,
    },
    /// No GPU and no MIG device has this name.
    #[error("this host has no GPU and no MIG device `{id}`{}", hint(near, *gpus, *failed))]
    NoDevice {
        /// As it was asked for.
        id: String,
        /// Names like it that are there.
        near: Vec<String>,
        /// How many GPUs there are,
        gpus: usize,
        /// and how many, of these and of MIG devices, that cannot be described.
        failed: usize,
    },
    /// The GPU is there, and NVML cannot describe it.
    #[error("`{id}` needs GPU {index}, which NVML cannot describe: {why}")]
    Broken {
        /// As it was asked for.
        id: String,
        /// NVML's index of the GPU.
        index: u32,
        /// What was asked, and what NVML answered.
        why: String,
    },
    /// The device is known, and something that it needs is not.
    #[error("{device} cannot be described: {why}")]
    Device {
        /// Its name.
        device: String,
        /// What was looked for, and where.
        why: String,
    },
    /// A file of the host cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A mode found no device.
    #[error("there is no device for the mode {mode}: this host has no {looked_for}")]
    Nothing {
        /// The mode.
        mode: &'static str,
        /// What was looked for.
        looked_for: String,
    },
    /// A device is asked for that the mode does not have.
    #[error("there is no device `{id}` in the mode {mode}: {why}")]
    NotOfMode {
        /// The mode.
        mode: &'static str,
        /// What was asked for.
        id: String,
        /// What can be asked for.
        why: String,
    },
    /// What discovery says of the driver's files.
    #[error("{0}")]
    Driver(String),
}

impl GenerateError {
    pub(super) fn nothing(mode: Mode, looked_for: &str) -> Self {
        Self::Nothing { mode: mode.name(), looked_for: looked_for.to_owned() }
    }
}

impl From<String> for GenerateError {
    fn from(why: String) -> Self {
        Self::Driver(why)
    }
}

fn hint(near: &[String], gpus: usize, failed: usize) -> String {
    let mut hint = match near {
        [] => format!("; it has {gpus} GPU{}", if gpus == 1 { "" } else { "s" }),
        near => format!("; near it: {}", near.join(", ")),
    };
    if failed > 0 {
        // Writing to a String cannot fail.
        let _ = write!(hint, ", and {failed} that NVML cannot describe");
    }
    hint
}
