//! The questions of NVML for which the wrapper has no safe function: the only unsafe code.
//!
//! For all of them: a handle is NVML's own, of the library that lives as long as the `Nvml` it was
//! asked of; NVML writes to the places it is given before it returns, and keeps none of them.
#![allow(unsafe_code, reason = "calls of a C library, for which there is no other way")]

use std::ffi::CStr;

use nvml_wrapper::error::{NvmlError, nvml_try};
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlComputeInstanceInfo_t, nvmlComputeInstanceProfileInfo_t, nvmlDevice_t,
    nvmlDeviceAddressingMode_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t,
    nvmlGpuInstanceProfileInfo_t, nvmlMemory_t, nvmlReturn_t,
};

/// A function of the library, or that it lacks it.
macro_rules! function {
    ($nvml:expr, $name:ident) => {
        *$nvml.lib().$name.as_ref().map_err(|_| NvmlError::FunctionNotFound)?
    };
}

/// NVML's own words for an error's number; `None` where it has none.
pub(crate) fn words(nvml: &Nvml, code: nvmlReturn_t) -> Option<String> {
    let function = *nvml.lib().nvmlErrorString.as_ref().ok()?;
    // SAFETY: it takes any number.
    let text = unsafe { function(code) };
    // SAFETY: what is not null is text of the library's own, which ends with NUL and stays.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// The newest CUDA version that the driver supports, as NVML's number. The newer function of this kind
/// knows it only where the linker finds CUDA's library, which is not so for a driver below a root.
pub(crate) fn cuda_version(nvml: &Nvml) -> Result<i32, NvmlError> {
    let function = function!(nvml, nvmlSystemGetCudaDriverVersion);
    let mut version = 0;
    // SAFETY: see above.
    nvml_try(unsafe { function(&raw mut version) })?;
    Ok(version)
}

/// All of a GPU's memory, in bytes.
pub(crate) fn memory(device: &Device<'_>) -> Result<u64, NvmlError> {
    let function = function!(device.nvml(), nvmlDeviceGetMemoryInfo);
    let mut memory = nvmlMemory_t { total: 0, free: 0, used: 0 };
    // SAFETY: see above.
    nvml_try(unsafe { function(handle(device), &raw mut memory) })?;
    Ok(memory.total)
}

/// How a GPU addresses the host's memory, as NVML's number.
pub(crate) fn addressing(device: &Device<'_>) -> Result<u32, NvmlError> {
    let function = function!(device.nvml(), nvmlDeviceGetAddressingMode);
    // The first version of this structure, marked as NVML wants it: size, and version above.
    let mut mode = nvmlDeviceAddressingMode_t { version: 8 | 1 << 24, value: 0 };
    // SAFETY: see above.
    nvml_try(unsafe { function(handle(device), &raw mut mode) })?;
    Ok(mode.value)
}

/// The GPU instance that a MIG device is in.
pub(crate) fn gpu_instance(mig: &Device<'_>) -> Result<u32, NvmlError> {
    let function = function!(mig.nvml(), nvmlDeviceGetGpuInstanceId);
    let mut id = 0;
    // SAFETY: see above.
    nvml_try(unsafe { function(handle(mig), &raw mut id) })?;
    Ok(id)
}

/// The compute instance that a MIG device is.
pub(crate) fn compute_instance(mig: &Device<'_>) -> Result<u32, NvmlError> {
    let function = function!(mig.nvml(), nvmlDeviceGetComputeInstanceId);
    let mut id = 0;
    // SAFETY: see above.
    nvml_try(unsafe { function(handle(mig), &raw mut id) })?;
    Ok(id)
}

/// A GPU instance of a GPU.
pub(crate) struct Instance<'nvml> {
    nvml: &'nvml Nvml,
    handle: nvmlGpuInstance_t,
}

impl<'nvml> Instance<'nvml> {
    /// The instance of this number.
    pub(crate) fn of(gpu: &Device<'nvml>, id: u32) -> Result<Self, NvmlError> {
        let function = function!(gpu.nvml(), nvmlDeviceGetGpuInstanceById);
        let mut instance = std::ptr::null_mut();
        // SAFETY: see above.
        nvml_try(unsafe { function(handle(gpu), id, &raw mut instance) })?;
        Ok(Self { nvml: gpu.nvml(), handle: instance })
    }

    /// The id of its profile.
    pub(crate) fn profile(&self) -> Result<u32, NvmlError> {
        let function = function!(self.nvml, nvmlGpuInstanceGetInfo);
        // SAFETY: numbers and a pointer that nothing here follows: zero is a value of all of them.
        let mut info: nvmlGpuInstanceInfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: see above.
        nvml_try(unsafe { function(self.handle, &raw mut info) })?;
        Ok(info.profileId)
    }

    /// The id of the profile of one of its compute instances.
    pub(crate) fn compute_profile(&self, id: u32) -> Result<u32, NvmlError> {
        let by_id = function!(self.nvml, nvmlGpuInstanceGetComputeInstanceById);
        let get_info = function!(self.nvml, nvmlComputeInstanceGetInfo_v2);
        let mut instance = std::ptr::null_mut();
        // SAFETY: see above.
        nvml_try(unsafe { by_id(self.handle, id, &raw mut instance) })?;
        // SAFETY: numbers and pointers that nothing here follows: zero is a value of all of them.
        let mut info: nvmlComputeInstanceInfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: see above; NVML has just given the handle.
        nvml_try(unsafe { get_info(instance, &raw mut info) })?;
        Ok(info.profileId)
    }

    /// The id that a profile of compute instances has in it. The number is NVML's, of all GPUs.
    pub(crate) fn id_of_compute_profile(&self, number: u32) -> Result<u32, NvmlError> {
        let function = function!(self.nvml, nvmlGpuInstanceGetComputeInstanceProfileInfo);
        // SAFETY: numbers: zero is a value of all of them.
        let mut info: nvmlComputeInstanceProfileInfo_t = unsafe { std::mem::zeroed() };
        // The only profile of engines that there is.
        // SAFETY: see above.
        nvml_try(unsafe { function(self.handle, number, 0, &raw mut info) })?;
        Ok(info.id)
    }
}

/// The id that a profile of GPU instances has on a GPU. The number is NVML's, of all GPUs.
pub(crate) fn id_of_profile(gpu: &Device<'_>, number: u32) -> Result<u32, NvmlError> {
    let function = function!(gpu.nvml(), nvmlDeviceGetGpuInstanceProfileInfo);
    // SAFETY: numbers: zero is a value of all of them.
    let mut info: nvmlGpuInstanceProfileInfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: see above.
    nvml_try(unsafe { function(handle(gpu), number, &raw mut info) })?;
    Ok(info.id)
}

fn handle(device: &Device<'_>) -> nvmlDevice_t {
    // SAFETY: it is given to functions of its own library only, see above.
    unsafe { device.handle() }
}
