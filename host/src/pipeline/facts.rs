//! Facts of the host that stages may ask for, looked up when the first one asks and kept for the
//! rest of the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cdi::{
    Kind, LoadOptions, ParseOptions, Plan, QualifiedName, Registry, Unresolved, Wanted,
};
use crate::generate::has_tegra_files;
use crate::host_files::{FileError, HostFiles};
use crate::modifier::{Answer, Refused};

use super::config::{Config, Generate};
use super::inventory::Gpus;
use super::roots::Roots;
use crate::user_namespace::overflow_uid;

/// The host, as stages see it.
#[derive(Debug)]
pub struct Facts {
    driver_root: PathBuf,
    dev_root: PathBuf,
    spec_dirs: Vec<PathBuf>,
    load: LoadOptions,
    generate: Generate,
    gpus: Gpus,
    roots: Arc<Roots>,
}

impl Facts {
    /// The host that the configuration names. Nothing is read yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let roots = Arc::new(Roots::default());
        Self {
            driver_root: PathBuf::from(&config.host.driver_root),
            dev_root: PathBuf::from(&config.host.dev_root),
            spec_dirs: config.cdi.spec_dirs.clone(),
            load: LoadOptions {
                // Whoever can write a spec is root on the host: its hooks are run as root.
                require_trusted: true,
                parse: ParseOptions { unknown: config.cdi.unknown_fields, validator: None },
                index: config.cdi.index.clone(),
            },
            generate: config.generate.clone(),
            gpus: Gpus::new(config, Arc::clone(&roots)),
            roots,
        }
    }

    /// The files below a directory of the host.
    pub(super) fn files(&self, root: &Path) -> Result<Arc<dyn HostFiles>, FileError> {
        self.roots.files(root)
    }

    /// Whether this process, and so the low-level runtime, is in a user namespace.
    pub(super) fn is_in_user_namespace() -> bool {
        overflow_uid().is_some()
    }

    pub(super) fn driver_root(&self) -> &Path {
        &self.driver_root
    }

    pub(super) fn dev_root(&self) -> &Path {
        &self.dev_root
    }

    /// The GPUs. Nothing is read before somebody asks.
    pub(super) fn gpus(&self) -> &Gpus {
        &self.gpus
    }

    /// How devices are made just in time.
    pub(super) fn generate(&self) -> &Generate {
        &self.generate
    }

    /// What these CDI devices change. The specs are read anew: a create sees what is on disk.
    pub(super) fn resolve(&self, names: &[QualifiedName]) -> Result<Plan, Unresolved> {
        self.registry(Wanted::Devices(names)).resolve(names)
    }

    /// The qualified names of the CDI devices of one kind, sorted.
    pub(super) fn devices_of(&self, kind: &Kind) -> Vec<String> {
        let registry = self.registry(Wanted::Kinds(std::slice::from_ref(kind)));
        registry.devices().filter(|name| name.kind() == *kind).map(ToString::to_string).collect()
    }

    fn registry(&self, wanted: Wanted<'_>) -> Registry {
        let registry = Registry::load_for(&self.spec_dirs, wanted, &self.load);
        for file in registry.files() {
            for warning in &file.warnings {
                tracing::warn!(file = %file.path.display(), "{warning}");
            }
        }
        registry
    }

    pub(super) fn kernel_release() -> String {
        rustix::system::uname().release().to_string_lossy().into_owned()
    }

    pub(super) fn has_tegra_files(&self) -> Answer<bool> {
        let host = self.files(Path::new("/"));
        host.and_then(|host| has_tegra_files(&*host)).map_err(|error| failed(&error))
    }

    /// Whether the driver root has something, or else the host itself.
    pub(super) fn has(&self, it: fn(&dyn HostFiles) -> Result<bool, FileError>) -> Answer<bool> {
        let there = |root: &Path| {
            let files = self.files(root);
            files.and_then(|files| it(&*files)).map_err(|error| failed(&error))
        };
        let host = Path::new("/");
        Ok(there(&self.driver_root)? || (self.driver_root != host && there(host)?))
    }
}

/// A file error in the contract's terms.
pub(super) fn failed(error: &FileError) -> Refused {
    match error {
        FileError::Absent { .. } => Refused::Absent(error.to_string()),
        FileError::Invalid { .. } => Refused::Invalid(error.to_string()),
        FileError::Failed { .. } => Refused::Failed(error.to_string()),
    }
}
