//! The host's files for the many questions of one run: each directory is opened once, each entry is looked
//! at once, and no link leads out.

mod directory;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use directory::Directory;

use super::root::{check, entry, errno_error, invalid, join, read_at};
use super::{Entry, FileError, FileKind, HostFiles, Pattern, Reader};

/// Links that are followed in one path, as in Linux.
const MOST_LINKS: usize = 40;

/// Directories that are kept open; more are opened again.
const MOST_OPEN: usize = 128;

/// A directory of the host, as the root of what is read. What changes while it is read is not seen.
#[derive(Debug)]
pub struct Opened {
    root: Arc<Directory>,
    directories: Mutex<BTreeMap<String, Result<Arc<Directory>, FileError>>>,
}

/// Bytes of a path that is found step by step from the directories above it.
const LONGEST_STEPWISE: usize = 256;

/// Where a path leads.
enum Place {
    Directory(Arc<Directory>),
    /// What a directory holds, which is no link.
    In(Arc<Directory>, String),
}

impl Opened {
    /// Opens the directory. Links in its own path are followed: it is the operator's.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| errno_error(&path.to_string_lossy(), errno))?;
        let root = Arc::new(Directory::new(fd, "/".to_owned()));
        Ok(Self { root, directories: Mutex::default() })
    }

    /// The directory at a path, links followed.
    fn directory(&self, path: &str) -> Result<Arc<Directory>, FileError> {
        if path == "/" {
            return Ok(Arc::clone(&self.root));
        }
        if let Some(known) = lock(&self.directories).get(path) {
            return known.clone();
        }
        // From the directory that it is in, which others share; not for a path of any depth, because each
        // step waits for the one before.
        let (parent, name) = split(path);
        let found = if path.len() <= LONGEST_STEPWISE {
            self.directory(parent).and_then(|parent| self.step(&parent, name))
        } else {
            self.walk(&self.root, path, &mut 0)
        };
        let found = found.map_err(|error| error.at(path));
        self.remember(path, &found);
        found
    }

    /// The directory of a name in another.
    fn step(&self, parent: &Arc<Directory>, name: &str) -> Result<Arc<Directory>, FileError> {
        if matches!(name, "" | "." | "..") {
            return self.walk(parent, name, &mut 0);
        }
        match parent.open(name) {
            Ok(opened) => Ok(Arc::new(opened)),
            // A link, perhaps.
            Err(Errno::NOTDIR) => self.walk(parent, name, &mut 0),
            Err(errno) => Err(errno_error(name, errno)),
        }
    }

    /// The directory that a path leads to from another.
    fn walk(
        &self,
        start: &Arc<Directory>,
        path: &str,
        links: &mut usize,
    ) -> Result<Arc<Directory>, FileError> {
        let mut at = Arc::clone(start);
        // What is left to walk, the next element last.
        let mut rest: Vec<String> = elements(path);
        while let Some(element) = rest.pop() {
            match element.as_str() {
                "" | "." => {}
                ".." => {
                    let (parent, _) = split(&at.path);
                    rest.extend(elements(parent));
                    at = Arc::clone(&self.root);
                }
                name => {
                    let here = join(&at.path, name);
                    let known = lock(&self.directories).get(&here).cloned();
                    match known {
                        Some(known) => at = known?,
                        None => match at.open(name) {
                            Ok(opened) => {
                                at = Arc::new(opened);
                                self.remember(&here, &Ok(Arc::clone(&at)));
                            }
                            Err(Errno::NOTDIR) => {
                                let target = at.read_link(name)?;
                                *links += 1;
                                if *links > MOST_LINKS {
                                    return Err(invalid(&here, "too many links"));
                                }
                                if target.starts_with('/') {
                                    at = Arc::clone(&self.root);
                                }
                                rest.extend(elements(&target));
                            }
                            Err(errno) => {
                                let error = Err(errno_error(&here, errno));
                                self.remember(&here, &error);
                                return error;
                            }
                        },
                    }
                }
            }
        }
        Ok(at)
    }

    fn remember(&self, path: &str, found: &Result<Arc<Directory>, FileError>) {
        let mut directories = lock(&self.directories);
        if directories.len() < MOST_OPEN {
            directories.insert(path.to_owned(), found.clone());
        }
    }

    /// Where a path leads when all links are followed.
    fn place(&self, path: &str) -> Result<Place, FileError> {
        check(path)?;
        let at = |error: FileError| error.at(path);
        let (parent, name) = split(path);
        let (mut directory, mut name) = (self.directory(parent).map_err(at)?, name.to_owned());
        let mut links = 0;
        loop {
            if matches!(name.as_str(), "" | "." | "..") {
                return Ok(Place::Directory(self.walk(&directory, &name, &mut links).map_err(at)?));
            }
            if directory.look(&name).map_err(at)?.kind != FileKind::Link {
                return Ok(Place::In(directory, name));
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(invalid(path, "too many links"));
            }
            let target = directory.read_link(&name).map_err(at)?;
            let (head, last) = target.rsplit_once('/').unwrap_or(("", &target));
            let start = if target.starts_with('/') { &self.root } else { &directory };
            let next = self.walk(start, head, &mut links).map_err(at)?;
            (directory, name) = (next, last.to_owned());
        }
    }
}

