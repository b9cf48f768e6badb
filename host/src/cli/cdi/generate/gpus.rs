//! Where the inventory comes from: a file that was recorded, or the GPUs of this host.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use gantry::generate::{Host, nvml_library};
use gantry::gpu::{Inventory, Reader};

use super::super::failure::{Exit, Failure};
use super::super::input;
use super::super::options::Options;

/// The largest inventory that is read.
const MAX_INVENTORY: u64 = 8 * 1024 * 1024;

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
            let _ = known.set(Ok(Arc::new(read(path)?)));
        }
        Ok(Self { options, driver_root, known })
    }

    /// Never what is remembered: a spec is for later, and NVML for now.
    pub(super) fn inventory(&self) -> Result<Arc<Inventory>, String> {
        self.known.get_or_init(|| self.ask()).clone()
    }

    fn ask(&self) -> Result<Arc<Inventory>, String> {
        let nobody = || Err("looking for the library that knows them".to_owned());
        let library = Host::new(self.driver_root, self.driver_root, &nobody)
            .map_err(Into::into)
            .and_then(|mut host| nvml_library(&mut host))
            .map_err(|error| error.to_string())?;
        let config = self.options.config().map_err(|error| format!("{error:#}"))?.host;
        let reader = Reader {
            program: config.gpu_reader.unwrap_or_else(Reader::beside_this_program),
            library,
            timeout: config.gpu_timeout.0,
        };
        reader.read().map(Arc::new).map_err(|error| error.to_string())
    }
}

fn read(path: &Path) -> Result<Inventory, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let name = input::name(path).display();
        Failure::new(Exit::Invalid, format_args!("{name}: not an inventory: {why}"))
    };
    let bytes = input::read(path, MAX_INVENTORY)?
        .ok_or_else(|| wrong(&format_args!("larger than {MAX_INVENTORY} bytes")))?;
    let text = str::from_utf8(&bytes).map_err(|error| wrong(&error))?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| wrong(&error));
    }
    gantry::cdi::from_yaml(text).map_err(|error| wrong(&error))
}
