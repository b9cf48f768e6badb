//! Precompiled code that this process trusts because of where it comes from, or because of what it
//! hashes to, and making it executable. The only unsafe code of this crate.
#![allow(unsafe_code, reason = "wasmtime cannot check precompiled code; see each SAFETY")]

#[cfg(feature = "builtins")]
use std::collections::BTreeSet;
use std::ffi::c_void;
#[cfg(feature = "builtins")]
use std::fs::File;
#[cfg(feature = "builtins")]
use std::io::{self, Read as _};
#[cfg(feature = "builtins")]
use std::ptr::NonNull;
#[cfg(feature = "builtins")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "builtins")]
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::CustomCodeMemory;
#[cfg(feature = "builtins")]
use wasmtime::{Engine, component::Component};

#[cfg(feature = "builtins")]
use super::SandboxError;
#[cfg(feature = "builtins")]
use crate::digest::CodeDigest;

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
    let memory = NonNull::from(&artefact.0);
    // SAFETY: the bytes were made by `Engine::precompile_component` when this binary was built, and
    // are part of it: whoever can change them can change any code of this process. They live as long
    // as the process, and nothing writes to them: they are in a read-only section. wasmtime itself
    // checks that its version and settings are the ones that compiled them.
    unsafe { Component::deserialize_raw(engine, memory) }
        .map(|component| (component, Some(in_place)))
        .map_err(unusable)
}

/// What code lies in, and must outlive it.
#[derive(Debug)]
#[allow(dead_code, reason = "held until the code is dropped; nothing else is done with it")]
pub(super) enum Backing {
    /// An embedded artefact.
    InPlace(InPlace),
    /// One that was read from the store.
    #[cfg(feature = "builtins")]
    Own(Verified),
}

/// Memory of our own that an artefact was read into: anonymous, whole pages, shared with nobody. What
/// happens to the file from then on changes nothing here.
#[cfg(feature = "builtins")]
#[derive(Debug)]
pub(super) struct Pages {
    start: NonNull<c_void>,
    mapped: usize,
    length: usize,
}

// SAFETY: the memory belongs to this value alone, and is reached only through it.
#[cfg(feature = "builtins")]
unsafe impl Send for Pages {}
// SAFETY: as above; a shared reference only reads.
#[cfg(feature = "builtins")]
unsafe impl Sync for Pages {}

#[cfg(feature = "builtins")]
impl Pages {
    /// Reads exactly `length` bytes of a file; it is an error where it has fewer or more.
    pub(super) fn read(mut file: &File, length: usize) -> io::Result<Self> {
        let mut pages = Self::new(length)?;
        file.read_exact(pages.bytes_mut())?;
        match file.read(&mut [0])? {
            0 => Ok(pages),
            _ => Err(io::Error::other("it has become longer")),
        }
    }

    /// A copy of bytes.
    #[cfg(feature = "compile")]
    pub(super) fn copy(bytes: &[u8]) -> io::Result<Self> {
        let mut pages = Self::new(bytes.len())?;
        pages.bytes_mut().copy_from_slice(bytes);
        Ok(pages)
    }

    fn new(length: usize) -> io::Result<Self> {
        let mapped = length
            .max(1)
            .checked_next_multiple_of(rustix::param::page_size())
            .filter(|mapped| isize::try_from(*mapped).is_ok())
            .ok_or_else(|| io::Error::other("too large for memory"))?;
        let (access, flags) =
            (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::POPULATE);
        // SAFETY: a new mapping at an address that the kernel chooses changes no memory of ours.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), mapped, access, flags) }?;
        let start = NonNull::new(start).ok_or_else(|| io::Error::other("no memory"))?;
        Ok(Self { start, mapped, length })
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: `length` bytes from `start` are mapped and were set by the kernel (to zero), may be
        // written until `verify` takes the value, and nobody else has a reference to them.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.length) }
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: as above, and `self` is borrowed as long as they are.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }

    /// Makes the memory read-only, then hashes it: these very bytes are what is executed. The error is
    /// what they hash to, where that is another digest.
    pub(super) fn verify(self, wanted: &CodeDigest) -> io::Result<Result<Verified, CodeDigest>> {
        // SAFETY: the mapping is this value's own, and no reference to it is left.
        unsafe { mprotect(self.start.as_ptr(), self.mapped, MprotectFlags::READ) }?;
        let found = CodeDigest::of(self.bytes());
        Ok(if found == *wanted { Ok(Verified(self)) } else { Err(found) })
    }
}

#[cfg(feature = "builtins")]
impl Drop for Pages {
    fn drop(&mut self) {
        // That cannot fail for a whole mapping; if it did, memory would be lost and nothing else.
        // SAFETY: the mapping is this value's own, and whoever executes it keeps this value.
        let _ = unsafe { munmap(self.start.as_ptr(), self.mapped) };
    }
}

/// An artefact whose bytes have the digest that was asked for, and never change again.
#[cfg(feature = "builtins")]
#[derive(Debug)]
pub(super) struct Verified(Pages);

#[cfg(feature = "builtins")]
impl Verified {
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// Loads an artefact that was verified, from the bytes that were. The caller says that the digest was
/// a trusted one: of the store's record, or of what this process has just compiled.
#[cfg(feature = "builtins")]
pub(super) fn load_verified(
    engine: &Engine,
    artefact: Verified,
) -> Result<(Component, Backing), SandboxError> {
    let memory = NonNull::from(artefact.bytes());
    // SAFETY: the bytes were made by `Engine::precompile_component`: their digest is the one that was
    // recorded then, in a store that only trusted users can write. They are in memory of our own, read
    // only, and live as long as the `Backing` that the component is kept with.
    unsafe { Component::deserialize_raw(engine, memory) }
        .map(|component| (component, Backing::Own(artefact)))
        .map_err(|error| SandboxError::Unusable(format!("{error:#}")))
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
        // pages: of an embedded artefact, which has its pages to itself (`Embedded`), of a mapping of
        // ours (`Pages`), or of one that it made itself. Nobody writes to either any more.
        unsafe { mprotect(ptr.cast_mut().cast::<c_void>(), len, flags) }?;
        Ok(())
    }

    fn unpublish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        // SAFETY: as above; wasmtime calls this when no instance of the code is left.
        unsafe { mprotect(ptr.cast_mut().cast::<c_void>(), len, MprotectFlags::READ) }?;
        Ok(())
    }
}
