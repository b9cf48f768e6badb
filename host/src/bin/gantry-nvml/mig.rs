//! What NVML is asked of a GPU's MIG devices.

use gantry::gpu::{MigDevice, MigMinors, MigProfile};
use nvml_wrapper::Device;
use nvml_wrapper::error::NvmlError;

use crate::ask::{Unanswered, supported};
use crate::raw::{self, Instance};

/// Whether MIG is on, and the MIG devices. One that cannot be described fails the GPU.
pub(crate) fn of(
    gpu: &Device<'_>,
    minor: Option<u32>,
    minors: &MigMinors,
) -> Result<(bool, Vec<MigDevice>), Unanswered> {
    let mode = supported(gpu.mig_mode()).map_err(Unanswered::new("nvmlDeviceGetMigMode"))?;
    let Some(mode) = mode else {
        return Ok((false, Vec::new()));
    };
    let slots =
        gpu.mig_device_count().map_err(Unanswered::new("nvmlDeviceGetMaxMigDeviceCount"))?;
    let mut devices = Vec::new();
    for index in 0..slots {
        match gpu.mig_device_by_index(index) {
            Ok(mig) => devices.push(device(gpu, &mig, index, minor, minors)?),
            // Nothing is in this slot.
            Err(NvmlError::NotFound | NvmlError::InvalidArg) => {}
            Err(error) => {
                return Err(Unanswered::new("nvmlDeviceGetMigDeviceHandleByIndex")(error));
            }
        }
    }
    Ok((mode.current == 1, devices))
}

fn device(
    gpu: &Device<'_>,
    mig: &Device<'_>,
    index: u32,
    minor: Option<u32>,
    minors: &MigMinors,
) -> Result<MigDevice, Unanswered> {
    const IS_MIG: &str = "nvmlDeviceIsMigDeviceHandle";
    if !mig.mig_is_mig_device_handle().map_err(Unanswered::new(IS_MIG))? {
        return Err(Unanswered::new(IS_MIG)(NvmlError::NotFound));
    }
    let uuid = mig.uuid().map_err(Unanswered::new("nvmlDeviceGetUUID"))?;
    let gpu_instance =
        raw::gpu_instance(mig).map_err(Unanswered::new("nvmlDeviceGetGpuInstanceId"))?;
    let compute_instance =
        raw::compute_instance(mig).map_err(Unanswered::new("nvmlDeviceGetComputeInstanceId"))?;
    let profile = profile(gpu, mig, gpu_instance, compute_instance)?;
    Ok(MigDevice {
        index,
        uuid,
        gpu_instance,
        compute_instance,
        graphics: profile.graphics(),
        profile: profile.name().unwrap_or_default(),
        capability_minors: minor.and_then(|minor| minors.of(minor, gpu_instance, compute_instance)),
    })
}

/// Which of the profiles that NVML knows the instances have.
fn profile(
    gpu: &Device<'_>,
    mig: &Device<'_>,
    gpu_instance: u32,
    compute_instance: u32,
) -> Result<MigProfile, Unanswered> {
    const PROFILE: &str = "nvmlDeviceGetGpuInstanceProfileInfo";
    const COMPUTE_PROFILE: &str = "nvmlGpuInstanceGetComputeInstanceProfileInfo";
    let gpu_memory = raw::memory(gpu).map_err(Unanswered::new("nvmlDeviceGetMemoryInfo"))?;
    let attributes = mig.attributes().map_err(Unanswered::new("nvmlDeviceGetAttributes_v2"))?;
    let instance =
        Instance::of(gpu, gpu_instance).map_err(Unanswered::new("nvmlDeviceGetGpuInstanceById"))?;
    let wanted = instance.profile().map_err(Unanswered::new("nvmlGpuInstanceGetInfo"))?;
    let wanted_compute = instance
        .compute_profile(compute_instance)
        .map_err(Unanswered::new("nvmlComputeInstanceGetInfo_v2"))?;
    let number =
        find(MigProfile::gpu_instances(), wanted, |number| raw::id_of_profile(gpu, number))
            .map_err(Unanswered::new(PROFILE))?;
    let compute_number = find(MigProfile::compute_instances(), wanted_compute, |number| {
        instance.id_of_compute_profile(number)
    })
    .map_err(Unanswered::new(COMPUTE_PROFILE))?;
    Ok(MigProfile {
        gpu_instance: number,
        compute_instance: compute_number,
        memory: attributes.memory_size_mb,
        gpu_memory,
    })
}

/// The number of the profile that has this id.
fn find(
    numbers: impl Iterator<Item = u32>,
    wanted: u32,
    id_of: impl Fn(u32) -> Result<u32, NvmlError>,
) -> Result<u32, NvmlError> {
    for number in numbers {
        match id_of(number) {
            Ok(id) if id == wanted => return Ok(number),
            Ok(_) | Err(NvmlError::NotSupported | NvmlError::InvalidArg) => {}
            Err(error) => return Err(error),
        }
    }
    Err(NvmlError::NotFound)
}
