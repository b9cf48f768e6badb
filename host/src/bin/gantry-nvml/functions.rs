//! The functions of NVML that are called, and no others: to look for all that it has takes longer than
//! all their answers.
#![allow(unsafe_code, reason = "functions of a C library, for which there is no other way")]

use std::ffi::{c_char, c_int, c_uint};

use libloading::Library;
use nvml_wrapper_sys::bindings::{
    NvmlLib, nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlComputeInstanceProfileInfo_t,
    nvmlDevice_t, nvmlDeviceAddressingMode_t, nvmlDeviceAttributes_t, nvmlGpuInstance_t,
    nvmlGpuInstanceInfo_t, nvmlGpuInstanceProfileInfo_t, nvmlMemory_t, nvmlPciInfo_t, nvmlReturn_t,
};

/// Tells of a device one thing.
pub(crate) type OfDevice<T> = unsafe extern "C" fn(nvmlDevice_t, *mut T) -> nvmlReturn_t;
/// Tells of a device one thing that has a number.
pub(crate) type Numbered<T> = unsafe extern "C" fn(nvmlDevice_t, c_uint, *mut T) -> nvmlReturn_t;
/// Tells of a device two things.
pub(crate) type Two<T> = unsafe extern "C" fn(nvmlDevice_t, *mut T, *mut T) -> nvmlReturn_t;
/// Writes text of a device to a place that has so many bytes.
pub(crate) type Text = unsafe extern "C" fn(nvmlDevice_t, *mut c_char, c_uint) -> nvmlReturn_t;

macro_rules! functions {
    ($($name:ident: $kind:ty,)*) => {
        /// `None`: the library lacks it.
        #[allow(non_snake_case, reason = "NVML's names")]
        pub(crate) struct Functions {
            $(pub(crate) $name: Option<$kind>,)*
        }

        impl Functions {
            pub(crate) fn of(library: &Library) -> Self {
                Self { $($name: find(library, concat!(stringify!($name), "\0"), |all| all.$name),)* }
            }
        }
    };
}

functions! {
    nvmlInit_v2: unsafe extern "C" fn() -> nvmlReturn_t,
    nvmlErrorString: unsafe extern "C" fn(nvmlReturn_t) -> *const c_char,
    nvmlSystemGetDriverVersion: unsafe extern "C" fn(*mut c_char, c_uint) -> nvmlReturn_t,
    nvmlSystemGetCudaDriverVersion: unsafe extern "C" fn(*mut c_int) -> nvmlReturn_t,
    nvmlDeviceGetCount_v2: unsafe extern "C" fn(*mut c_uint) -> nvmlReturn_t,
    nvmlDeviceGetHandleByIndex_v2: unsafe extern "C" fn(c_uint, *mut nvmlDevice_t) -> nvmlReturn_t,
    nvmlDeviceGetHandleByUUID: unsafe extern "C" fn(*const c_char, *mut nvmlDevice_t) -> nvmlReturn_t,
    nvmlDeviceGetIndex: OfDevice<c_uint>,
    nvmlDeviceGetName: Text,
    nvmlDeviceGetUUID: Text,
    nvmlDeviceGetMinorNumber: OfDevice<c_uint>,
    nvmlDeviceGetPciInfo_v3: OfDevice<nvmlPciInfo_t>,
    nvmlDeviceGetBrand: OfDevice<c_uint>,
    nvmlDeviceGetArchitecture: OfDevice<c_uint>,
    nvmlDeviceGetCudaComputeCapability: Two<c_int>,
    nvmlDeviceGetMemoryInfo: OfDevice<nvmlMemory_t>,
    nvmlDeviceGetAddressingMode: OfDevice<nvmlDeviceAddressingMode_t>,
    nvmlDeviceGetMigMode: Two<c_uint>,
    nvmlDeviceIsMigDeviceHandle: OfDevice<c_uint>,
    nvmlDeviceGetMaxMigDeviceCount: OfDevice<c_uint>,
    nvmlDeviceGetMigDeviceHandleByIndex: Numbered<nvmlDevice_t>,
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle: OfDevice<nvmlDevice_t>,
    nvmlDeviceGetAttributes_v2: OfDevice<nvmlDeviceAttributes_t>,
    nvmlDeviceGetGpuInstanceId: OfDevice<c_uint>,
    nvmlDeviceGetComputeInstanceId: OfDevice<c_uint>,
    nvmlDeviceGetGpuInstanceById: Numbered<nvmlGpuInstance_t>,
    nvmlDeviceGetGpuInstanceProfileInfo: Numbered<nvmlGpuInstanceProfileInfo_t>,
    nvmlGpuInstanceGetInfo: unsafe extern "C" fn(nvmlGpuInstance_t, *mut nvmlGpuInstanceInfo_t) -> nvmlReturn_t,
    nvmlGpuInstanceGetComputeInstanceById: unsafe extern "C" fn(nvmlGpuInstance_t, c_uint, *mut nvmlComputeInstance_t) -> nvmlReturn_t,
    nvmlGpuInstanceGetComputeInstanceProfileInfo: unsafe extern "C" fn(nvmlGpuInstance_t, c_uint, c_uint, *mut nvmlComputeInstanceProfileInfo_t) -> nvmlReturn_t,
    nvmlComputeInstanceGetInfo_v2: unsafe extern "C" fn(nvmlComputeInstance_t, *mut nvmlComputeInstanceInfo_t) -> nvmlReturn_t,
}

/// A function by its name, which ends with NUL. That it is of this type, the bindings to NVML say: they are
/// made from its header, and what is written above would not compile if it were not the same.
fn find<F: Copy>(
    library: &Library,
    name: &str,
    _in_the_bindings: fn(NvmlLib) -> Result<F, libloading::Error>,
) -> Option<F> {
    // SAFETY: NVML's function of this name is of this type.
    unsafe { library.get::<F>(name.as_bytes()) }.ok().map(|function| *function)
}
