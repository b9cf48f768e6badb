//! The inventory of GPUs for one run: asked for when something depends on it, and then at most once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::generate::{self, GenerateError, fingerprint, nvml_library};
use crate::gpu::cache::Cache;
use crate::gpu::{Driver, Gpu, Inventory, InventoryError, Reader, Refusal};
use crate::modifier::{Answer, Refused};

use super::config::{Config, Environment, Host};
use super::roots::Roots;

/// The inventory of GPUs for one run.
#[derive(Debug)]
pub(super) struct Gpus {
    host: Host,
    library_search_paths: Vec<String>,
    roots: Arc<Roots>,
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
    pub(super) fn new(config: &Config, roots: Arc<Roots>) -> Self {
        let library_search_paths = config.generate.library_search_paths.clone();
        Self { host: config.host.clone(), library_search_paths, roots, known: OnceLock::new() }
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

    fn read(&self) -> Answer<Known> {
        let failed = |error: GenerateError| Refused::Failed(error.to_string());
        let reader = Reader {
            program: self.host.gpu_reader.clone().unwrap_or_else(Reader::beside_this_program),
            library: self.library().map_err(failed)?,
            timeout: self.host.gpu_timeout.0,
        };
        let (inventory, is_cached) = match self.cache() {
            Some(cache) => cache
                .inventory(|| fingerprint(Path::new("/"), &reader), &reader)
                .map(|known| (known.inventory, known.is_cached)),
            None => reader.read().map(|inventory| (inventory, false)),
        }
        .map_err(|error| refused(&error))?;
        Ok(Known { inventory: Arc::new(inventory), is_cached })
    }

    /// The file that remembers the inventory, if there is to be one.
    fn cache(&self) -> Option<Cache> {
        let mut path = self.host.gpu_cache.clone()?;
        let environment = Environment::of_process();
        // Root's is not for others.
        if environment.is_rootless() && Cache::usual_path(false, None).as_ref() == Some(&path) {
            let runtime_dir = std::env::var_os("XDG_RUNTIME_DIR");
            path = Cache::usual_path(true, runtime_dir.as_deref())?;
        }
        Some(Cache::new(path, environment.trust()))
    }

    /// The driver root's own library; `None`: where the dynamic linker finds one.
    fn library(&self) -> Result<Option<PathBuf>, GenerateError> {
        let Host { driver_root, dev_root, .. } = &self.host;
        let gpus = || Err("the GPUs are what is looked for".to_owned());
        let open = |root: &Path| self.roots.files(root);
        let mut host = generate::Host::over(driver_root, dev_root, open, &gpus)?;
        nvml_library(&mut host, &self.library_search_paths)
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
        let failed = inventory.failures();
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

/// Why there is no inventory, in the contract's terms: a host without a driver has none.
fn refused(error: &InventoryError) -> Refused {
    let why = error.to_string();
    match error {
        InventoryError::Refused { refusal: Refusal::NotLoaded | Refusal::NoDriver, .. } => {
            Refused::Absent(why)
        }
        InventoryError::TimedOut { .. } => Refused::TimedOut(why),
        _ => Refused::Failed(why),
    }
}
