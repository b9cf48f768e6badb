//! Files of the host below given roots, behind one trait, so that a test or a replay can give them.

mod elf;
mod glob;
mod opened;
mod pattern;
mod recorded;
mod resolve;
mod root;
#[cfg(test)]
mod tests;

use std::fmt;

pub use elf::soname;
pub use gantry_discovery::{Entry, FileKind};
pub use glob::glob;
pub use opened::Opened;
#[cfg(feature = "config")]
pub(crate) use pattern::wild;
pub use pattern::{Pattern, PatternError};
pub use recorded::Recorded;
#[cfg(feature = "pipeline")]
pub(crate) use resolve::resolve_directories;
pub use root::{MAX_READ, Root};

/// Reading the host's files below one root. Paths begin with `/` and are relative to that root; no
/// link is followed out of it.
pub trait HostFiles: fmt::Debug + Send + Sync {
    /// What lstat says: links in the directories of the path are resolved in the root, the last
    /// element is not followed.
    fn lstat(&self, path: &str) -> Result<Entry, FileError>;

    /// The same of several paths. Those in a row that are in one directory may take less together.
    fn lstats(&self, paths: &[&str]) -> Vec<Result<Entry, FileError>> {
        paths.iter().map(|path| self.lstat(path)).collect()
    }

    /// The entries of a directory, sorted by name, without `.` and `..`.
    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError>;

    /// The names in a directory, sorted, without `.` and `..`: cheaper than [`HostFiles::list`], which
    /// looks at every entry.
    fn names(&self, directory: &str) -> Result<Vec<String>, FileError> {
        let name = |entry: &Entry| entry.path.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(self.list(directory)?.iter().map(name).collect())
    }

    /// The names in a directory that match a pattern without `/`, sorted, and how many there are in all.
    fn names_like(
        &self,
        directory: &str,
        pattern: &Pattern,
    ) -> Result<(usize, Vec<String>), FileError> {
        let mut names = self.names(directory)?;
        let all = names.len();
        names.retain(|name| pattern.matches(name));
        Ok((all, names))
    }

    /// The target of a link, as it is written.
    fn read_link(&self, path: &str) -> Result<String, FileError>;

    /// The path that is left when all links are followed in the root.
    fn resolve(&self, path: &str) -> Result<String, FileError> {
        resolve::resolve(self, path)
    }

    /// Where a path is when the links of its directories are followed in the root, its last element not;
    /// and what lstat says of it. An error of the first where the directories are not there.
    fn locate(&self, path: &str) -> Result<(String, Result<Entry, FileError>), FileError> {
        let path = resolve::resolve_directories(self, path)?;
        let entry = self.lstat(&path);
        Ok((path, entry))
    }

    /// Up to `length` bytes of a regular file from `offset`; fewer only at its end. Links are followed in
    /// the root. Anything but a regular file is refused without being opened for reading, and so is a
    /// `length` of more than [`MAX_READ`].
    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError>;

    /// [`HostFiles::read`] of one file, several times: it may be found and opened once.
    fn reader<'a>(&'a self, path: &'a str) -> Result<Reader<'a>, FileError> {
        Ok(Box::new(move |offset, length| self.read(path, offset, length)))
    }
}

/// Reads one file: up to so many bytes from an offset.
pub type Reader<'a> = Box<dyn Fn(u64, usize) -> Result<Vec<u8>, FileError> + 'a>;

/// The beginning of a regular file, up to `most` bytes of it, which may be more than one read gives.
pub fn read_up_to(files: &dyn HostFiles, path: &str, most: usize) -> Result<Vec<u8>, FileError> {
    let mut content = Vec::new();
    loop {
        let length = MAX_READ.min(most - content.len());
        let part = files.read(path, content.len() as u64, length)?;
        let is_end = part.len() < length;
        content.extend(part);
        if is_end || content.len() == most {
            return Ok(content);
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is nothing at the path.
    #[error("{path}: not there")]
    Absent {
        /// The path that was asked for.
        path: String,
    },
    /// The path or what it names cannot be used so.
    #[error("{path}: {why}")]
    Invalid {
        /// The path that was asked for.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The system call failed.
    #[error("{path}: {why}")]
    Failed {
        /// The path that was asked for.
        path: String,
        /// The system's own words.
        why: String,
    },
}

impl FileError {
    /// The same, told by the path that is seen from outside of the root.
    pub(crate) fn below(mut self, root: &str) -> Self {
        let (Self::Absent { path } | Self::Invalid { path, .. } | Self::Failed { path, .. }) =
            &mut self;
        path.insert_str(0, root.trim_end_matches('/'));
        self
    }

    /// The same of another path, that could not be looked at because of the first.
    fn at(self, path: &str) -> Self {
        let path = path.to_owned();
        match self {
            Self::Absent { .. } => Self::Absent { path },
            Self::Invalid { why, .. } => Self::Invalid { path, why },
            Self::Failed { why, .. } => Self::Failed { path, why },
        }
    }
}
