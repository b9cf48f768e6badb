//! The inventory of the last time, kept in a file, for as long as nothing has changed that it depends on.
//!
//! Waking the driver takes from a tenth of a second to seconds, and a container is waiting. The file is
//! believed only where nobody but root (or, rootless, the user) can have written it; whatever is wrong
//! with it makes it worthless, and is no error.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::InventoryError;
use super::fingerprint::Fingerprint;
use super::inventory::Inventory;
use super::reader::Reader;
use crate::trust::Trust;

/// The largest file that is read or written.
const MOST: u64 = 2 << 20;

/// A file that keeps the inventory.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    trust: Trust,
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept<F, I> {
    fingerprint: F,
    inventory: I,
}

/// An inventory, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The inventory.
    pub inventory: Inventory,
    /// Whether it was kept from another time; else NVML was asked.
    pub is_cached: bool,
}

impl Cache {
    /// The cache in this file, which these users may have written.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, trust: Trust) -> Self {
        Self { path: path.into(), trust }
    }

    /// Where the file is: `/run/gantry/inventory.json`; rootless, below the user's `XDG_RUNTIME_DIR`.
    /// `None` where that is not set.
    #[must_use]
    pub fn usual_path(is_rootless: bool, runtime_dir: Option<&OsStr>) -> Option<PathBuf> {
        let dir = if is_rootless {
            // A relative path is to be ignored (XDG Base Directory Specification).
            runtime_dir.map(Path::new).filter(|dir| dir.is_absolute())?
        } else {
            Path::new("/run")
        };
        Some(dir.join("gantry/inventory.json"))
    }

    /// The inventory that is kept, if nothing has changed, and else the one that is read, which is then
    /// kept. `fingerprint` looks at the host; where it finds nothing to go by, nothing is kept. An
    /// inventory with a GPU or MIG device that failed is not kept either: the next time it may have recovered.
    pub fn inventory(
        &self,
        fingerprint: impl Fn() -> Option<Fingerprint>,
        reader: &Reader,
    ) -> Result<Known, InventoryError> {
        let before = fingerprint();
        if let Some(inventory) = before.as_ref().and_then(|now| self.load(now)) {
            return Ok(Known { inventory, is_cached: true });
        }
        let inventory = reader.read()?;
        // What has changed meanwhile is in the inventory or not, and nobody knows.
        if let Some(before) = before
            && inventory.is_whole()
            && fingerprint().as_ref() == Some(&before)
        {
            self.store(&before, &inventory);
        }
        Ok(Known { inventory, is_cached: false })
    }

    fn load(&self, now: &Fingerprint) -> Option<Inventory> {
        let path = self.path.display();
        // Where it is to be is told by the configuration, and a link there is somebody's doing.
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| !metadata.is_file()) {
            tracing::warn!(%path, "the cached inventory of GPUs is not a file; it is not used");
            return None;
        }
        let bytes = match self.trust.read(&self.path, MOST) {
            Ok(bytes) => bytes?,
            Err(error) => {
                tracing::warn!(%error, "the cached inventory of GPUs is not used");
                return None;
            }
        };
        let kept: Kept<Fingerprint, Inventory> = match serde_json::from_slice(&bytes) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%path, %error, "the cached inventory of GPUs is broken; it is not used");
                return None;
            }
        };
        if let Some(changed) = now.difference(&kept.fingerprint) {
            tracing::debug!(%path, changed, "the cached inventory of GPUs is not used");
            return None;
        }
        // Never written so.
        kept.inventory.is_whole().then_some(kept.inventory)
    }

    fn store(&self, fingerprint: &Fingerprint, inventory: &Inventory) {
        if let Err(error) = self.write(&Kept { fingerprint, inventory }) {
            let path = self.path.display();
            tracing::debug!(%path, %error, "the inventory of GPUs cannot be cached");
        }
    }

    fn write(&self, kept: &Kept<&Fingerprint, &Inventory>) -> io::Result<()> {
        let text = serde_json::to_vec(kept)?;
        if text.len() as u64 > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let (Some(dir), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        DirBuilder::new().recursive(true).mode(0o755).create(dir)?;
        // Who can change the directory could lead us anywhere with it.
        self.trust.look(dir).map_err(io::Error::other)?;
        // Another process, or another thread of this one, has another name for its own.
        let unique = RandomState::new().hash_one(std::process::id());
        let fresh = dir.join(format!(".{}.{unique:016x}", name.to_string_lossy()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&fresh, &self.path));
        if written.is_err() {
            // It may not have come to be.
            let _ = fs::remove_file(&fresh);
        }
        written
    }
}

#[cfg(test)]
mod tests;
