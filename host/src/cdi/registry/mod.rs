//! All devices of the spec directories, looked at once.
//!
//! Directories are searched in the order given, and a later one wins over an earlier one (its
//! *priority* is its index). Two files of one priority that define one device are in conflict, and
//! then neither defines it; what a lower priority says of it does not matter. A file or directory that
//! cannot be used is remembered with its error and hides no other.

mod files;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use files::{FileProblem, LoadError, ReadError, SpecFile};
pub use scan::{Directory, DirectoryError, DirectoryState};

use super::names::{Kind, QualifiedName};
use super::spec::Device;

/// How spec directories are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Refuse directories and files that anybody but root and the calling user can change
    /// ([`super::check_dir_trust`]).
    pub require_trusted: bool,
}

/// What the spec directories held at one moment.
#[derive(Debug, Default)]
pub struct Registry {
    directories: Vec<Directory>,
    files: Vec<SpecFile>,
    failures: Vec<LoadError>,
    devices: BTreeMap<QualifiedName, Slot>,
    options: LoadOptions,
    /// Whether files were left out because nobody asked for their kind.
    partial: bool,
}

/// Who defines a device.
#[derive(Debug)]
enum Slot {
    /// One file at the highest priority.
    Defined(Place),
    /// Several.
    Conflict(Vec<Place>),
}

/// A device's place: indexes of a file, and of a device in it.
#[derive(Debug, Clone, Copy)]
struct Place {
    file: usize,
    device: usize,
}

/// A device, and the file that defines it.
#[derive(Debug, Clone, Copy)]
pub struct FoundDevice<'r> {
    /// The file.
    pub file: &'r SpecFile,
    /// The index of the device in it.
    pub index: usize,
}

impl<'r> FoundDevice<'r> {
    /// The device. `None` cannot be, unless the file is not the registry's.
    #[must_use]
    pub fn device(&self) -> Option<&'r Device> {
        self.file.spec.devices.get(self.index)
    }
}

impl Registry {
    /// Loads all spec files of the directories.
    #[must_use]
    pub fn load<P: AsRef<Path>>(dirs: &[P]) -> Self {
        Self::load_with(dirs, &LoadOptions::default())
    }

    /// Loads all spec files of the directories.
    #[must_use]
    pub fn load_with<P: AsRef<Path>>(dirs: &[P], options: &LoadOptions) -> Self {
        Self::read(dirs, None, options)
    }

    /// Loads what is needed to resolve devices of those kinds: a file of another kind is read no
    /// further than its `kind`. Should a device not resolve, [`Registry::resolve`] loads everything to
    /// say why.
    #[must_use]
    pub fn load_for<P: AsRef<Path>>(dirs: &[P], kinds: &[Kind], options: &LoadOptions) -> Self {
        Self::read(dirs, Some(kinds), options)
    }

    fn read<P: AsRef<Path>>(dirs: &[P], kinds: Option<&[Kind]>, options: &LoadOptions) -> Self {
        let mut registry = Self { options: options.clone(), ..Self::default() };
        for (priority, dir) in dirs.iter().enumerate() {
            let found = scan::directory(dir.as_ref(), priority, kinds, options);
            registry.partial |= found.skipped > 0;
            registry.directories.push(found.directory);
            registry.failures.extend(found.failures);
            for file in found.files {
                registry.add(file);
            }
        }
        tracing::debug!(
            files = registry.files.len(),
            failures = registry.failures.len(),
            devices = registry.devices.len(),
            "CDI specs loaded"
        );
        registry
    }

