//! The host that a spec is made for: its files, for discovery, and its GPUs.

use std::path::Path;
use std::sync::Arc;

use gantry_discovery::{Architecture, Entry, FileKind, Files, Root, followed};

use super::error::GenerateError;
use crate::gpu::Inventory;
use crate::host_files::{FileError, HostFiles, Pattern, glob, read_up_to, soname};

/// Entries that one glob may find or look at.
const GLOB_ENTRIES: usize = 16 * 1024;

/// Links that are followed in one chain, as in Linux.
const MOST_LINKS: usize = 40;

/// Who knows the GPUs; asked at most once, and only when it matters. A function that asks will do.
pub trait Gpus {
    /// The inventory; `Err` says why it cannot be had.
    fn inventory(&self) -> Result<Arc<Inventory>, String>;

    /// Begins to ask, if that takes time. Whether there is time to do something else until the answer.
    fn start(&self) -> bool {
        false
    }
}

impl<F: Fn() -> Result<Arc<Inventory>, String>> Gpus for F {
    fn inventory(&self) -> Result<Arc<Inventory>, String> {
        self()
    }
}

/// The host that a spec is made for.
pub struct Host<'a> {
    /// Where the driver's files are: a path of the host, absolute and normal.
    pub driver_root: String,
    /// Where the device nodes are.
    pub dev_root: String,
    /// The files below the driver root.
    pub driver: Arc<dyn HostFiles>,
    /// The files below the device root.
    pub dev: Arc<dyn HostFiles>,
    /// The files of the host itself.
    pub host: Arc<dyn HostFiles>,
    /// Its GPUs.
    pub gpus: &'a dyn Gpus,
    /// The machine's architecture; `None` for one that has no driver.
    pub architecture: Option<Architecture>,
    /// As `uname -r` prints it.
    pub kernel_release: String,
    /// What was looked for and is not there.
    pub warnings: Vec<String>,
}

impl std::fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("driver_root", &self.driver_root)
            .field("dev_root", &self.dev_root)
            .finish_non_exhaustive()
    }
}

impl<'a> Host<'a> {
    /// This machine, its driver and device nodes below these roots, which `open` opens, or has opened.
    pub fn over(
        driver_root: &str,
        dev_root: &str,
        open: impl Fn(&Path) -> Result<Arc<dyn HostFiles>, FileError>,
        gpus: &'a dyn Gpus,
    ) -> Result<Self, FileError> {
        let open = |root: &str| open(Path::new(root));
        let driver = open(driver_root)?;
        let dev = if dev_root == driver_root { Arc::clone(&driver) } else { open(dev_root)? };
        let host = match "/" {
            root if root == driver_root => Arc::clone(&driver),
            root if root == dev_root => Arc::clone(&dev),
            root => open(root)?,
        };
        Ok(Self {
            driver_root: driver_root.to_owned(),
            dev_root: dev_root.to_owned(),
            driver,
            dev,
            host,
            gpus,
            architecture: Architecture::from_name(std::env::consts::ARCH),
            kernel_release: rustix::system::uname().release().to_string_lossy().into_owned(),
            warnings: Vec::new(),
        })
    }

    /// The inventory of GPUs.
    pub fn inventory(&self) -> Result<Arc<Inventory>, GenerateError> {
        self.gpus.inventory().map_err(GenerateError::Inventory)
    }

    /// The path on the host of a path below a root.
    pub(super) fn host_path(&self, root: Root, path: &str) -> String {
        let root = match root {
            Root::Driver => &self.driver_root,
            Root::Dev => &self.dev_root,
            Root::Own(_) => "/",
        };
        [root.trim_end_matches('/'), path].concat()
    }

    /// An error of a file below a root, by its path on the host.
    fn told(&self, root: Root, error: FileError) -> GenerateError {
        error.below(&self.host_path(root, "")).into()
    }

    /// Whether a link below a driver root names an absolute path. What mounts it later follows it on the
    /// host, where it leads elsewhere than in the root; so it leads nowhere.
    fn leads_out(&self, path: &str) -> Result<bool, FileError> {
        if self.driver_root == "/" {
            return Ok(false);
        }
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let is_link = |entry: Entry| entry.kind == FileKind::Link;
            if !there(self.driver.lstat(&path))?.is_some_and(is_link) {
                return Ok(false);
            }
            let target = self.driver.read_link(&path)?;
            if target.starts_with('/') {
                return Ok(true);
            }
            path = followed(&path, &target);
        }
        Ok(true)
    }

    fn files(&self, root: Root) -> Arc<dyn HostFiles> {
        Arc::clone(match root {
            Root::Driver => &self.driver,
            Root::Dev => &self.dev,
            Root::Own(_) => &self.host,
        })
    }
}

impl Files for Host<'_> {
    type Error = GenerateError;

    fn glob(&mut self, root: Root, pattern: &str) -> Result<Vec<Entry>, GenerateError> {
        let pattern = Pattern::parse(pattern).map_err(|error| error.to_string())?;
        let found = glob(&*self.files(root), &pattern, GLOB_ENTRIES);
        found.map_err(|error| self.told(root, error))
    }

    fn stat(&mut self, root: Root, paths: &[&str]) -> Result<Vec<Option<Entry>>, GenerateError> {
        let entries = self.files(root).lstats(paths);
        let told = |error| self.told(root, error);
        entries.into_iter().map(|entry| there(entry).map_err(told)).collect()
    }

    fn read_link(&mut self, root: Root, path: &str) -> Result<String, GenerateError> {
        self.files(root).read_link(path).map_err(|error| self.told(root, error))
    }

    fn resolve(&mut self, root: Root, path: &str) -> Result<Option<String>, GenerateError> {
        let told = |error| self.told(root, error);
        if root == Root::Driver && self.leads_out(path).map_err(told)? {
            return Ok(None);
        }
        there(self.files(root).resolve(path)).map_err(told)
    }

    fn read(
        &mut self,
        root: Root,
        path: &str,
        most: u32,
    ) -> Result<Option<Vec<u8>>, GenerateError> {
        let read = read_up_to(&*self.files(root), path, most as usize);
        there(read).map_err(|error| self.told(root, error))
    }

    fn soname(&mut self, root: Root, path: &str) -> Result<Option<String>, GenerateError> {
        let soname = there(soname(&*self.files(root), path));
        soname.map(Option::flatten).map_err(|error| self.told(root, error))
    }

    fn warn(&mut self, message: &str) {
        self.warnings.push(message.to_owned());
    }
}

/// Nothing for what is not there, or is of another kind.
fn there<T>(result: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(FileError::Absent { .. } | FileError::Invalid { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
