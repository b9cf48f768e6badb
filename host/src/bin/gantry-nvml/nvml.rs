//! NVML, loaded and initialised, and what it tells of the host.
//!
//! For all calls: a handle is NVML's own, of the library that lives as long as the [`Nvml`] that it was asked
//! of; NVML writes to the places that it is given before it returns, and keeps none of them.
#![allow(unsafe_code, reason = "calls of a C library, for which there is no other way")]

use std::ffi::{CStr, CString, OsStr, c_char, c_uint};

use libloading::Library;
use nvml_wrapper_sys::bindings::{nvmlReturn_enum_NVML_SUCCESS as SUCCESS, nvmlReturn_t};

use crate::device::Device;
use crate::functions::Functions;

/// The most bytes of any text of NVML's.
const MOST_TEXT: u8 = 96;

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The library lacks the function.
    Lacking,
    /// The answer is not UTF-8 text.
    NotText,
    /// NVML's number.
    Code(nvmlReturn_t),
}

/// Why there is no NVML.
pub(crate) enum NotLoaded {
    Library(libloading::Error),
    Init(NoAnswer, String),
}

/// NVML. It is never shut down: the process ends, and the kernel takes back what it holds.
pub(crate) struct Nvml {
    pub(crate) functions: Functions,
}

impl Nvml {
    /// Loads a library, a path or a name that the dynamic linker knows, and initialises it.
    pub(crate) fn load(library: &OsStr) -> Result<Self, NotLoaded> {
        // SAFETY: the library is the driver's, or whatever the operator named; its code may do anything, which is
        // why this is a process of its own.
        let library = unsafe { Library::new(library) }.map_err(NotLoaded::Library)?;
        let nvml = Self { functions: Functions::of(&library) };
        // Its functions stay.
        std::mem::forget(library);
        let done = match nvml.functions.nvmlInit_v2 {
            // SAFETY: it takes nothing.
            Some(init) => done(unsafe { init() }),
            None => Err(NoAnswer::Lacking),
        };
        match done {
            Ok(()) => Ok(nvml),
            Err(error) => Err(NotLoaded::Init(error, nvml.words(error))),
        }
    }

    /// Why, in NVML's own words where it has any.
    pub(crate) fn words(&self, why: NoAnswer) -> String {
        let code = match why {
            NoAnswer::Lacking => return "the library lacks this function".to_owned(),
            NoAnswer::NotText => return "the answer is not UTF-8 text".to_owned(),
            NoAnswer::Code(code) => code,
        };
        // SAFETY: it takes any number, before it is initialised too.
        let words = self.functions.nvmlErrorString.map(|function| unsafe { function(code) });
        // SAFETY: what is not null is text of the library's own, which ends with NUL and stays.
        let words =
            words.filter(|text| !text.is_null()).map(|text| unsafe { CStr::from_ptr(text) });
        match words {
            Some(words) => format!("{} (NVML error {code})", words.to_string_lossy()),
            None => format!("NVML error {code}"),
        }
    }

    /// The driver's version.
    pub(crate) fn driver_version(&self) -> Result<String, NoAnswer> {
        let function = self.functions.nvmlSystemGetDriverVersion.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        text(|place, bytes| unsafe { function(place, bytes) })
    }

    /// The newest CUDA version that the driver supports: a thousand times its first number, and ten times its
    /// second. The newer function of this kind knows it only where the linker finds CUDA's library, which is
    /// not so for a driver below a root.
    pub(crate) fn cuda_version(&self) -> Result<i32, NoAnswer> {
        let function = self.functions.nvmlSystemGetCudaDriverVersion.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        told(0, |place| unsafe { function(place) })
    }

    /// How many GPUs there are.
    pub(crate) fn count(&self) -> Result<u32, NoAnswer> {
        let function = self.functions.nvmlDeviceGetCount_v2.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        told(0, |place| unsafe { function(place) })
    }

    /// A GPU.
    pub(crate) fn by_index(&self, index: u32) -> Result<Device<'_>, NoAnswer> {
        let function = self.functions.nvmlDeviceGetHandleByIndex_v2.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        let handle = told(std::ptr::null_mut(), |place| unsafe { function(index, place) })?;
        Ok(Device { nvml: self, handle })
    }

    /// Whether a GPU is found by its UUID.
    pub(crate) fn knows(&self, uuid: &str) -> Result<(), NoAnswer> {
        let function = self.functions.nvmlDeviceGetHandleByUUID.ok_or(NoAnswer::Lacking)?;
        let uuid = CString::new(uuid).map_err(|_| NoAnswer::NotText)?;
        // SAFETY: see above; the text ends with NUL.
        told(std::ptr::null_mut(), |place| unsafe { function(uuid.as_ptr(), place) }).map(drop)
    }
}

/// What a call returns.
fn done(code: nvmlReturn_t) -> Result<(), NoAnswer> {
    if code == SUCCESS { Ok(()) } else { Err(NoAnswer::Code(code)) }
}

/// What a call writes to a place.
pub(crate) fn told<T>(
    mut place: T,
    ask: impl FnOnce(*mut T) -> nvmlReturn_t,
) -> Result<T, NoAnswer> {
    done(ask(&raw mut place)).map(|()| place)
}

/// The text that a call writes to a place of so many bytes.
pub(crate) fn text(
    ask: impl FnOnce(*mut c_char, c_uint) -> nvmlReturn_t,
) -> Result<String, NoAnswer> {
    let empty = [0_u8; MOST_TEXT as usize];
    let bytes = told(empty, |place| ask(place.cast(), MOST_TEXT.into()))?;
    as_text(&bytes)
}

/// The text in a place: up to NUL.
pub(crate) fn as_text(bytes: &[u8]) -> Result<String, NoAnswer> {
    let text = CStr::from_bytes_until_nul(bytes).map_err(|_| NoAnswer::NotText)?;
    text.to_str().map(str::to_owned).map_err(|_| NoAnswer::NotText)
}
