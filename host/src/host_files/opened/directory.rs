//! A directory that is open: its names are listed once, and each entry is looked at once.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, OnceLock};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::lock;
use crate::host_files::root::{entry, errno_error, invalid, join};
use crate::host_files::{Entry, FileError, FileKind};

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) fd: OwnedFd,
    /// Where it is, all links followed.
    pub(super) path: String,
    names: OnceLock<Result<Names, FileError>>,
    /// What was looked at, by name; the paths are empty.
    entries: Mutex<BTreeMap<String, Result<Entry, FileError>>>,
}

/// The names in a directory, as they come.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Directory {
    pub(super) fn new(fd: OwnedFd, path: String) -> Self {
        Self { fd, path, names: OnceLock::new(), entries: Mutex::default() }
    }

    /// A directory in this one, and no link.
    pub(super) fn open(&self, name: &str) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::empty())?;
        Ok(Self::new(fd, join(&self.path, name)))
    }

    /// What lstat says of a name, once; without its path.
    pub(super) fn look(&self, name: &str) -> Result<Entry, FileError> {
        if let Some(known) = lock(&self.entries).get(name) {
            return known.clone();
        }
        let found = match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => entry(String::new(), &stat),
            Err(errno) => Err(errno_error("", errno)),
        };
        lock(&self.entries).insert(name.to_owned(), found.clone());
        found
    }

    pub(super) fn read_link(&self, name: &str) -> Result<String, FileError> {
        let path = || join(&self.path, name);
        match rustix::fs::readlinkat(&self.fd, name, Vec::new()) {
            Ok(target) => {
                target.into_string().map_err(|_| invalid(&path(), "its target is not UTF-8"))
            }
            Err(Errno::INVAL) => Err(invalid(&path(), "a part of it is not a directory")),
            Err(errno) => Err(errno_error(&path(), errno)),
        }
    }

    pub(super) fn names(&self) -> Result<&Names, FileError> {
        let read = || self.list().map_err(|errno| errno_error(&self.path, errno));
        self.names.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn list(&self) -> Result<Names, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.fd, ".", flags, Mode::empty())?;
        let mut names = Names::default();
        let mut buffer = Vec::with_capacity(32 * 1024);
        let mut entries = rustix::fs::RawDir::new(&opened, buffer.spare_capacity_mut());
        while let Some(found) = entries.next() {
            // A name that is not UTF-8 is nobody's device and nobody's library.
            match found?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => {
                    names.text.push_str(name);
                    names.ends.push(names.text.len());
                }
            }
        }
        Ok(names)
    }

    /// A file, opened for reading.
    pub(super) fn file(&self, name: &str) -> Result<File, FileError> {
        let path = join(&self.path, name);
        // Looked at before it is opened: opening a device does things. Should it become another file in
        // between, that is seen, and one that blocks does not.
        if self.look(name).map_err(|error| error.at(&path))?.kind != FileKind::File {
            return Err(invalid(&path, "not a regular file"));
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.fd, name, flags, Mode::empty())
            .map_err(|errno| errno_error(&path, errno))?;
        let stat = rustix::fs::fstat(&opened).map_err(|errno| errno_error(&path, errno))?;
        match entry(path, &stat)? {
            Entry { kind: FileKind::File, .. } => Ok(opened.into()),
            Entry { path, .. } => Err(invalid(&path, "not a regular file")),
        }
    }
}

impl Names {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).filter_map(|(start, end)| self.text.get(*start..*end))
    }

    pub(super) fn sorted(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut names: Vec<String> =
            self.iter().filter(|name| wanted(name)).map(str::to_owned).collect();
        names.sort_unstable();
        names
    }
}
