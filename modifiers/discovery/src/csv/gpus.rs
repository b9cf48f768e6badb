//! Which GPUs a request selects. A Jetson has one, which NVML need not know; a Thor may have a
//! discrete one beside it.

use crate::PciAddress;

/// Where a Thor's own GPU is.
const THOR: &str = "0000:01:00.0";

/// What NVML knows of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nvml {
    /// The newest CUDA version that the driver supports, major and minor.
    pub cuda: Option<(u32, u32)>,
    /// The GPUs, in NVML's order.
    pub gpus: Vec<Gpu>,
    /// GPUs that NVML counts and cannot describe.
    pub failed: Vec<FailedGpu>,
}

/// A GPU that NVML counts and cannot describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedGpu {
    /// NVML's index.
    pub index: u32,
    /// Its UUID, where NVML still tells it.
    pub uuid: Option<String>,
    /// The product's name, where NVML still tells it.
    pub name: Option<String>,
    /// What NVML answered.
    pub why: String,
}

/// One GPU, as NVML knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// NVML's index.
    pub index: u32,
    /// `GPU-…`, or without that on an Orin.
    pub uuid: String,
    /// The minor of `/dev/nvidiaN`.
    pub minor: Option<u32>,
    /// `domain:bus:device.function`.
    pub pci_bus_id: Option<String>,
    /// The product's name.
    pub name: String,
}

/// The devices that a container requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// None: the driver's files alone.
    None,
    /// All.
    All,
    /// These, by index or UUID.
    Ids(Vec<String>),
}

/// One device to make edits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device<'a> {
    /// All that the lists name: the only GPU.
    Listed,
    /// The integrated one of two.
    Integrated(&'a Gpu),
    /// The discrete one of two.
    Discrete(&'a Gpu),
}

impl<'a> Device<'a> {
    /// What NVML knows of it.
    #[must_use]
    pub fn gpu(self) -> Option<&'a Gpu> {
        match self {
            Self::Listed => None,
            Self::Integrated(gpu) | Self::Discrete(gpu) => Some(gpu),
        }
    }
}

impl Nvml {
    /// GPUs, whether NVML describes them or not.
    pub(super) fn count(&self) -> usize {
        self.gpus.len() + self.failed.len()
    }

    /// Whether this is an Orin, whose containers have their CUDA libraries in a folder of their own.
    pub(super) fn is_orin(&self) -> bool {
        let failed = self.failed.iter().filter_map(|gpu| gpu.name.as_deref());
        let mut names = self.gpus.iter().map(|gpu| gpu.name.as_str()).chain(failed);
        names.any(|name| name.contains("Orin (nvgpu)"))
    }
}

impl Gpu {
    /// Whether it is part of the system's chip. NVML has no call that says so: a Thor's stands at one
    /// PCI address, others have none but a name.
    fn is_integrated(&self) -> bool {
        let Some(address) = &self.pci_bus_id else {
            return is_integrated_name(&self.name);
        };
        PciAddress::parse(address).is_some_and(|address| Some(address) == PciAddress::parse(THOR))
    }
}

/// Whether this is the name of a GPU that is part of the system's chip.
#[must_use]
pub fn is_integrated_name(name: &str) -> bool {
    name.contains("(nvgpu)") || name.contains("NVIDIA Thor")
}

impl Selection {
    /// The devices of a host with one GPU, which has no name but `0`.
    pub(super) fn listed(&self) -> Result<Vec<Device<'static>>, String> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::All => Ok(vec![Device::Listed]),
            Self::Ids(ids) => match ids.iter().find(|id| !matches!(id.as_str(), "all" | "0")) {
                Some(id) => Err(format!("unsupported device id: {id}")),
                None => Ok(vec![Device::Listed]),
            },
        }
    }

    /// The devices of a host with several GPUs, each once; or why they cannot be told apart.
    pub(super) fn of_several<'a>(&self, nvml: &'a Nvml) -> Result<Vec<Device<'a>>, String> {
        let selected: Vec<&Gpu> = match self {
            Self::None => Vec::new(),
            Self::Ids(ids) if ids.iter().all(|id| id != "all") => {
                ids.iter().map(|id| by_id(nvml, id)).collect::<Result<_, _>>()?
            }
            Self::All | Self::Ids(_) => match nvml.failed.first() {
                Some(failed) => return Err(failed.told()),
                None => nvml.gpus.iter().collect(),
            },
        };
        let mut devices = Vec::new();
        for gpu in selected {
            let device = match (gpu.is_integrated(), gpu.index) {
                (true, 0) => Device::Integrated(gpu),
                (false, 1) => Device::Discrete(gpu),
                (true, index) => {
                    return Err(format!("the integrated GPU has the index {index}, not 0"));
                }
                (false, index) => {
                    return Err(format!("a discrete GPU has the index {index}, not 1"));
                }
            };
            if !devices.contains(&device) {
                devices.push(device);
            }
        }
        Ok(devices)
    }
}

impl FailedGpu {
    fn told(&self) -> String {
        format!("NVML does not describe the GPU {}: {}", self.index, self.why)
    }
}

/// The GPU with this index or UUID.
fn by_id<'a>(nvml: &'a Nvml, id: &str) -> Result<&'a Gpu, String> {
    let index = if id.bytes().all(|byte| byte.is_ascii_digit()) { id.parse().ok() } else { None };
    let is = |its: u32, uuid: Option<&str>| uuid == Some(id) || Some(its) == index;
    if let Some(gpu) = nvml.gpus.iter().find(|gpu| is(gpu.index, Some(&gpu.uuid))) {
        return Ok(gpu);
    }
    let failed = nvml.failed.iter().find(|gpu| is(gpu.index, gpu.uuid.as_deref()));
    Err(failed
        .map_or_else(|| format!("there is no GPU with the index or UUID `{id}`"), FailedGpu::told))
}
