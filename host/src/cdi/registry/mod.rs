//! All devices of the spec directories, looked at once.
//!
//! Directories are searched in the order given, and a later one wins over an earlier one (its
//! *priority* is its index). Two files of one priority that define one device are in conflict, and
//! then neither defines it; what a lower priority says of it does not matter. A file or directory that
//! cannot be used is remembered with its error and hides no other.

mod devices;
mod directory;
mod files;
mod index;
mod listing;
mod options;
mod select;
mod sieve;
mod stamp;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use directory::{Directory, DirectoryError, DirectoryState};
use files::Look;
pub use files::{FileProblem, LoadError, ReadError, SpecFile, read_spec};
pub use options::LoadOptions;
pub use select::Wanted;

use devices::{Definition, Devices};
use directory::{Changed, Entry, Held, How};
use select::Scope;
use stamp::Moment;

use super::names::QualifiedName;
use super::spec::Device;

/// What the spec directories held at one moment.
///
/// [`Registry::refresh`] brings it up to date, and reads only the files that have changed.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    directories: Vec<Directory>,
    devices: Devices,
    options: LoadOptions,
    /// What it was loaded for, if files were left out because nobody asked for them.
    scope: Option<Scope>,
    /// Counts the times that anything has changed.
    version: u64,
}

/// What has changed since the directories were looked at: for each of them that has, its index.
#[derive(Default)]
pub(crate) struct Changes(Vec<(usize, Changed)>);

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
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
    fn new(definition: &'r Definition) -> Self {
        Self { file: &definition.file, index: definition.index }
    }

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
        let mut registry = Self::empty(dirs, options);
        registry.refresh();
        registry
    }

    fn empty<P: AsRef<Path>>(dirs: &[P], options: &LoadOptions) -> Self {
        let directories = dirs.iter().enumerate();
        let directories = directories.map(|(i, dir)| Directory::new(dir.as_ref().to_owned(), i));
        let directories = directories.collect();
        Self { directories, options: options.clone(), ..Self::default() }
    }

    /// Looks at all files again, and reads those that have changed; whether that changed anything.
    pub fn refresh(&mut self) -> bool {
        if self.scope.is_some() {
            *self = self.load_all();
            return true;
        }
        let changes = self.look();
        let any = self.apply(changes);
        tracing::debug!(changed = any, devices = self.devices.len(), "CDI specs looked at");
        any
    }

    /// What a look at everything shows.
    pub(crate) fn look(&self) -> Changes {
        self.look_at(|_| How::Everything)
    }

    /// What a look at what the hints say shows.
    #[cfg(feature = "watch")]
    pub(crate) fn look_hinted(&self, hints: &super::watch::Hints) -> Changes {
        let mut names: BTreeMap<usize, BTreeSet<std::ffi::OsString>> = BTreeMap::new();
        for (dir, name) in &hints.names {
            names.entry(*dir).or_default().insert(name.clone());
        }
        let none = BTreeSet::new();
        self.look_at(|dir| {
            if hints.dirs.contains(&dir) {
                How::Everything
            } else {
                How::Hinted { list: false, names: names.get(&dir).unwrap_or(&none) }
            }
        })
    }

    /// Whether some files are links, so that their directory does not show their changes.
    #[cfg(feature = "watch")]
    pub(crate) fn has_links(&self) -> bool {
        self.entries().any(|entry| entry.node.linked)
    }

    fn look_at<'h>(&self, how: impl Fn(usize) -> How<'h>) -> Changes {
        let (options, moment) = (&self.options, Moment::now());
        let mut look = Look::new(options, moment);
        let dirs = self.directories.iter().enumerate();
        Changes(dirs.filter_map(|(i, dir)| Some((i, dir.look(&mut look, how(i))?))).collect())
    }

    /// Puts in place what a look showed; whether more than stamps has changed.
    pub(crate) fn apply(&mut self, changes: Changes) -> bool {
        let mut any = false;
        for (i, change) in changes.0 {
            let Some(dir) = self.directories.get_mut(i) else {
                continue;
            };
            dir.seen = change.seen;
            let state = std::mem::replace(&mut dir.state, change.state);
            any |= !state.is_same(&dir.state);
            for (name, entry) in change.entries {
                let new = entry.as_ref().map(|entry| entry.held.clone());
                let old = match entry {
                    Some(entry) => dir.entries.insert(name, entry),
                    None => dir.entries.remove(&name),
                };
                let old = old.map(|entry| entry.held);
                if Held::is_same(old.as_ref(), new.as_ref()) {
                    continue;
                }
                any = true;
                if let Some(Held::Spec(file)) = old {
                    self.devices.remove(&file);
                }
                if let Some(Held::Spec(file)) = new {
                    self.devices.add(&file);
                }
            }
        }
        self.version += u64::from(any);
        any
    }

    /// Whether nothing has changed since. Both are of one origin.
    pub(crate) fn is_same_as(&self, earlier: &Self) -> bool {
        self.version == earlier.version
    }

    /// The directories that were searched, in order.
    #[must_use]
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.directories.iter().flat_map(|dir| dir.entries.values())
    }

    /// The files that were loaded, in the order of priority and name. A file whose devices are all
    /// defined at a higher priority is among them.
    pub fn files(&self) -> impl Iterator<Item = &SpecFile> {
        self.entries().filter_map(|entry| match &entry.held {
            Held::Spec(file) => Some(&**file),
            _ => None,
        })
    }

    /// The devices that can be injected, sorted.
    pub fn devices(&self) -> impl Iterator<Item = &QualifiedName> {
        self.devices.names()
    }

    /// The vendors of the loaded files, sorted.
    #[must_use]
    pub fn vendors(&self) -> BTreeSet<&str> {
        self.files().map(|file| file.kind.vendor()).collect()
    }

    /// The classes of the loaded files, sorted.
    #[must_use]
    pub fn classes(&self) -> BTreeSet<&str> {
        self.files().map(|file| file.kind.class()).collect()
    }

    /// The device of that name; `None` also where files are in conflict about it.
    #[must_use]
    pub fn device(&self, name: &QualifiedName) -> Option<FoundDevice<'_>> {
        self.devices.get(name).map(FoundDevice::new)
    }

    /// All definitions of a device, the highest priority first: those that do not count, too.
    pub fn definitions(&self, name: &QualifiedName) -> impl Iterator<Item = FoundDevice<'_>> {
        self.devices.definitions(name).map(FoundDevice::new)
    }

    /// The files that are in conflict about a device; empty where there is no conflict.
    #[must_use]
    pub fn conflict(&self, name: &QualifiedName) -> Vec<&Path> {
        let mut definitions = self.definitions(name).map(|found| found.file).peekable();
        let priority = definitions.peek().map(|file| file.priority);
        let top: Vec<&Path> = definitions
            .take_while(|file| Some(file.priority) == priority)
            .map(|file| &*file.path)
            .collect();
        if top.len() > 1 { top } else { Vec::new() }
    }

    /// The files that were rejected, in the order of priority and name.
    pub fn failures(&self) -> impl Iterator<Item = &LoadError> {
        self.entries().filter_map(|entry| match &entry.held {
            Held::Rejected(error) => Some(&**error),
            _ => None,
        })
    }

    /// What is wrong with files, by path: rejected ones, and conflicts (noted at each file that takes
    /// part). The errors of directories are in [`Registry::directories`].
    #[must_use]
    pub fn errors(&self) -> BTreeMap<PathBuf, Vec<FileProblem<'_>>> {
        let mut errors: BTreeMap<PathBuf, Vec<FileProblem<'_>>> = BTreeMap::new();
        for failure in self.failures() {
            errors.entry(failure.path.clone()).or_default().push(FileProblem::Rejected(failure));
        }
        for (device, files) in self.devices.conflicts() {
            let files: Arc<[&Path]> = files.into_iter().map(|file| &*file.path).collect();
            for &file in &*files {
                let problem = FileProblem::Conflict { device, files: Arc::clone(&files) };
                errors.entry(file.to_owned()).or_default().push(problem);
            }
        }
        errors
    }

    /// Whether some files were not loaded, because nobody asked for them.
    pub(crate) fn is_partial(&self) -> bool {
        self.scope.is_some()
    }

    /// Whether all files were loaded that may define a device.
    pub(crate) fn covers(&self, name: &QualifiedName) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.has(name))
    }

    /// Everything, as it is now.
    pub(crate) fn load_all(&self) -> Self {
        let dirs: Vec<&Path> = self.directories.iter().map(|dir| &*dir.path).collect();
        Self::load_with(&dirs, &self.options)
    }

    /// The file that defines a device, and the device's index in it.
    pub(crate) fn definition(&self, name: &QualifiedName) -> Option<(&Arc<SpecFile>, usize)> {
        self.devices.get(name).map(|definition| (&definition.file, definition.index))
    }
}

#[cfg(test)]
mod tests;
