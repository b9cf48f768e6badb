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
pub(super) enum Device<'a> {
    /// All that the lists name: the only GPU.
    Listed,
    /// The integrated one of two.
    Integrated,
    /// The discrete one of two.
    Discrete(&'a Gpu),
}

impl Nvml {
    /// Whether this is an Orin, whose containers have their CUDA libraries in a folder of their own.
    pub(super) fn is_orin(&self) -> bool {
        self.gpus.iter().any(|gpu| gpu.name.contains("Orin (nvgpu)"))
    }
}

impl Gpu {
    /// Whether it is part of the system's chip. NVML has no call that says so: a Thor's stands at one
    /// PCI address, others have none but a name.
    fn is_integrated(&self) -> bool {
        let Some(address) = &self.pci_bus_id else {
            return self.name.contains("(nvgpu)") || self.name.contains("NVIDIA Thor");
        };
        PciAddress::parse(address).is_some_and(|address| Some(address) == PciAddress::parse(THOR))
    }
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
    pub(super) fn of_several<'a>(&self, gpus: &'a [Gpu]) -> Result<Vec<Device<'a>>, String> {
        let selected: Vec<&Gpu> = match self {
            Self::None => Vec::new(),
            Self::Ids(ids) if ids.iter().all(|id| id != "all") => {
                ids.iter().map(|id| by_id(gpus, id)).collect::<Result<_, _>>()?
            }
            Self::All | Self::Ids(_) => gpus.iter().collect(),
        };
        let mut devices = Vec::new();
        for gpu in selected {
            let device = match (gpu.is_integrated(), gpu.index) {
                (true, 0) => Device::Integrated,
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

/// The GPU with this index or UUID.
fn by_id<'a>(gpus: &'a [Gpu], id: &str) -> Result<&'a Gpu, String> {
    let index = if id.bytes().all(|byte| byte.is_ascii_digit()) { id.parse().ok() } else { None };
    let is = |gpu: &&Gpu| gpu.uuid == id || Some(gpu.index) == index;
    gpus.iter().find(is).ok_or_else(|| format!("there is no GPU with the index or UUID `{id}`"))
}
