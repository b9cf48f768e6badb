//! From the digest of a modifier's wasm to its code, every step checked, and nothing executed before.

use super::super::SandboxError;
use super::super::artefact::{Pages, Verified};
use super::folder::{Folder, Opened, Seen};
use super::identity::{engine_of, own_engine};
use super::record::{self, Record};
use super::{Build, MOST_ARTEFACT, Store, StoreError, StoreProblem, record_name};
use crate::digest::Digest;

/// How often a modifier is looked for while writers replace it.
const TRIES: usize = 16;

impl Store {
    /// The record of a modifier, whole, but perhaps another build's; `None` where it is not there.
    pub fn record(&self, wasm: &Digest) -> Result<Option<Record>, StoreError> {
        match self.folder()? {
            Some(folder) => folder.record(wasm),
            None => Ok(None),
        }
    }

    /// Loads a modifier: `load` gets the verified artefact.
    pub(in super::super) fn load<T>(
        &self,
        wasm: &Digest,
        load: impl FnOnce(Verified) -> Result<T, SandboxError>,
    ) -> Result<T, StoreError> {
        let not_there = || StoreError::new(&self.dir, StoreProblem::NotThere(*wasm));
        let folder = self.folder()?.ok_or_else(not_there)?;
        let mut before = None;
        for _ in 0..TRIES {
            let record = folder.record(wasm)?.ok_or_else(not_there)?;
            folder.fits(&record)?;
            let name = record.artefact_name();
            let Some((pages, seen)) = folder.artefact(&record)? else {
                // A writer replaces the record before it removes the artefact of the old one.
                if before.replace(record.clone()) == Some(record) {
                    return Err(folder.error(&name, StoreProblem::Missing));
                }
                continue;
            };
            return load(pages).map_err(|error| match error {
                SandboxError::Unusable(_) => folder.refuse(&name, seen, error.into()),
                other => folder.error(&name, other.into()),
            });
        }
        Err(StoreError::system(&self.dir, "it changes faster than it can be read; try again"))
    }

    /// Whether a modifier could be loaded, as far as can be told without loading it.
    pub fn verify(&self, wasm: &Digest) -> Result<(), StoreError> {
        self.load(wasm, |_| Ok(()))
    }
}

impl Folder<'_> {
    pub(super) fn record(&self, wasm: &Digest) -> Result<Option<Record>, StoreError> {
        let name = record_name(wasm);
        let Some((bytes, seen)) = self.read(&name, record::MOST)? else {
            return Ok(None);
        };
        Record::decode(&bytes, wasm).map(Some).map_err(|problem| self.refuse(&name, seen, problem))
    }

    /// Whether this program may run what a record is of. What another build has compiled is no damage,
    /// and stays where it is.
    fn fits(&self, record: &Record) -> Result<(), StoreError> {
        let own = Build::own();
        let problem = if record.build != own {
            StoreProblem::Build { found: record.build.clone(), own }
        } else if Some(record.engine) != own_engine() {
            StoreProblem::Engine
        } else {
            return Ok(());
        };
        Err(self.error(&record_name(&record.wasm), problem))
    }

    /// The artefact of a record, its bytes in memory of our own and verified; `None` where it is not
    /// there.
    fn artefact(&self, record: &Record) -> Result<Option<(Verified, Seen)>, StoreError> {
        let name = record.artefact_name();
        let Some(Opened { file, length: found, seen }) = self.open(&name)? else {
            return Ok(None);
        };
        let recorded = record.length;
        if found != recorded || recorded > MOST_ARTEFACT {
            return Err(self.refuse(&name, seen, StoreProblem::Length { found, recorded }));
        }
        let length = usize::try_from(recorded).map_err(|error| self.system(&name, error))?;
        let pages = Pages::read(&file, length).map_err(|error| self.system(&name, error))?;
        let verified = pages
            .verify(&record.artefact)
            .map_err(|error| self.system(&name, error))?
            .map_err(|found| {
            self.refuse(
                &name,
                seen,
                StoreProblem::Digest {
                    found: found.to_string(),
                    recorded: record.artefact.to_string(),
                },
            )
        })?;
        // So that what wasmtime is asked to load is what the record says, whoever wrote the record.
        if engine_of(verified.bytes()) != Some(record.engine) {
            return Err(self.refuse(&name, seen, StoreProblem::Engine));
        }
        Ok(Some((verified, seen)))
    }
}
