//! What NVML tells of the instances that a GPU is divided into. Of all calls holds what `nvml` says.
#![allow(unsafe_code, reason = "calls of a C library, for which there is no other way")]

use nvml_wrapper_sys::bindings::{
    nvmlComputeInstanceInfo_t, nvmlComputeInstanceProfileInfo_t, nvmlGpuInstance_t,
    nvmlGpuInstanceInfo_t, nvmlGpuInstanceProfileInfo_t,
};

use crate::device::Device;
use crate::nvml::{NoAnswer, Nvml, told};

/// A GPU instance of a GPU.
pub(crate) struct Instance<'nvml> {
    nvml: &'nvml Nvml,
    handle: nvmlGpuInstance_t,
}

impl<'nvml> Instance<'nvml> {
    /// The instance of this number.
    pub(crate) fn of(gpu: &Device<'nvml>, id: u32) -> Result<Self, NoAnswer> {
        let function = gpu.nvml.functions.nvmlDeviceGetGpuInstanceById;
        let handle = gpu.numbered(function, id, std::ptr::null_mut())?;
        Ok(Self { nvml: gpu.nvml, handle })
    }

    /// The id of its profile.
    pub(crate) fn profile(&self) -> Result<u32, NoAnswer> {
        let function = self.nvml.functions.nvmlGpuInstanceGetInfo.ok_or(NoAnswer::Lacking)?;
        // SAFETY: numbers and a pointer that nothing here follows: zero is a value of all of them.
        let empty: nvmlGpuInstanceInfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: see above.
        told(empty, |place| unsafe { function(self.handle, place) }).map(|info| info.profileId)
    }

    /// The id of the profile of one of its compute instances.
    pub(crate) fn compute_profile(&self, id: u32) -> Result<u32, NoAnswer> {
        let functions = &self.nvml.functions;
        let by_id = functions.nvmlGpuInstanceGetComputeInstanceById.ok_or(NoAnswer::Lacking)?;
        let get_info = functions.nvmlComputeInstanceGetInfo_v2.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        let instance =
            told(std::ptr::null_mut(), |place| unsafe { by_id(self.handle, id, place) })?;
        // SAFETY: numbers and pointers that nothing here follows: zero is a value of all of them.
        let empty: nvmlComputeInstanceInfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: see above; NVML has just given the handle.
        told(empty, |place| unsafe { get_info(instance, place) }).map(|info| info.profileId)
    }

    /// The id that a profile of compute instances has in it. The number is NVML's, of all GPUs.
    pub(crate) fn id_of_compute_profile(&self, number: u32) -> Result<u32, NoAnswer> {
        /// The only profile of engines that there is.
        const ENGINES: u32 = 0;
        let function = self.nvml.functions.nvmlGpuInstanceGetComputeInstanceProfileInfo;
        let function = function.ok_or(NoAnswer::Lacking)?;
        // SAFETY: numbers: zero is a value of all of them.
        let empty: nvmlComputeInstanceProfileInfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: see above.
        told(empty, |place| unsafe { function(self.handle, number, ENGINES, place) })
            .map(|info| info.id)
    }
}

/// The id that a profile of GPU instances has on a GPU. The number is NVML's, of all GPUs.
pub(crate) fn id_of_profile(gpu: &Device<'_>, number: u32) -> Result<u32, NoAnswer> {
    // SAFETY: numbers: zero is a value of all of them.
    let empty: nvmlGpuInstanceProfileInfo_t = unsafe { std::mem::zeroed() };
    let function = gpu.nvml.functions.nvmlDeviceGetGpuInstanceProfileInfo;
    gpu.numbered(function, number, empty).map(|info| info.id)
}
