//! The inventory as a value. Fields are in kebab case where they are written.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The GPUs of a host, and its driver.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inventory {
    /// The driver's version, `570.86.10`; `None` where NVML does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_version: Option<String>,
    /// The newest CUDA version that the driver supports; `None` where NVML does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuda_version: Option<Version>,
    /// The GPUs, in NVML's order.
    pub gpus: Vec<Gpu>,
    /// The GPUs that NVML counts and cannot describe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedGpu>,
}

impl Inventory {
    /// The driver; `None` where NVML tells one of its versions, or both, not.
    #[must_use]
    pub fn driver(&self) -> Option<Driver> {
        Some(Driver { version: self.driver_version.clone()?, cuda: self.cuda_version? })
    }

    /// Whether NVML described all that it counts.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.gpus.iter().all(|gpu| gpu.failed_mig_devices.is_empty())
    }

    /// What NVML counts and cannot describe, a line each: which, what was asked, and what it answered.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let gpus = self.failed.iter().map(|gpu| format!("GPU {}: {}", gpu.index, gpu.why));
        let parts = self.gpus.iter().flat_map(|gpu| {
            let failed = gpu.failed_mig_devices.iter();
            failed.map(|mig| format!("GPU {}: {}", gpu.index, mig.told()))
        });
        gpus.chain(parts).collect()
    }

    /// Checks what its form does not say: no index and no UUID stands for two GPUs or MIG devices. NVML
    /// never says so; a file may.
    pub fn check(&self) -> Result<(), String> {
        let mut indexes = BTreeSet::new();
        let mut uuids = BTreeSet::new();
        let gpus = self.gpus.iter().map(|gpu| {
            let failed = gpu.failed_mig_devices.iter().map(|mig| (mig.index, mig.uuid.as_ref()));
            let parts = gpu.mig_devices.iter().map(|mig| (Some(mig.index), Some(&mig.uuid)));
            (gpu.index, Some(&gpu.uuid), parts.chain(failed).collect())
        });
        let failed = self.failed.iter().map(|gpu| (gpu.index, gpu.uuid.as_ref(), Vec::new()));
        for (index, uuid, parts) in gpus.chain(failed) {
            if !indexes.insert(index) {
                return Err(format!("two GPUs have the index {index}"));
            }
            let mut slots = BTreeSet::new();
            if let Some(slot) = parts.iter().filter_map(|part| part.0).find(|it| !slots.insert(*it))
            {
                return Err(format!("two MIG devices of GPU {index} have the index {slot}"));
            }
            let mut all = uuid.into_iter().chain(parts.iter().filter_map(|part| part.1));
            if let Some(uuid) = all.find(|uuid| !uuids.insert(*uuid)) {
                return Err(format!("two devices have the UUID {uuid}"));
            }
        }
        Ok(())
    }
}

/// A version of two numbers, written `12.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.');
        let numbers = parts.map(|(major, minor)| (major.parse(), minor.parse()));
        match numbers {
            Some((Ok(major), Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(format!("{text:?} is not a version of two numbers, such as 12.9")),
        }
    }
}

/// The driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its version, `570.86.10`.
    pub version: String,
    /// The newest CUDA version that it supports.
    pub cuda: Version,
}

/// One GPU. What is `None`, NVML does not support for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gpu {
    /// NVML's index.
    pub index: u32,
    /// `GPU-…`.
    pub uuid: String,
    /// The minor of `/dev/nvidiaN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor: Option<u32>,
    /// `domain:bus:device.function`, as NVML spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_bus_id: Option<String>,
    /// The product's name.
    pub name: String,
    /// The product's brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The architecture's name, `Hopper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// CUDA compute capability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_capability: Option<Version>,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// How it addresses the host's memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressing: Option<Addressing>,
    /// Whether it is part of the processor and shares the host's memory.
    #[serde(default)]
    pub integrated: bool,
    /// Whether MIG is on.
    #[serde(default)]
    pub mig_enabled: bool,
    /// Its MIG devices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mig_devices: Vec<MigDevice>,
    /// The MIG devices that NVML has and cannot describe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_mig_devices: Vec<FailedMig>,
}

