//! The store: modifiers that were compiled ahead of time, in a folder that only trusted users can
//! write.
//!
//! One modifier is three files, named by the SHA-256 of its wasm:
//!
//! - `HEX.json`, the **record**: what it is, by which build it was compiled, and the digest and length
//!   of its artefact. It is written last: what has no record is not in the store;
//! - `HEX-ARTEFACT.cwasm`, the artefact, named by its own digest too, so that a new one never takes the
//!   place of one that is being read;
//! - `HEX.wasm`, the component itself, so that compiling it again depends on nothing else.
//!
//! Precompiled code is native code, which the engine does not check. So it is executed only if the
//! store belongs to trusted users, and every byte is the one that was recorded. Readers take no lock:
//! they see the old state or the new one, whole. Writers take turns.

mod error;
mod folder;
mod identity;
mod load;
mod look;
mod record;
#[cfg(feature = "compile")]
mod write;

pub use error::{StoreError, StoreProblem};
pub use identity::Build;
pub use look::Entry;
pub use record::Record;
#[cfg(feature = "compile")]
pub use write::Writer;

use std::path::{Path, PathBuf};

use crate::digest::{CodeDigest, Digest};
use crate::trust::Trust;

/// Bytes that a component may have.
pub const MOST_WASM: u64 = 64 << 20;
/// Bytes that an artefact may have.
pub const MOST_ARTEFACT: u64 = 512 << 20;

/// A store. Nothing is read before it is needed.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    trust: Trust,
    /// Whether what must not be used is taken out of the way.
    keeps_aside: bool,
}

impl Store {
    /// The store in a folder, which need not be there yet.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, trust: Trust) -> Self {
        Self { dir: dir.into(), trust, keeps_aside: true }
    }

    /// The same, only looked at: what must not be used is refused, and stays where it is.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { keeps_aside: false, ..self }
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

fn record_name(wasm: &Digest) -> String {
    format!("{}.json", wasm.hex())
}

#[cfg(feature = "compile")]
fn wasm_name(wasm: &Digest) -> String {
    format!("{}.wasm", wasm.hex())
}

fn artefact_name(wasm: &Digest, artefact: &CodeDigest) -> String {
    let (wasm, artefact) = (wasm.hex(), artefact.hex());
    // 64 bits tell files apart; what counts is the whole digest, which is in the record.
    format!("{wasm}-{}.cwasm", artefact.get(..16).unwrap_or_default())
}
