//! Reading the host: what kind of machine it is, its GPUs, its CDI devices, and files below named
//! roots.

use std::path::Path;
use std::sync::Arc;

use crate::cdi::NameError;
use crate::generate::{has_dxcore, has_nvml};
use crate::gpu::{Driver, Gpu};
use crate::host_files::{Entry, FileError, HostFiles, Pattern, glob, soname};
use crate::modifier::{Answer, ReadHost, Refused};

use super::super::facts::{Facts, failed};
use super::super::grants::{GrantKey, is_normal};
use super::Host;

/// Entries that one glob may find or look at.
const GLOB_ENTRIES: usize = 16 * 1024;
/// Paths that one `stat` may ask for.
const STAT_PATHS: usize = 4096;
/// Bytes that one `read` may ask for.
const READ_BYTES: u32 = 1 << 20;

impl Host {
    /// Where a named root is on the host.
    pub(super) fn root_path(&self, name: &str) -> &Path {
        match name {
            "driver-root" => self.facts.driver_root(),
            "dev-root" => self.facts.dev_root(),
            own => self.stage.roots.get(own).map_or(Path::new("/"), |dir| Path::new(dir.as_str())),
        }
    }

    /// The files of a root that the stage's grants name.
    fn root(&self, name: &str) -> Answer<Arc<dyn HostFiles>> {
        let grants = &self.stage.grants;
        if !grants.read.files.contains_key(name) && grants.listed.is_empty() {
            return self.refuse_file(name, "/");
        }
        self.facts.files(self.root_path(name)).map_err(|error| failed(&error))
    }

    /// The path that a granted path leads to, its last element not followed.
    ///
    /// The grant must name where links lead, or a link would reach what was not granted. Where there
    /// is nothing, the path as it was asked must be granted, or the answer would tell what exists.
    fn granted_entry(&self, root: &str, path: &str) -> Answer<(Arc<dyn HostFiles>, String)> {
        let files = self.root(root)?;
        let (entry, _) = self.granted_in(&*files, root, path)?;
        Ok((files, entry))
    }

    /// The same, in the files of the root, and what is there.
    fn granted_in(
        &self,
        files: &dyn HostFiles,
        root: &str,
        path: &str,
    ) -> Answer<(String, Result<Entry, FileError>)> {
        if !is_normal(path) || path == "/" {
            return Err(Refused::Invalid(format!("{path:?} is not a path below a root")));
        }
        let (entry, found) =
            files.locate(path).unwrap_or_else(|error| (path.to_owned(), Err(error)));
        if self.stage.grants.read.file(root, &entry) || self.lists_entry(root, path, &entry)? {
            Ok((entry, found))
        } else {
            self.refuse_file(root, path)
        }
    }

    /// The path that a granted path leads to, all links followed.
    fn granted_file(&self, root: &str, path: &str) -> Answer<(Arc<dyn HostFiles>, String)> {
        let (files, entry) = self.granted_entry(root, path)?;
        let target = files.resolve(&entry).map_err(|error| failed(&error))?;
        if self.stage.grants.read.file(root, &target) || self.leads_to(root, &entry, &target)? {
            Ok((files, target))
        } else {
            self.refuse_file(root, &target)
        }
    }

    fn platform(&self) -> Answer<()> {
        if self.stage.grants.read.platform {
            Ok(())
        } else {
            self.refuse_switch(GrantKey::ReadPlatform)
        }
    }

    fn inventory(&self) -> Answer<()> {
        if self.stage.grants.read.gpus { Ok(()) } else { self.refuse_switch(GrantKey::ReadGpus) }
    }
}

/// The directories of a pattern before its first star, and the rest with its `/`.
fn split_pattern(pattern: &str) -> (&str, &str) {
    let head = pattern.split('*').next().unwrap_or_default();
    match head.rfind('/').and_then(|at| pattern.split_at_checked(at)) {
        Some(("", rest)) => ("/", rest),
        Some(split) => split,
        None => ("/", pattern),
    }
}

impl ReadHost for Host {
    fn architecture(&mut self) -> Answer<String> {
        self.platform()?;
        Ok(std::env::consts::ARCH.to_owned())
    }