/// How a GPU addresses the host's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressing {
    /// Not at all.
    None,
    /// Heterogeneous memory management, in software.
    Hmm,
    /// Address translation services: the memory is coherent.
    Ats,
    /// NVML supports asking, and fails to tell.
    Unknown,
}

/// One MIG device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MigDevice {
    /// Position among the parent's MIG devices.
    pub index: u32,
    /// `MIG-…`.
    pub uuid: String,
    /// GPU instance.
    pub gpu_instance: u32,
    /// Compute instance.
    pub compute_instance: u32,
    /// The profile's name, `1g.12gb`.
    pub profile: String,
    /// Whether the profile can do graphics.
    #[serde(default)]
    pub graphics: bool,
    /// The minors of the nodes that give access to the instances; `None` where the kernel does not list
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability_minors: Option<CapabilityMinors>,
}

/// A MIG device that NVML has and cannot describe. The GPU and its other MIG devices are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FailedMig {
    /// Position among the parent's MIG devices; `None`: NVML does not tell which there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Its UUID, where NVML still tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// What was asked, and what NVML answered.
    pub why: String,
}

impl FailedMig {
    /// What was asked, and what NVML answered, with what it was asked of.
    #[must_use]
    pub fn told(&self) -> String {
        match self.index {
            Some(index) => format!("its MIG device {index}: {}", self.why),
            None => format!("its MIG devices: {}", self.why),
        }
    }
}

/// Minors of `/dev/nvidia-caps/nvidia-capN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CapabilityMinors {
    /// Of the GPU instance.
    pub gpu_instance: u32,
    /// Of the compute instance.
    pub compute_instance: u32,
}

/// A GPU that NVML counts and cannot describe: lost, or half configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FailedGpu {
    /// NVML's index.
    pub index: u32,
    /// Its UUID, where NVML still tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The product's name, where NVML still tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was asked, and what NVML answered.
    pub why: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may fail")]

    use super::Inventory;

    #[test]
    #[rustfmt::skip] // a table: one line a case
    fn nothing_stands_for_two() {
        let gpu = |index, uuid, mig| {
            format!(r#"{{"index":{index},"uuid":"{uuid}","name":"n","mig-devices":[{mig}]}}"#)
        };
        let mig = |index, uuid| {
            format!(r#"{{"index":{index},"uuid":"{uuid}","gpu-instance":1,"compute-instance":0,"profile":"1g.10gb"}}"#)
        };
        for (gpus, failed, expected) in [
            (vec![], "", ""),
            (vec![gpu(0, "a", String::new()), gpu(1, "b", String::new())], "", ""),
            (vec![gpu(0, "a", mig(0, "b")), gpu(1, "c", mig(0, "d"))], "", ""),
            (vec![gpu(0, "a", String::new())], r#"{"index":1,"why":"lost"},{"index":2,"why":"lost"}"#, ""),
            (vec![gpu(0, "a", String::new()), gpu(0, "b", String::new())], "", "two GPUs have the index 0"),
            (vec![gpu(0, "a", String::new())], r#"{"index":0,"why":"lost"}"#, "two GPUs have the index 0"),
            (vec![gpu(0, "a", String::new()), gpu(1, "a", String::new())], "", "two devices have the UUID a"),
            (vec![gpu(0, "a", mig(0, "a"))], "", "two devices have the UUID a"),
            (vec![gpu(0, "a", String::new())], r#"{"index":1,"uuid":"a","why":"lost"}"#, "two devices have the UUID a"),
            (vec![gpu(3, "a", [mig(1, "b"), mig(1, "c")].join(","))], "", "two MIG devices of GPU 3 have the index 1"),
            (vec![gpu(3, "a", format!(r#"{}],"failed-mig-devices":[{{"index":1,"why":"lost"}}"#, mig(1, "b")))], "", "two MIG devices of GPU 3 have the index 1"),
            (vec![gpu(3, "a", r#"],"failed-mig-devices":[{"why":"lost"},{"index":1,"uuid":"a","why":"lost"}"#.to_owned())], "", "two devices have the UUID a"),
        ] {
            let text = format!(r#"{{"gpus":[{}],"failed":[{failed}]}}"#, gpus.join(","));
            let inventory: Inventory = serde_json::from_str(&text).expect(&text);
            assert_eq!(inventory.check().err().unwrap_or_default(), expected, "{text}");
        }
    }
}
