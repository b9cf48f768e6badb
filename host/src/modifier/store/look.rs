//! What is in the store, for people.

use rustix::fs::Dir;

use super::record::Record;
use super::{Store, StoreError, StoreProblem};
use crate::digest::Digest;

/// One modifier of the store.
#[derive(Debug)]
pub struct Entry {
    /// The digest of its wasm.
    pub wasm: Digest,
    /// Its record, or what is wrong with it.
    pub record: Result<Record, StoreError>,
}

impl Store {
    /// The modifiers of the store, by digest. None where there is no store.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let Some(folder) = self.folder()? else {
            return Ok(Vec::new());
        };
        let mut digests: Vec<Digest> = self
            .names()?
            .iter()
            // A record that was taken out leaves a modifier that can be mended.
            .filter_map(|name| {
                name.strip_suffix(".json").or_else(|| name.strip_suffix(".json.refused"))
            })
            .filter_map(digest)
            .collect();
        digests.sort();
        digests.dedup();
        let entry = |wasm| {
            let record = folder.record(&wasm).and_then(|record| {
                record.ok_or_else(|| StoreError::new(&self.dir, StoreProblem::NotThere(wasm)))
            });
            Entry { wasm, record }
        };
        Ok(digests.into_iter().map(entry).collect())
    }

    /// The names of the files of the store, in byte order.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let Some(folder) = self.folder()? else {
            return Ok(Vec::new());
        };
        let failed = |errno| StoreError::system(&self.dir, errno);
        let mut names = Vec::new();
        for entry in Dir::read_from(&folder.fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            names.extend(entry.file_name().to_str().ok().map(ToOwned::to_owned));
        }
        names.sort();
        Ok(names)
    }
}

/// The digest that 64 lower-case hex digits are.
pub(super) fn digest(hex: &str) -> Option<Digest> {
    let digest: Digest = format!("sha256:{hex}").parse().ok()?;
    (digest.hex() == hex).then_some(digest)
}