impl HostFiles for Opened {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        check(path)?;
        let (parent, name) = split(path);
        if name.is_empty() {
            let stat = rustix::fs::fstat(&self.root.fd);
            return entry(path.to_owned(), &stat.map_err(|errno| errno_error(path, errno))?);
        }
        let found = self.directory(parent).and_then(|directory| directory.look(name));
        found.map(|entry| Entry { path: path.to_owned(), ..entry }).map_err(|error| error.at(path))
    }

    fn lstats(&self, paths: &[&str]) -> Vec<Result<Entry, FileError>> {
        let mut answers = Vec::with_capacity(paths.len());
        let mut last: Option<(&str, Result<Arc<Directory>, FileError>)> = None;
        for path in paths {
            let (parent, name) = split(path);
            if name.is_empty() || check(path).is_err() {
                answers.push(self.lstat(path));
                continue;
            }
            let known = last.take().filter(|(known, _)| *known == parent);
            let (_, directory) = last.insert(match known {
                Some(known) => known,
                None => (parent, self.directory(parent)),
            });
            answers.push(match directory.as_ref().map(|directory| directory.look(name)) {
                Ok(Ok(entry)) => Ok(Entry { path: (*path).to_owned(), ..entry }),
                Ok(Err(error)) => Err(error.at(path)),
                Err(error) => Err(error.clone().at(path)),
            });
        }
        answers
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        check(directory)?;
        let opened = self.directory(directory)?;
        let mut entries = Vec::new();
        for name in opened.names()?.sorted(|_| true) {
            let path = join(directory, &name);
            match opened.look(&name) {
                Ok(entry) => entries.push(Entry { path, ..entry }),
                // Gone since it was listed.
                Err(FileError::Absent { .. }) => {}
                Err(error) => return Err(error.at(&path)),
            }
        }
        Ok(entries)
    }

    fn names(&self, directory: &str) -> Result<Vec<String>, FileError> {
        check(directory)?;
        Ok(self.directory(directory)?.names()?.sorted(|_| true))
    }

    fn names_like(
        &self,
        directory: &str,
        pattern: &Pattern,
    ) -> Result<(usize, Vec<String>), FileError> {
        check(directory)?;
        let opened = self.directory(directory)?;
        let names = opened.names()?;
        // Of thousands of names most are told by how they begin and end.
        let (head, tail) = pattern.ends();
        let matches =
            |name: &str| name.starts_with(head) && name.ends_with(tail) && pattern.matches(name);
        Ok((names.len(), names.sorted(matches)))
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        let found = self.lstat(path)?;
        if found.kind != FileKind::Link {
            return Err(invalid(path, "not a link"));
        }
        let (parent, name) = split(path);
        self.directory(parent)?.read_link(name).map_err(|error| error.at(path))
    }

    fn resolve(&self, path: &str) -> Result<String, FileError> {
        Ok(match self.place(path)? {
            Place::Directory(directory) => directory.path.clone(),
            Place::In(directory, name) => join(&directory.path, &name),
        })
    }

    fn locate(&self, path: &str) -> Result<(String, Result<Entry, FileError>), FileError> {
        check(path)?;
        let (parent, name) = split(path);
        let directory = self.directory(parent).map_err(|error| error.at(path))?;
        let place = join(&directory.path, name);
        let entry = if name.is_empty() { self.lstat("/") } else { directory.look(name) };
        let entry = entry
            .map(|entry| Entry { path: place.clone(), ..entry })
            .map_err(|error| error.at(&place));
        Ok((place, entry))
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        self.reader(path)?(offset, length)
    }

    fn reader<'a>(&'a self, path: &'a str) -> Result<Reader<'a>, FileError> {
        let file = match self.place(path)? {
            Place::Directory(_) => return Err(invalid(path, "not a regular file")),
            Place::In(directory, name) => directory.file(&name).map_err(|error| error.at(path))?,
        };
        Ok(Box::new(move |offset, length| read_at(&file, path, offset, length)))
    }
}

/// A path's directory and its name there; the root has none.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(split) => split,
        None => ("/", path),
    }
}

fn elements(path: &str) -> Vec<String> {
    path.rsplit('/').map(str::to_owned).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
