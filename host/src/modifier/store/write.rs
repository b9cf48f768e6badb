//! Changing the store: each change is one rename, of the record. What is interrupted before leaves the
//! old state, and files that belong to nothing, which the next writer removes.

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::folder::{Folder, LOCK, REFUSED};
use super::identity::{engine_of, own_engine};
use super::look::digest;
use super::record::Record;
use super::{MOST_WASM, Store, StoreError, StoreProblem, record_name, wasm_name};
use crate::digest::{CodeDigest, Digest};

/// Names of files that are being written.
const TEMPORARY: &str = ".new-";

/// The only one that changes the store, as long as it lives.
pub struct Writer<'a> {
    folder: Folder<'a>,
    _lock: File,
}

impl std::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("dir", &self.folder.store.dir).finish_non_exhaustive()
    }
}

impl Store {
    /// Makes the folder where it is not there, waits for other writers, and removes what interrupted
    /// ones have left.
    pub fn writer(&self) -> Result<Writer<'_>, StoreError> {
        if self.folder()?.is_none() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(&self.dir)
                .map_err(|error| StoreError::system(&self.dir, error))?;
        }
        let folder = self.folder()?.ok_or_else(|| {
            StoreError::system(&self.dir, "it was removed as soon as it was made")
        })?;
        let lock = folder.lock(true)?.ok_or_else(|| StoreError::system(&self.dir, "locked"))?;
        let writer = Writer { folder, _lock: lock };
        writer.clean()?;
        Ok(writer)
    }

    /// The wasm of a modifier, as it was added; `None` where it is not there.
    pub fn wasm(&self, wasm: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(folder) = self.folder()? else {
            return Ok(None);
        };
        let name = wasm_name(wasm);
        let Some((bytes, seen)) = folder.read(&name, MOST_WASM)? else {
            return Ok(None);
        };
        let found = Digest::of(&bytes);
        if found == *wasm {
            Ok(Some(bytes))
        } else {
            Err(folder.refuse(
                &name,
                seen,
                StoreProblem::Digest { found: found.to_string(), recorded: wasm.to_string() },
            ))
        }
    }
}

impl Writer<'_> {
    /// Puts a modifier into the store, or another artefact in the place of its old one. Digests, length
    /// and engine of the record are set here. What fails leaves nothing behind: the disk may be full.
    pub fn put(&self, record: Record, wasm: &[u8], artefact: &[u8]) -> Result<Record, StoreError> {
        self.put_all(record, wasm, artefact).inspect_err(|_| {
            // The error that counts is the first one; the next writer cleans up again.
            let _ = self.clean();
        })
    }

    fn put_all(
        &self,
        mut record: Record,
        wasm: &[u8],
        artefact: &[u8],
    ) -> Result<Record, StoreError> {
        record.wasm = Digest::of(wasm);
        record.artefact = CodeDigest::of(artefact);
        record.length = artefact.len() as u64;
        let name = record.artefact_name();
        // What this build compiles must be what this build runs.
        record.engine = engine_of(artefact)
            .filter(|engine| Some(*engine) == own_engine())
            .ok_or_else(|| self.folder.error(&name, StoreProblem::Engine))?;
        let text = record.encode().map_err(|problem| self.folder.error(&name, problem))?;
        self.write(&name, artefact)?;
        self.write(&wasm_name(&record.wasm), wasm)?;
        self.sync()?;
        self.write(&record_name(&record.wasm), &text)?;
        self.sync()?;
        self.forget(&format!("{}{REFUSED}", record_name(&record.wasm)))?;
        self.clean()?;
        Ok(record)
    }

    /// Takes a modifier out of the store, with what was kept aside of it. Whether it was there.
    pub fn remove(&self, wasm: &Digest) -> Result<bool, StoreError> {
        // The record first: without it, the rest is nothing.
        let mut found = self.forget(&record_name(wasm))?;
        self.sync()?;
        let hex = wasm.hex();
        for name in self.folder.store.names()? {
            if name.starts_with(&hex) {
                found |= self.forget(&name)?;
            }
        }
        Ok(found)
    }

    /// Removes what belongs to no record: what interrupted writers left, and artefacts that were
    /// replaced.
    fn clean(&self) -> Result<(), StoreError> {
        let names = self.folder.store.names()?;
        let has = |name: &str| names.binary_search_by(|one| one.as_str().cmp(name)).is_ok();
        for name in &names {
            let left = if name.starts_with(TEMPORARY) {
                true
            } else if let Some(wasm) = name.strip_suffix(".wasm").and_then(digest) {
                // A record that was kept aside is made again from the wasm.
                let record = record_name(&wasm);
                !has(&record) && !has(&format!("{record}{REFUSED}"))
            } else if let Some((wasm, _)) = artefact_of(name) {
                // One that cannot be read may be mended; until then its artefact is kept.
                let record = self.folder.record(&wasm);
                record
                    .is_ok_and(|record| record.is_none_or(|record| record.artefact_name() != *name))
            } else {
                false
            };
            if left && name != LOCK {
                self.forget(name)?;
            }
        }
        Ok(())
    }

    /// Writes a file whole: under a temporary name, then renamed.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = format!("{TEMPORARY}{name}");
        let failed = |error: std::io::Error| self.folder.system(name, error);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
        let fd = &self.folder.fd;
        let file = rustix::fs::openat(fd, &temporary, flags, mode);
        let mut file = file.map(File::from).map_err(|errno| failed(errno.into()))?;
        // Whatever the umask: who may create containers may read it, and nobody else may write it.
        rustix::fs::fchmod(&file, mode).map_err(|errno| failed(errno.into()))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        rustix::fs::renameat(fd, &temporary, fd, name).map_err(|errno| failed(errno.into()))
    }

    fn sync(&self) -> Result<(), StoreError> {
        rustix::fs::fsync(&self.folder.fd)
            .map_err(|errno| StoreError::system(&self.folder.store.dir, errno))
    }

    /// Removes a file. Whether it was there.
    fn forget(&self, name: &str) -> Result<bool, StoreError> {
        match rustix::fs::unlinkat(&self.folder.fd, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.folder.system(name, errno)),
        }
    }
}

/// The digest and the rest of an artefact's name.
fn artefact_of(name: &str) -> Option<(Digest, &str)> {
    let (wasm, rest) = name.strip_suffix(".cwasm")?.split_once('-')?;
    Some((digest(wasm)?, rest))
}
