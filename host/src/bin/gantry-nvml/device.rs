//! What NVML tells of a GPU, or of a MIG device. Of all calls holds what `nvml` says.
#![allow(unsafe_code, reason = "calls of a C library, for which there is no other way")]

use std::ffi::{c_char, c_int, c_uint};

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlDeviceAddressingMode_t, nvmlDeviceAttributes_t, nvmlMemory_t, nvmlPciInfo_t,
};

use crate::functions::{Functions, Numbered, OfDevice, Text, Two};
use crate::nvml::{NoAnswer, Nvml, as_text, text, told};

/// A GPU, or a MIG device.
#[derive(Clone, Copy)]
pub(crate) struct Device<'nvml> {
    pub(crate) nvml: &'nvml Nvml,
    pub(crate) handle: nvmlDevice_t,
}

/// Where a GPU is on PCI.
pub(crate) struct Pci {
    pub(crate) bus_id: String,
    /// Domain, bus and device.
    pub(crate) address: [u32; 3],
}

impl Device<'_> {
    pub(crate) fn index(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetIndex, 0)
    }

    pub(crate) fn name(&self) -> Result<String, NoAnswer> {
        self.text(self.functions().nvmlDeviceGetName)
    }

    pub(crate) fn uuid(&self) -> Result<String, NoAnswer> {
        self.text(self.functions().nvmlDeviceGetUUID)
    }

    pub(crate) fn minor(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetMinorNumber, 0)
    }

    pub(crate) fn pci(&self) -> Result<Pci, NoAnswer> {
        // SAFETY: numbers and characters: zero is a value of all of them.
        let empty: nvmlPciInfo_t = unsafe { std::mem::zeroed() };
        let pci = self.ask(self.functions().nvmlDeviceGetPciInfo_v3, empty)?;
        // Characters have a sign on some machines, bytes have not.
        let bus_id = pci.busId.map(c_char::to_ne_bytes);
        Ok(Pci {
            bus_id: as_text(bus_id.as_flattened())?,
            address: [pci.domain, pci.bus, pci.device],
        })
    }

    /// The brand's number.
    pub(crate) fn brand(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetBrand, 0)
    }

    /// The architecture's number.
    pub(crate) fn architecture(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetArchitecture, 0)
    }

    /// Both numbers of CUDA's compute capability.
    pub(crate) fn compute_capability(&self) -> Result<(i32, i32), NoAnswer> {
        self.two::<c_int>(self.functions().nvmlDeviceGetCudaComputeCapability)
    }

    /// All of its memory, in bytes.
    pub(crate) fn memory(&self) -> Result<u64, NoAnswer> {
        let empty = nvmlMemory_t { total: 0, free: 0, used: 0 };
        self.ask(self.functions().nvmlDeviceGetMemoryInfo, empty).map(|memory| memory.total)
    }

    /// How it addresses the host's memory, as NVML's number.
    pub(crate) fn addressing(&self) -> Result<u32, NoAnswer> {
        // The first version of this structure, marked as NVML wants it: size, and version above.
        let empty = nvmlDeviceAddressingMode_t { version: 8 | 1 << 24, value: 0 };
        self.ask(self.functions().nvmlDeviceGetAddressingMode, empty).map(|mode| mode.value)
    }

    /// Whether MIG is on.
    pub(crate) fn mig_mode(&self) -> Result<bool, NoAnswer> {
        self.two::<c_uint>(self.functions().nvmlDeviceGetMigMode).map(|(current, _)| current == 1)
    }

    /// Whether it is a MIG device.
    pub(crate) fn is_mig(&self) -> Result<bool, NoAnswer> {
        self.ask(self.functions().nvmlDeviceIsMigDeviceHandle, 0).map(|is| is > 0)
    }

    /// How many MIG devices it may have.
    pub(crate) fn mig_slots(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetMaxMigDeviceCount, 0)
    }

    /// The MIG device of a slot.
    pub(crate) fn mig(&self, slot: u32) -> Result<Self, NoAnswer> {
        let function = self.functions().nvmlDeviceGetMigDeviceHandleByIndex;
        let handle = self.numbered(function, slot, std::ptr::null_mut())?;
        Ok(Self { handle, ..*self })
    }

    /// Whether NVML knows the GPU of a MIG device.
    pub(crate) fn has_parent(&self) -> Result<(), NoAnswer> {
        let function = self.functions().nvmlDeviceGetDeviceHandleFromMigDeviceHandle;
        self.ask(function, std::ptr::null_mut()).map(drop)
    }

    /// The memory of a MIG device, in MiB.
    pub(crate) fn mig_memory(&self) -> Result<u64, NoAnswer> {
        // SAFETY: numbers: zero is a value of all of them.
        let empty: nvmlDeviceAttributes_t = unsafe { std::mem::zeroed() };
        self.ask(self.functions().nvmlDeviceGetAttributes_v2, empty).map(|told| told.memorySizeMB)
    }

    /// The GPU instance that a MIG device is in.
    pub(crate) fn gpu_instance(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetGpuInstanceId, 0)
    }

    /// The compute instance that a MIG device is.
    pub(crate) fn compute_instance(&self) -> Result<u32, NoAnswer> {
        self.ask(self.functions().nvmlDeviceGetComputeInstanceId, 0)
    }

    fn functions(&self) -> &Functions {
        &self.nvml.functions
    }

    fn ask<T>(&self, function: Option<OfDevice<T>>, empty: T) -> Result<T, NoAnswer> {
        let function = function.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        told(empty, |place| unsafe { function(self.handle, place) })
    }

    pub(crate) fn numbered<T>(
        &self,
        function: Option<Numbered<T>>,
        number: u32,
        empty: T,
    ) -> Result<T, NoAnswer> {
        let function = function.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        told(empty, |place| unsafe { function(self.handle, number, place) })
    }

    fn two<T: Default>(&self, function: Option<Two<T>>) -> Result<(T, T), NoAnswer> {
        let function = function.ok_or(NoAnswer::Lacking)?;
        let mut second = T::default();
        // SAFETY: see above.
        let first =
            told(T::default(), |place| unsafe { function(self.handle, place, &raw mut second) })?;
        Ok((first, second))
    }

    fn text(&self, function: Option<Text>) -> Result<String, NoAnswer> {
        let function = function.ok_or(NoAnswer::Lacking)?;
        // SAFETY: see above.
        text(|place, bytes| unsafe { function(self.handle, place, bytes) })
    }
}
