//! Where the inventory comes from: a file that was recorded, or the GPUs of this host.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use gantry::gpu::Inventory;

use super::super::failure::Failure;
use super::super::options::Options;
use crate::gpu::source::{self, Host};

/// The inventory, asked for at most once.
pub(super) struct Gpus<'a> {
    options: &'a Options,
    driver_root: &'a str,
    known: OnceCell<Result<Arc<Inventory>, String>>,
}

impl<'a> Gpus<'a> {
    /// Those of a file, which is read at once, so that a broken one is an error in every mode; without one,
    /// those of this host.
    pub(super) fn new(
        file: Option<&Path>,
        driver_root: &'a str,
        options: &'a Options,
    ) -> Result<Self, Failure> {
        let known = OnceCell::new();
        if let Some(path) = file {
            // It is empty.
            let _ = known.set(Ok(Arc::new(source::file(path)?)));
        }
        Ok(Self { options, driver_root, known })
    }

    /// Never what is remembered: a spec is for later, and NVML for now.
    pub(super) fn inventory(&self) -> Result<Arc<Inventory>, String> {
        self.known.get_or_init(|| self.ask()).clone()
    }

    fn ask(&self) -> Result<Arc<Inventory>, String> {
        let config = self.options.config().map_err(|error| format!("{error:#}"))?;
        let driver_root = Some(Path::new(self.driver_root));
        let host = Host { driver_root, library: None, timeout: None };
        host.inventory(&config).map(Arc::new).map_err(|error| error.to_string())
    }
}
