//! What NVML is asked of a GPU's MIG devices.

use gantry::gpu::{FailedMig, MigDevice, MigMinors, MigProfile};
use nvml_wrapper_sys::bindings::{
    nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT as INVALID_ARGUMENT,
    nvmlReturn_enum_NVML_ERROR_NOT_FOUND as NOT_FOUND,
    nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED as NOT_SUPPORTED,
};

use crate::ask::Unanswered;
use crate::device::Device;
use crate::instance::{Instance, id_of_profile};
use crate::nvml::NoAnswer;

/// What there is of MIG on a GPU.
#[derive(Default)]
pub(crate) struct Mig {
    pub(crate) enabled: bool,
    pub(crate) devices: Vec<MigDevice>,
    pub(crate) failed: Vec<FailedMig>,
}

/// Whether MIG is on, and the MIG devices. One that cannot be described does not affect the others.
pub(crate) fn of(gpu: &Device<'_>, minor: Option<u32>, minors: &MigMinors) -> Mig {
    let mut found = Mig::default();
    let mut failed = |index, uuid, unanswered: Unanswered| {
        found.failed.push(FailedMig { index, uuid, why: unanswered.text(gpu.nvml) });
    };
    match gpu.mig_mode() {
        Ok(is_on) => found.enabled = is_on,
        // A GPU, or a library, without MIG.
        Err(NoAnswer::Code(NOT_SUPPORTED) | NoAnswer::Lacking) => return found,
        Err(error) => {
            failed(None, None, Unanswered::new("nvmlDeviceGetMigMode")(error));
            return found;
        }
    }
    let slots = match gpu.mig_slots() {
        Ok(slots) => slots,
        Err(error) => {
            failed(None, None, Unanswered::new("nvmlDeviceGetMaxMigDeviceCount")(error));
            return found;
        }
    };
    for index in 0..slots {
        match gpu.mig(index) {
            Ok(mig) => match device(gpu, &mig, index, minor, minors) {
                Ok(device) => found.devices.push(device),
                Err(unanswered) => failed(Some(index), mig.uuid().ok(), unanswered),
            },
            // Nothing is in this slot.
            Err(NoAnswer::Code(NOT_FOUND | INVALID_ARGUMENT)) => {}
            Err(error) => {
                let function = "nvmlDeviceGetMigDeviceHandleByIndex";
                failed(Some(index), None, Unanswered::new(function)(error));
            }
        }
    }
    found
}

fn device(
    gpu: &Device<'_>,
    mig: &Device<'_>,
    index: u32,
    minor: Option<u32>,
    minors: &MigMinors,
) -> Result<MigDevice, Unanswered> {
    const IS_MIG: &str = "nvmlDeviceIsMigDeviceHandle";
    if !mig.is_mig().map_err(Unanswered::new(IS_MIG))? {
        return Err(Unanswered::new(IS_MIG)(NoAnswer::Code(NOT_FOUND)));
    }
    let uuid = mig.uuid().map_err(Unanswered::new("nvmlDeviceGetUUID"))?;
    // Nothing is learned but whether it is well: one that is half lost is still listed.
    mig.has_parent().map_err(Unanswered::new("nvmlDeviceGetDeviceHandleFromMigDeviceHandle"))?;
    let gpu_instance = mig.gpu_instance().map_err(Unanswered::new("nvmlDeviceGetGpuInstanceId"))?;
    let compute_instance =
        mig.compute_instance().map_err(Unanswered::new("nvmlDeviceGetComputeInstanceId"))?;
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
    let gpu_memory = gpu.memory().map_err(Unanswered::new("nvmlDeviceGetMemoryInfo"))?;
    let memory = mig.mig_memory().map_err(Unanswered::new("nvmlDeviceGetAttributes_v2"))?;
    let instance =
        Instance::of(gpu, gpu_instance).map_err(Unanswered::new("nvmlDeviceGetGpuInstanceById"))?;
    let wanted = instance.profile().map_err(Unanswered::new("nvmlGpuInstanceGetInfo"))?;
    let wanted_compute = instance
        .compute_profile(compute_instance)
        .map_err(Unanswered::new("nvmlComputeInstanceGetInfo_v2"))?;
    let number = find(MigProfile::gpu_instances(), wanted, |number| id_of_profile(gpu, number))
        .map_err(Unanswered::new(PROFILE))?;
    let compute_number = find(MigProfile::compute_instances(), wanted_compute, |number| {
        instance.id_of_compute_profile(number)
    })
    .map_err(Unanswered::new(COMPUTE_PROFILE))?;
    Ok(MigProfile { gpu_instance: number, compute_instance: compute_number, memory, gpu_memory })
}

/// The number of the profile that has this id.
fn find(
    numbers: impl Iterator<Item = u32>,
    wanted: u32,
    id_of: impl Fn(u32) -> Result<u32, NoAnswer>,
) -> Result<u32, NoAnswer> {
    for number in numbers {
        match id_of(number) {
            Ok(id) if id == wanted => return Ok(number),
            Ok(_) | Err(NoAnswer::Code(NOT_SUPPORTED | INVALID_ARGUMENT)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(NoAnswer::Code(NOT_FOUND))
}
