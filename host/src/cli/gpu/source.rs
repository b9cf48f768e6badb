//! Where an inventory comes from: this host's GPUs, or a file that was recorded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gantry::generate::{self, nvml_library};
use gantry::gpu::{Inventory, Reader, Reading};
use gantry::host_files::{FileError, HostFiles, Opened};
use gantry::path::clean;
use gantry::pipeline::config::{Config, Time};

use crate::cdi::failure::{Exit, Failure};
use crate::cdi::input;

/// The largest inventory that is read.
const MOST: u64 = 8 << 20;

/// This host's GPUs; what is not given is as the configuration has it.
pub(crate) struct Host<'a> {
    pub(crate) driver_root: Option<&'a Path>,
    /// Where libraries are looked for, and nowhere else; none: where drivers are installed.
    pub(crate) library_search_paths: &'a [String],
    pub(crate) library: Option<&'a Path>,
    pub(crate) timeout: Option<Time>,
    /// The files below the driver root, if somebody has opened them.
    pub(crate) files: Option<Arc<dyn HostFiles>>,
}

impl Host<'_> {
    /// What NVML tells now.
    pub(crate) fn inventory(&self, config: &Config) -> Result<Inventory, Failure> {
        self.start(config)?.finish().map_err(could_not)
    }

    /// Begins to ask NVML.
    pub(crate) fn start(&self, config: &Config) -> Result<Reading, Failure> {
        let library = match self.library {
            Some(library) => Some(std::path::absolute(library).map_err(could_not)?),
            None => self.find_library(config)?,
        };
        let reader = Reader {
            program: config.host.gpu_reader.clone().unwrap_or_else(Reader::beside_this_program),
            library,
            timeout: self.timeout.unwrap_or(config.host.gpu_timeout).0,
        };
        reader.start().map_err(could_not)
    }

    fn find_library(&self, config: &Config) -> Result<Option<PathBuf>, Failure> {
        let root = match self.driver_root {
            Some(root) => {
                let root = std::path::absolute(root).map_err(could_not)?;
                let Some(text) = root.to_str() else {
                    return Err(Failure::usage("--driver-root: the path is not UTF-8"));
                };
                clean(text).into_owned()
            }
            None => config.host.driver_root.clone(),
        };
        let no_gpus = || Err("they are not asked to find the library".to_owned());
        let open = |path: &Path| match &self.files {
            Some(files) if path == Path::new(&root) => Ok(Arc::clone(files)),
            _ => open(path),
        };
        let host = generate::Host::over(&root, &root, open, &no_gpus);
        nvml_library(&mut host.map_err(could_not)?, self.library_search_paths).map_err(could_not)
    }
}

/// Opens a root, for many questions.
pub(crate) fn open(root: &Path) -> Result<Arc<dyn HostFiles>, FileError> {
    Ok(Arc::new(Opened::new(root)?))
}

/// A file, `-` for stdin: JSON where it begins with a brace, else YAML.
pub(crate) fn file(path: &Path) -> Result<Inventory, Failure> {
    let invalid = |why: &dyn std::fmt::Display| {
        let name = input::name(path).display();
        Failure::new(Exit::Invalid, format_args!("{name}: not an inventory: {why}"))
    };
    let bytes = input::read(path, MOST)?
        .ok_or_else(|| invalid(&format_args!("larger than {} MiB", MOST >> 20)))?;
    let text = str::from_utf8(&bytes).map_err(|error| invalid(&error))?;
    let inventory: Inventory = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| invalid(&error))?
    } else {
        gantry::cdi::from_yaml(text).map_err(|error| invalid(&error))?
    };
    inventory.check().map_err(|why| invalid(&why))?;
    Ok(inventory)
}

fn could_not(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::CouldNot, error)
}
