//! The files of the host that a modifier's grants show it.

use gantry_modifier::files::{self, FileKind as Kind};
use gantry_modifier::{ErrorKind, Failure, log, platform};

use crate::{Architecture, Entry, FileKind, Files, Root};

/// Bytes that one call reads at most.
const MOST_AT_ONCE: u32 = 1 << 20;

/// The files of the host, through the contract.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Sandbox {
    /// The machine's architecture; `None` for one that has no driver.
    ///
    /// # Errors
    ///
    /// What the host refuses.
    pub fn architecture() -> Result<Option<Architecture>, Failure> {
        Ok(Architecture::from_name(&platform::architecture()?))
    }
}

impl Files for Sandbox {
    type Error = Failure;

    fn glob(&mut self, root: Root, pattern: &str) -> Result<Vec<Entry>, Failure> {
        Ok(files::glob(root.name(), pattern)?.into_iter().map(entry).collect())
    }

    fn stat(&mut self, root: Root, paths: &[&str]) -> Result<Vec<Option<Entry>>, Failure> {
        let one = |path: &&str| there(files::stat(root.name(), &[path]));
        // One path that leads through what is no directory, say, says nothing about the others.
        let entries = match there(files::stat(root.name(), paths))? {
            Some(entries) => entries,
            None => paths
                .iter()
                .map(|path| Ok(one(path)?.and_then(|mut one| one.pop()?)))
                .collect::<Result<_, Failure>>()?,
        };
        Ok(entries.into_iter().map(|found| found.map(entry)).collect())
    }

    fn read_link(&mut self, root: Root, path: &str) -> Result<String, Failure> {
        Ok(files::read_link(root.name(), path)?)
    }

    fn resolve(&mut self, root: Root, path: &str) -> Result<Option<String>, Failure> {
        there(files::resolve(root.name(), path))
    }

    fn read(&mut self, root: Root, path: &str, most: u32) -> Result<Option<Vec<u8>>, Failure> {
        let mut content = Vec::new();
        let mut left = most;
        while left > 0 {
            let length = left.min(MOST_AT_ONCE);
            let Some(part) = there(files::read(root.name(), path, content.len() as u64, length))?
            else {
                return Ok(None);
            };
            let is_end = part.len() < length as usize;
            content.extend(part);
            if is_end {
                break;
            }
            left = left.saturating_sub(length);
        }
        Ok(Some(content))
    }

    fn soname(&mut self, root: Root, path: &str) -> Result<Option<String>, Failure> {
        there(files::soname(root.name(), path)).map(Option::flatten)
    }

    fn warn(&mut self, message: &str) {
        log::warn(message);
    }
}

/// Nothing for what is not there, or is of another kind.
fn there<T>(result: Result<T, gantry_modifier::Error>) -> Result<Option<T>, Failure> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind, ErrorKind::Absent | ErrorKind::Invalid) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn entry(entry: files::Entry) -> Entry {
    let files::Entry { path, kind, mode, uid, gid, size, major, minor } = entry;
    let kind = match kind {
        Kind::File => FileKind::File,
        Kind::Directory => FileKind::Directory,
        Kind::Link => FileKind::Link,
        Kind::CharDevice => FileKind::CharDevice,
        Kind::BlockDevice => FileKind::BlockDevice,
        Kind::Fifo => FileKind::Fifo,
        Kind::Socket => FileKind::Socket,
    };
    Entry { path, kind, mode, uid, gid, size, major, minor }
}
