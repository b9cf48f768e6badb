//! The GPUs of the host. For now the inventory as a value; reading it through NVML is to come.

/// A version of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

/// The driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its version, `570.86.10`.
    pub version: String,
    /// The newest CUDA version that it supports.
    pub cuda: Version,
}

/// One GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// NVML's index.
    pub index: u32,
    /// `GPU-…`.
    pub uuid: String,
    /// The minor of `/dev/nvidiaN`.
    pub minor: Option<u32>,
    /// `domain:bus:device.function`.
    pub pci_bus_id: Option<String>,
    /// The product's name.
    pub name: String,
    /// The product's brand.
    pub brand: Option<String>,
    /// CUDA compute capability.
    pub compute_capability: Option<Version>,
    /// In bytes.
    pub memory: Option<u64>,
    /// Whether it shares the host's memory.
    pub integrated: bool,
    /// Whether MIG is on.
    pub mig_enabled: bool,
    /// Its MIG devices.
    pub mig_devices: Vec<MigDevice>,
}

/// One MIG device.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}
