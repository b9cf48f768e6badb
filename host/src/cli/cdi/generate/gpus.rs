//! Where the inventory comes from: a file that was recorded, or the GPUs of this host.

use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::sync::Arc;

use gantry::gpu::{Inventory, Reading};
use gantry::host_files::HostFiles;

use super::super::failure::Failure;
use super::super::options::Options;
use crate::gpu::source::{self, Host};

/// The inventory, asked for at most once.
pub(super) struct Gpus<'a> {
    options: &'a Options,
    driver_root: &'a str,
    /// The files below it, if they can be opened.
    files: Option<Arc<dyn HostFiles>>,
    library_search_paths: &'a [String],
    /// The GPUs are asked, and have not answered.
    reading: Cell<Option<Reading>>,
    known: OnceCell<Result<Arc<Inventory>, String>>,
}

impl<'a> Gpus<'a> {
    /// Those of a file, which is read at once, so that a broken one is an error in every mode; without one,
    /// those of this host.
    pub(super) fn new(
        file: Option<&Path>,
        driver_root: &'a str,
        files: Option<Arc<dyn HostFiles>>,
        library_search_paths: &'a [String],
        options: &'a Options,
    ) -> Result<Self, Failure> {
        let known = OnceCell::new();
        if let Some(path) = file {
            // It is empty.
            let _ = known.set(Ok(Arc::new(source::file(path)?)));
        }
        Ok(Self {
            options,
            driver_root,
            files,
            library_search_paths,
            reading: Cell::new(None),
            known,
        })
    }

    /// Never what is remembered: a spec is for later, and NVML for now.
    fn ask(&self) -> Result<Reading, String> {
        let config = self.options.config().map_err(|error| format!("{error:#}"))?;
        let driver_root = Some(Path::new(self.driver_root));
        let library_search_paths = self.library_search_paths;
        let files = self.files.clone();
        let host = Host { driver_root, library_search_paths, library: None, timeout: None, files };
        host.start(&config).map_err(|error| error.to_string())
    }
}

impl gantry::generate::Gpus for Gpus<'_> {
    fn inventory(&self) -> Result<Arc<Inventory>, String> {
        let answer = || {
            let reading = self.reading.take().map_or_else(|| self.ask(), Ok)?;
            reading.finish().map(Arc::new).map_err(|error| error.to_string())
        };
        self.known.get_or_init(answer).clone()
    }

    fn start(&self) -> bool {
        if self.known.get().is_some() {
            return false;
        }
        match self.ask() {
            Ok(reading) => {
                self.reading.set(Some(reading));
                true
            }
            Err(why) => {
                // It is empty.
                let _ = self.known.set(Err(why));
                false
            }
        }
    }
}
