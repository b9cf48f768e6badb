//! Precompiled code that this process trusts because of where it comes from, and making it executable.
//! The only unsafe code of this crate.
#![allow(unsafe_code, reason = "wasmtime cannot check precompiled code; see each SAFETY")]

#[cfg(feature = "builtins")]
use std::collections::BTreeSet;
use std::ffi::c_void;
#[cfg(feature = "builtins")]
use std::sync::{Mutex, PoisonError};

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::CustomCodeMemory;
#[cfg(feature = "builtins")]
use wasmtime::{Engine, component::Component};

#[cfg(feature = "builtins")]
use super::SandboxError;

/// An artefact that is embedded in this binary, on pages of its own, so that it can be executed where
/// it lies: loading it copies nothing, and only the pages that are used are ever read. 64 KiB is a
/// whole number of pages on every machine: they have 4 KiB on x86-64, and up to 64 KiB on aarch64.
#[cfg(feature = "builtins")]
#[repr(C, align(65536))]
pub(super) struct Embedded<T: ?Sized = [u8]>(pub(super) T);

/// The artefacts that are executed where they lie, by their address.
#[cfg(feature = "builtins")]
static IN_PLACE: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// That an artefact is executed where it lies. It must outlive the code: once it is dropped, the
/// artefact can be loaded so again.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "builtins"),
    allow(dead_code, reason = "nothing is embedded without built-in modifiers")
)]
pub(super) struct InPlace(usize);

#[cfg(feature = "builtins")]
impl InPlace {
    /// `None` where it is executed already.
    fn claim(artefact: &'static Embedded) -> Option<Self> {
        let address = artefact.0.as_ptr().addr();
        let mut all = IN_PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(address).then(|| Self(address))
    }
}

#[cfg(feature = "builtins")]
impl Drop for InPlace {
    fn drop(&mut self) {
        IN_PLACE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Loads an artefact that is part of this binary: where it lies, or as a copy while it is executed
/// there, since the pages are made executable, and not any more, once for each load.
#[cfg(feature = "builtins")]
pub(super) fn load(
    engine: &Engine,
    artefact: &'static Embedded,
) -> Result<(Component, Option<InPlace>), SandboxError> {
    let unusable = |error| SandboxError::Unusable(format!("{error:#}"));
    let Some(in_place) = InPlace::claim(artefact) else {
        // SAFETY: the bytes are trusted for the reason below.
        let copy = unsafe { Component::deserialize(engine, &artefact.0) };
        return copy.map(|component| (component, None)).map_err(unusable);
    };
    let memory = std::ptr::NonNull::from(&artefact.0);
    // SAFETY: the bytes were made by `Engine::precompile_component` when this binary was built, and
    // are part of it: whoever can change them can change any code of this process. They live as long
    // as the process, and nothing writes to them: they are in a read-only section. wasmtime itself
    // checks that its version and settings are the ones that compiled them.
    unsafe { Component::deserialize_raw(engine, memory) }
        .map(|component| (component, Some(in_place)))
        .map_err(unusable)
}

/// Makes code executable, and never writable again.
pub(super) struct ExecutablePages;

impl CustomCodeMemory for ExecutablePages {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        let flags = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: wasmtime calls this with the text section of code that it has just loaded, on whole
        // pages: of an embedded artefact, which has its pages to itself (`Embedded`), or of a mapping
        // that it made itself. Nobody writes to either any more.
        unsafe { mprotect(ptr.cast_mut().cast::<c_void>(), len, flags) }?;
        Ok(())
    }

    fn unpublish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        // SAFETY: as above; wasmtime calls this when no instance of the code is left.
        unsafe { mprotect(ptr.cast_mut().cast::<c_void>(), len, MprotectFlags::READ) }?;
        Ok(())
    }
}
