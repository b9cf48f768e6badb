//! What NVML is asked of a host and its GPUs. A GPU of which an essential question is not answered is
//! listed as failed; the others stay.

use gantry::gpu::{
    Addressing, FailedGpu, Gpu, Inventory, MigMinors, Version, architecture, brand, is_integrated,
};
use nvml_wrapper_sys::bindings::{
    nvmlReturn_enum_NVML_ERROR_FUNCTION_NOT_FOUND as FUNCTION_NOT_FOUND,
    nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED as NOT_SUPPORTED,
};

use crate::device::Device;
use crate::mig;
use crate::nvml::{NoAnswer, Nvml};

/// What is told of the host beside NVML.
pub(crate) struct Kernel {
    pub(crate) minors: MigMinors,
    pub(crate) tegra: bool,
}

/// A question that was not answered: NVML's function, and why.
pub(crate) struct Unanswered {
    function: &'static str,
    why: NoAnswer,
}

impl Unanswered {
    pub(crate) fn new(function: &'static str) -> impl FnOnce(NoAnswer) -> Self {
        move |why| Self { function, why }
    }

    /// In words.
    pub(crate) fn text(&self, nvml: &Nvml) -> String {
        format!("{}: {}", self.function, nvml.words(self.why))
    }
}

/// Nothing where it is not supported by this GPU, this library or this system.
pub(crate) fn supported<T>(answer: Result<T, NoAnswer>) -> Result<Option<T>, NoAnswer> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(NoAnswer::Lacking | NoAnswer::Code(NOT_SUPPORTED | FUNCTION_NOT_FOUND)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The inventory; only counting the GPUs must succeed.
pub(crate) fn inventory(nvml: &Nvml, kernel: &Kernel) -> Result<Inventory, Unanswered> {
    let count = nvml.count().map_err(Unanswered::new("nvmlDeviceGetCount_v2"))?;
    let cuda = nvml.cuda_version().ok().and_then(|cuda| u32::try_from(cuda).ok());
    let mut inventory = Inventory {
        driver_version: nvml.driver_version().ok(),
        cuda_version: cuda.map(|cuda| Version { major: cuda / 1000, minor: cuda % 1000 / 10 }),
        ..Inventory::default()
    };
    for index in 0..count {
        let mut known = FailedGpu { index, uuid: None, name: None, why: String::new() };
        match gpu(nvml, kernel, index, &mut known) {
            Ok(gpu) => inventory.gpus.push(gpu),
            Err(unanswered) => {
                known.why = unanswered.text(nvml);
                inventory.failed.push(known);
            }
        }
    }
    Ok(inventory)
}

/// One GPU. What is learned before it fails stays in `known`.
fn gpu(nvml: &Nvml, kernel: &Kernel, index: u32, known: &mut FailedGpu) -> Result<Gpu, Unanswered> {
    let device = nvml.by_index(index).map_err(Unanswered::new("nvmlDeviceGetHandleByIndex_v2"))?;
    let uuid = device.uuid();
    known.uuid = uuid.as_ref().ok().cloned();
    let name = device.name();
    known.name = name.as_ref().ok().cloned();
    let name = name.map_err(Unanswered::new("nvmlDeviceGetName"))?;
    let uuid = uuid.map_err(Unanswered::new("nvmlDeviceGetUUID"))?;
    // Nothing is learned of these three but whether the GPU is well: one that is half lost is still listed.
    nvml.knows(&uuid).map_err(Unanswered::new("nvmlDeviceGetHandleByUUID"))?;
    device.index().map_err(Unanswered::new("nvmlDeviceGetIndex"))?;
    supported(device.is_mig()).map_err(Unanswered::new("nvmlDeviceIsMigDeviceHandle"))?;
    let minor = supported(device.minor()).map_err(Unanswered::new("nvmlDeviceGetMinorNumber"))?;
    let pci = supported(device.pci()).map_err(Unanswered::new("nvmlDeviceGetPciInfo_v3"))?;
    let address = pci.as_ref().map(|pci| pci.address);
    let mig = mig::of(&device, minor, &kernel.minors);
    Ok(Gpu {
        index,
        integrated: is_integrated(&name, address, kernel.tegra),
        uuid,
        minor,
        pci_bus_id: pci.map(|pci| pci.bus_id),
        name,
        brand: device.brand().ok().and_then(brand).map(str::to_owned),
        architecture: device.architecture().ok().and_then(architecture).map(str::to_owned),
        compute_capability: device.compute_capability().ok().and_then(|(major, minor)| {
            Some(Version { major: major.try_into().ok()?, minor: minor.try_into().ok()? })
        }),
        memory: device.memory().ok(),
        addressing: addressing(&device),
        mig_enabled: mig.enabled,
        mig_devices: mig.devices,
        failed_mig_devices: mig.failed,
    })
}

/// How it addresses the host's memory. An error matters to nobody but who wants to know it.
fn addressing(device: &Device<'_>) -> Option<Addressing> {
    match supported(device.addressing()) {
        Ok(None) => None,
        Ok(Some(0)) => Some(Addressing::None),
        Ok(Some(1)) => Some(Addressing::Hmm),
        Ok(Some(2)) => Some(Addressing::Ats),
        Ok(Some(_)) | Err(_) => Some(Addressing::Unknown),
    }
}
