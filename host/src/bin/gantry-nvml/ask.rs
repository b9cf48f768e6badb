//! What NVML is asked of a host and its GPUs. A GPU of which an essential question is not answered is
//! listed as failed; the others stay.

use gantry::gpu::{
    Addressing, FailedGpu, Gpu, Inventory, MigMinors, Version, architecture, brand, is_integrated,
};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use crate::{mig, raw};

/// What is told of the host beside NVML.
pub(crate) struct Kernel {
    pub(crate) minors: MigMinors,
    pub(crate) tegra: bool,
}

/// A question that was not answered: NVML's function, and its answer.
pub(crate) struct Unanswered {
    function: &'static str,
    pub(crate) error: NvmlError,
}

impl Unanswered {
    pub(crate) fn new(function: &'static str) -> impl FnOnce(NvmlError) -> Self {
        move |error| Self { function, error }
    }

    /// In words, NVML's own where it has any.
    pub(crate) fn text(self, nvml: &Nvml) -> String {
        let Self { function, error } = self;
        let why = match error {
            NvmlError::FailedToLoadSymbol(_) => "the library lacks this function".to_owned(),
            NvmlError::Utf8Error(_) => "the answer is not UTF-8 text".to_owned(),
            error => {
                let text = error.to_string();
                let code = error.into();
                raw::words(nvml, code).map_or(text, |words| format!("{words} (NVML error {code})"))
            }
        };
        format!("{function}: {why}")
    }
}

/// Nothing where it is not supported by this GPU, this library or this system.
pub(crate) fn supported<T>(answer: Result<T, NvmlError>) -> Result<Option<T>, NvmlError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(
            NvmlError::NotSupported
            | NvmlError::FunctionNotFound
            | NvmlError::FailedToLoadSymbol(_),
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The inventory; only counting the GPUs must succeed.
pub(crate) fn inventory(nvml: &Nvml, kernel: &Kernel) -> Result<Inventory, Unanswered> {
    let count = nvml.device_count().map_err(Unanswered::new("nvmlDeviceGetCount_v2"))?;
    let cuda = raw::cuda_version(nvml).ok().and_then(|cuda| u32::try_from(cuda).ok());
    let mut inventory = Inventory {
        driver_version: nvml.sys_driver_version().ok(),
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
    let device =
        nvml.device_by_index(index).map_err(Unanswered::new("nvmlDeviceGetHandleByIndex_v2"))?;
    let uuid = device.uuid();
    known.uuid = uuid.as_ref().ok().cloned();
    let name = device.name();
    known.name = name.as_ref().ok().cloned();
    let name = name.map_err(Unanswered::new("nvmlDeviceGetName"))?;
    let uuid = uuid.map_err(Unanswered::new("nvmlDeviceGetUUID"))?;
    // Nothing is learned of these three but whether the GPU is well: one that is half lost is still listed.
    nvml.device_by_uuid(uuid.as_str()).map_err(Unanswered::new("nvmlDeviceGetHandleByUUID"))?;
    device.index().map_err(Unanswered::new("nvmlDeviceGetIndex"))?;
    supported(device.mig_is_mig_device_handle())
        .map_err(Unanswered::new("nvmlDeviceIsMigDeviceHandle"))?;
    let minor =
        supported(device.minor_number()).map_err(Unanswered::new("nvmlDeviceGetMinorNumber"))?;
    let pci = supported(device.pci_info()).map_err(Unanswered::new("nvmlDeviceGetPciInfo_v3"))?;
    let address = pci.as_ref().map(|pci| [pci.domain, pci.bus, pci.device]);
    let mig = mig::of(&device, minor, &kernel.minors);
    Ok(Gpu {
        index,
        integrated: is_integrated(&name, address, kernel.tegra),
        uuid,
        minor,
        pci_bus_id: pci.map(|pci| pci.bus_id),
        name,
        brand: number(&device.brand().map(|brand| brand.as_c())).and_then(brand).map(str::to_owned),
        architecture: number(&device.architecture().map(|architecture| architecture.as_c()))
            .and_then(architecture)
            .map(str::to_owned),
        compute_capability: device.cuda_compute_capability().ok().and_then(|capability| {
            Some(Version {
                major: capability.major.try_into().ok()?,
                minor: capability.minor.try_into().ok()?,
            })
        }),
        memory: raw::memory(&device).ok(),
        addressing: addressing(&device),
        mig_enabled: mig.enabled,
        mig_devices: mig.devices,
        failed_mig_devices: mig.failed,
    })
}

/// The number, whether the wrapper knows it or not.
fn number(answer: &Result<u32, NvmlError>) -> Option<u32> {
    match answer {
        Ok(number) | Err(NvmlError::UnexpectedVariant(number)) => Some(*number),
        Err(_) => None,
    }
}

/// How it addresses the host's memory. An error matters to nobody but who wants to know it.
fn addressing(device: &Device<'_>) -> Option<Addressing> {
    match supported(raw::addressing(device)) {
        Ok(None) => None,
        Ok(Some(0)) => Some(Addressing::None),
        Ok(Some(1)) => Some(Addressing::Hmm),
        Ok(Some(2)) => Some(Addressing::Ats),
        Ok(Some(_)) | Err(_) => Some(Addressing::Unknown),
    }
}