    fn kernel_release(&mut self) -> Answer<String> {
        self.platform()?;
        Ok(Facts::kernel_release())
    }

    fn has_tegra_files(&mut self) -> Answer<bool> {
        self.platform()?;
        self.facts.has_tegra_files()
    }

    fn has_dxcore(&mut self) -> Answer<bool> {
        self.platform()?;
        self.facts.has(has_dxcore)
    }

    fn has_nvml(&mut self) -> Answer<bool> {
        self.platform()?;
        self.facts.has(has_nvml)
    }

    fn driver(&mut self) -> Answer<Driver> {
        self.inventory()?;
        self.facts.gpus().driver()
    }

    fn gpus(&mut self) -> Answer<Vec<Gpu>> {
        self.inventory()?;
        self.facts.gpus().gpus()
    }

    fn cdi_devices(&mut self, kind: &str) -> Answer<Vec<String>> {
        if !self.stage.grants.read.cdi_kind(kind) {
            return self.refuse(GrantKey::ReadCdi, kind);
        }
        let kind = kind.parse().map_err(|error: NameError| Refused::Invalid(error.to_string()))?;
        Ok(self.facts.devices_of(&kind))
    }

    fn files_glob(&mut self, root: &str, pattern: &str) -> Answer<Vec<Entry>> {
        let files = self.root(root)?;
        // What the grant must cover is where the links of the pattern's directories lead.
        let (directory, rest) = split_pattern(pattern);
        let resolved = match files.resolve(directory) {
            Ok(directory) if directory == "/" => Some(rest.to_owned()),
            Ok(directory) => Some(format!("{directory}{rest}")),
            Err(FileError::Absent { .. }) => None,
            Err(error) => return Err(failed(&error)),
        };
        let asked = resolved.as_deref().unwrap_or(pattern);
        if !self.stage.grants.read.file_glob(root, asked) {
            return self.refuse_file(root, asked);
        }
        let pattern = Pattern::parse(asked).map_err(|error| Refused::Invalid(error.to_string()))?;
        glob(&*files, &pattern, GLOB_ENTRIES).map_err(|error| failed(&error))
    }

    fn files_stat(&mut self, root: &str, paths: &[String]) -> Answer<Vec<Option<Entry>>> {
        if paths.len() > STAT_PATHS {
            return Err(Refused::Limit(format!("{} paths; {STAT_PATHS} at most", paths.len())));
        }
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.root(root)?;
        let mut entries = Vec::with_capacity(paths.len());
        for path in paths {
            entries.push(match self.granted_in(&*files, root, path)?.1 {
                Ok(entry) => Some(entry),
                Err(FileError::Absent { .. }) => None,
                Err(error) => return Err(failed(&error)),
            });
        }
        Ok(entries)
    }

    fn files_read_link(&mut self, root: &str, path: &str) -> Answer<String> {
        let (files, entry) = self.granted_entry(root, path)?;
        let target = files.read_link(&entry).map_err(|error| failed(&error))?;
        self.follow(root, &*files, &entry, &target)?;
        Ok(target)
    }

    fn files_resolve(&mut self, root: &str, path: &str) -> Answer<String> {
        self.granted_file(root, path).map(|(_, target)| target)
    }

    fn files_read(&mut self, root: &str, path: &str, offset: u64, length: u32) -> Answer<Vec<u8>> {
        if length > READ_BYTES {
            return Err(Refused::Limit(format!("a read of {length} bytes; {READ_BYTES} at most")));
        }
        let (files, target) = self.granted_file(root, path)?;
        files.read(&target, offset, length as usize).map_err(|error| failed(&error))
    }

    fn files_soname(&mut self, root: &str, path: &str) -> Answer<Option<String>> {
        let (files, target) = self.granted_file(root, path)?;
        soname(&*files, &target).map_err(|error| failed(&error))
    }

    fn file_granted(&self, root: &str, path: &str) -> bool {
        self.stage.grants.read.file(root, path)
            || matches!(self.lists_entry(root, path, path), Ok(true))
    }
}
