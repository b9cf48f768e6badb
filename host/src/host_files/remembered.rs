//! Files of the host with a memory of where directories lead, for the many questions of one run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Entry, FileError, FileKind, HostFiles};

/// Files that ask once where the links of a path lead. What changes meanwhile is not seen.
#[derive(Debug)]
pub struct Remembered<F> {
    files: F,
    resolved: Mutex<HashMap<String, Result<String, FileError>>>,
}

impl<F: HostFiles> Remembered<F> {
    /// The same files.
    pub fn new(files: F) -> Self {
        Self { files, resolved: Mutex::default() }
    }

    /// Where a path leads: its directory, which others share, and then one step.
    fn find(&self, path: &str) -> Result<String, FileError> {
        let Some((directory, name)) = path.rsplit_once('/').filter(|(_, name)| !name.is_empty())
        else {
            return self.files.resolve(path);
        };
        if directory.is_empty() {
            return self.files.resolve(path);
        }
        let directory = self.resolve(directory).map_err(|error| error.at(path))?;
        let here = format!("{}/{name}", directory.trim_end_matches('/'));
        match self.files.lstat(&here) {
            Ok(Entry { kind: FileKind::Link, .. }) => self.files.resolve(path),
            Ok(_) => Ok(here),
            Err(error) => Err(error.at(path)),
        }
    }
}

impl<F: HostFiles> HostFiles for Remembered<F> {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        self.files.lstat(path)
    }

    fn lstats(&self, paths: &[&str]) -> Vec<Result<Entry, FileError>> {
        self.files.lstats(paths)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.files.list(directory)
    }

    fn names(&self, directory: &str) -> Result<Vec<String>, FileError> {
        self.files.names(directory)
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        self.files.read_link(path)
    }

    fn resolve(&self, path: &str) -> Result<String, FileError> {
        let known = |map: &HashMap<String, _>| map.get(path).cloned();
        if let Some(found) = known(&self.resolved.lock().unwrap_or_else(PoisonError::into_inner)) {
            return found;
        }
        let found = self.find(path);
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        resolved.insert(path.to_owned(), found.clone());
        found
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        self.files.read(path, offset, length)
    }
}

#[cfg(test)]
mod tests {
    use super::Remembered;
    use crate::host_files::{HostFiles, Recorded};

    #[test]
    fn it_answers_as_the_files_do() {
        let files = || {
            Recorded::new()
                .file("/usr/lib/x/libx.so", b"")
                .link("/lib", "usr/lib")
                .link("/usr/lib/y", "/lib/x")
                .link("/astray", "gone")
                .link("/around", "around")
        };
        let (plain, remembered) = (files(), Remembered::new(files()));
        for path in [
            "/",
            "/usr",
            "/lib",
            "/lib/x/libx.so",
            "/lib/y/libx.so",
            "/usr/lib/y",
            "/astray",
            "/around",
            "/astray/x",
            "/usr/lib/x/libx.so/below",
            "/none/below",
            "relative",
            "/a/../b",
            "",
        ] {
            for _ in 0..2 {
                let (wanted, found) = (plain.resolve(path), remembered.resolve(path));
                assert_eq!(found.is_ok(), wanted.is_ok(), "{path}: {found:?} {wanted:?}");
                assert_eq!(found.ok(), wanted.ok(), "{path}");
            }
        }
    }
}
