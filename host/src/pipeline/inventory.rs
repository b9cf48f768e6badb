//! The inventory of GPUs for one run: asked for when something depends on it, and then at most once.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::gpu::{Driver, Gpu, Inventory};
use crate::modifier::{Answer, Refused};

use super::config::Host;

/// The inventory of GPUs for one run.
#[derive(Debug)]
#[allow(dead_code, reason = "until the reader is here")]
pub(super) struct Gpus {
    reader: Option<PathBuf>,
    timeout: Duration,
    cache: Option<PathBuf>,
    known: OnceLock<Answer<Known>>,
}

/// An inventory, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) inventory: Arc<Inventory>,
    /// Whether it was remembered; else the driver was asked just now.
    pub(super) is_cached: bool,
}

impl Gpus {
    /// Nothing is read yet.
    pub(super) fn new(host: &Host) -> Self {
        Self {
            reader: host.gpu_reader.clone(),
            timeout: host.gpu_timeout.0,
            cache: host.gpu_cache.clone(),
            known: OnceLock::new(),
        }
    }

    /// Whether somebody has asked, with or without success.
    pub(super) fn was_asked(&self) -> bool {
        self.known.get().is_some()
    }

    /// The inventory, if somebody has asked for it and it could be had.
    pub(super) fn known(&self) -> Option<&Known> {
        self.known.get()?.as_ref().ok()
    }

    /// The inventory.
    pub(super) fn inventory(&self) -> Answer<Arc<Inventory>> {
        let known = self.known.get_or_init(|| self.read());
        known.as_ref().map(|known| Arc::clone(&known.inventory)).map_err(Clone::clone)
    }

    #[allow(clippy::unused_self, reason = "until the reader is here")]
    fn read(&self) -> Answer<Known> {
        Err(Refused::Failed("this version of gantry does not read the GPUs of the host yet".into()))
    }

    /// The driver.
    pub(super) fn driver(&self) -> Answer<Driver> {
        let absent =
            || Refused::Absent("NVML does not tell the driver's version, or CUDA's".into());
        self.inventory()?.driver().ok_or_else(absent)
    }

    /// The GPUs that NVML can describe. Those that it cannot are nobody's answer: they are left out with a
    /// warning, and an error where there is no other.
    pub(super) fn gpus(&self) -> Answer<Vec<Gpu>> {
        let inventory = self.inventory()?;
        let failed = inventory.failed.iter();
        let failed: Vec<_> = failed.map(|gpu| format!("GPU {}: {}", gpu.index, gpu.why)).collect();
        if failed.is_empty() {
            return Ok(inventory.gpus.clone());
        }
        let failed = format!("NVML cannot describe {}", failed.join("; "));
        if inventory.gpus.is_empty() {
            return Err(Refused::Failed(failed));
        }
        tracing::warn!("{failed}");
        Ok(inventory.gpus.clone())
    }
}
