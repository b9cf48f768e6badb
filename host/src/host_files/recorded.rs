//! Files as they were recorded, for tests and replay.

use std::collections::BTreeMap;

use super::resolve::resolve;
use super::{Entry, FileError, FileKind, HostFiles, MAX_READ};

/// A root that is held in memory.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    entries: BTreeMap<String, (Entry, Vec<u8>)>,
}

impl Recorded {
    /// An empty root.
    #[must_use]
    pub fn new() -> Self {
        let mut recorded = Self::default();
        recorded.put("/", FileKind::Directory, 0o755, (0, 0), Vec::new());
        recorded
    }

    /// Adds a regular file, and the directories above it.
    #[must_use]
    pub fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.put(path, FileKind::File, 0o644, (0, 0), content.to_vec());
        self
    }

    /// Adds a link.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.put(path, FileKind::Link, 0o777, (0, 0), target.as_bytes().to_vec());
        self
    }

    /// Adds a directory.
    #[must_use]
    pub fn directory(mut self, path: &str) -> Self {
        self.put(path, FileKind::Directory, 0o755, (0, 0), Vec::new());
        self
    }

    /// Adds a device node.
    #[must_use]
    pub fn device(mut self, path: &str, kind: FileKind, mode: u32, number: (u32, u32)) -> Self {
        self.put(path, kind, mode, number, Vec::new());
        self
    }

    /// Adds what lstat told of a path, and what is read of it.
    #[must_use]
    pub fn entry(mut self, entry: Entry, content: &[u8]) -> Self {
        self.add(entry, content.to_vec());
        self
    }

    fn put(&mut self, path: &str, kind: FileKind, mode: u32, number: (u32, u32), data: Vec<u8>) {
        let (path, (major, minor)) = (path.to_owned(), number);
        self.add(Entry { path, kind, mode, uid: 0, gid: 0, size: 0, major, minor }, data);
    }

    fn add(&mut self, entry: Entry, data: Vec<u8>) {
        if let Some((parent, _)) = entry.path.rsplit_once('/')
            && !parent.is_empty()
            && !self.entries.contains_key(parent)
        {
            self.put(parent, FileKind::Directory, 0o755, (0, 0), Vec::new());
        }
        let entry = Entry { size: data.len() as u64, ..entry };
        self.entries.insert(entry.path.clone(), (entry, data));
    }

    /// What is at a path whose last element is not followed.
    fn at(&self, path: &str) -> Result<&(Entry, Vec<u8>), FileError> {
        let absent = || FileError::Absent { path: path.to_owned() };
        if let Some(found) = self.entries.get(path) {
            return Ok(found);
        }
        let (parent, name) = path.rsplit_once('/').ok_or_else(absent)?;
        if parent.is_empty()
            || self.entries.get(parent).is_some_and(|(e, _)| e.kind != FileKind::Link)
        {
            return Err(absent());
        }
        let parent = resolve(self, parent)?;
        self.entries.get(&format!("{parent}/{name}")).ok_or_else(absent)
    }
}

impl HostFiles for Recorded {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        self.at(path).map(|(entry, _)| Entry { path: path.to_owned(), ..entry.clone() })
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let resolved = resolve(self, directory)?;
        let prefix = if resolved == "/" { "/".to_owned() } else { format!("{resolved}/") };
        let below = |path: &String| {
            path.strip_prefix(&prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        };
        let shown = |entry: &Entry| {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            let base = if directory == "/" { "" } else { directory };
            Entry { path: format!("{base}/{name}"), ..entry.clone() }
        };
        Ok(self
            .entries
            .iter()
            .filter(|(path, _)| below(path))
            .map(|(_, (e, _))| shown(e))
            .collect())
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        let (entry, target) = self.at(path)?;
        if entry.kind == FileKind::Link {
            return Ok(String::from_utf8_lossy(target).into_owned());
        }
        Err(FileError::Invalid { path: path.to_owned(), why: "not a link".to_owned() })
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let invalid = |why: String| FileError::Invalid { path: path.to_owned(), why };
        if length > MAX_READ {
            return Err(invalid(format!("a read of more than {MAX_READ} bytes")));
        }
        let (entry, content) = self.at(&resolve(self, path)?)?;
        if entry.kind != FileKind::File {
            return Err(invalid("not a regular file".to_owned()));
        }
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(content.iter().skip(start).take(length).copied().collect())
    }
}