    /// Adds a file. They come in the order of their priorities.
    fn add(&mut self, file: SpecFile) {
        let index = self.files.len();
        for (device, name) in file.spec.devices.iter().enumerate() {
            // The spec is valid, and so is the name.
            let Ok(name) = file.kind.device(&name.name) else {
                continue;
            };
            let place = Place { file: index, device };
            let priority_of = |place: &Place| self.files.get(place.file).map(|file| file.priority);
            match self.devices.get_mut(&name) {
                None => {
                    self.devices.insert(name, Slot::Defined(place));
                }
                Some(slot) => {
                    let mut places = match slot {
                        Slot::Defined(other) => vec![*other],
                        Slot::Conflict(others) => std::mem::take(others),
                    };
                    let same = places.first().and_then(priority_of) == Some(file.priority);
                    *slot = if same {
                        places.push(place);
                        Slot::Conflict(places)
                    } else {
                        Slot::Defined(place)
                    };
                }
            }
        }
        self.files.push(file);
    }

    /// The directories that were searched, in order.
    #[must_use]
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// The files that were loaded, in the order of priority and name. A file whose devices are all
    /// defined at a higher priority is among them.
    #[must_use]
    pub fn files(&self) -> &[SpecFile] {
        &self.files
    }

    /// The devices that can be injected, sorted.
    pub fn devices(&self) -> impl Iterator<Item = &QualifiedName> {
        self.devices
            .iter()
            .filter(|(_, slot)| matches!(slot, Slot::Defined(_)))
            .map(|(name, _)| name)
    }

    /// The vendors of the loaded files, sorted.
    #[must_use]
    pub fn vendors(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| file.kind.vendor()).collect()
    }

    /// The classes of the loaded files, sorted.
    #[must_use]
    pub fn classes(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| file.kind.class()).collect()
    }

    /// The device of that name; `None` also where files are in conflict about it.
    #[must_use]
    pub fn device(&self, name: &QualifiedName) -> Option<FoundDevice<'_>> {
        match self.devices.get(name)? {
            Slot::Defined(place) => {
                Some(FoundDevice { file: self.files.get(place.file)?, index: place.device })
            }
            Slot::Conflict(_) => None,
        }
    }

    /// The files that are in conflict about a device; empty where there is no conflict.
    #[must_use]
    pub fn conflict(&self, name: &QualifiedName) -> Vec<&Path> {
        match self.devices.get(name) {
            Some(Slot::Conflict(places)) => self.paths(places),
            _ => Vec::new(),
        }
    }

    fn paths(&self, places: &[Place]) -> Vec<&Path> {
        places
            .iter()
            .filter_map(|place| self.files.get(place.file))
            .map(|file| &*file.path)
            .collect()
    }

    /// The files that were rejected.
    #[must_use]
    pub fn failures(&self) -> &[LoadError] {
        &self.failures
    }

    /// What is wrong with files, by path: rejected ones, and conflicts (noted at each file that takes
    /// part). The errors of directories are in [`Registry::directories`].
    #[must_use]
    pub fn errors(&self) -> BTreeMap<PathBuf, Vec<FileProblem<'_>>> {
        let mut errors: BTreeMap<PathBuf, Vec<FileProblem<'_>>> = BTreeMap::new();
        for failure in &self.failures {
            errors.entry(failure.path.clone()).or_default().push(FileProblem::Rejected(failure));
        }
        for (device, slot) in &self.devices {
            let Slot::Conflict(places) = slot else {
                continue;
            };
            let files = self.paths(places);
            for &file in &files {
                let problem = FileProblem::Conflict { device, files: files.clone() };
                errors.entry(file.to_owned()).or_default().push(problem);
            }
        }
        errors
    }

    /// Whether some files were not loaded, because nobody asked for their kind.
    pub(crate) fn is_partial(&self) -> bool {
        self.partial
    }

    /// Everything, as it is now.
    pub(crate) fn load_all(&self) -> Self {
        let dirs: Vec<&Path> = self.directories.iter().map(|dir| &*dir.path).collect();
        Self::load_with(&dirs, &self.options)
    }

    /// The spec that a device of the registry is in.
    pub(crate) fn spec_of(found: &FoundDevice<'_>) -> Arc<super::spec::Spec> {
        Arc::clone(&found.file.spec)
    }
}

#[cfg(test)]
mod tests;
