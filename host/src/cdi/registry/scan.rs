//! One spec directory: the files in it that are specs, in the order of their names' bytes. What is
//! below it in other directories does not count.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::LoadOptions;
use super::files::{LoadError, Outcome, ReadError, SpecFile, is_directory, load};
use crate::cdi::names::Kind;
use crate::cdi::spec::Format;
use crate::cdi::trust::{TrustError, check_stat};

/// A spec directory that was searched.
#[derive(Debug)]
pub struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// What was found.
    pub state: DirectoryState,
}

/// What a look at a spec directory gave.
#[derive(Debug)]
pub enum DirectoryState {
    /// It was read.
    Read,
    /// It is not there, which is no error.
    Missing,
    /// It could not be used.
    Failed(DirectoryError),
}

/// Why a spec directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The system does not let it be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// Others than root can change it.
    #[error("{}", .0.problem())]
    Untrusted(#[from] TrustError),
}

/// What a directory gave.
pub(super) struct Found {
    pub(super) directory: Directory,
    pub(super) files: Vec<SpecFile>,
    pub(super) failures: Vec<LoadError>,
    pub(super) skipped: usize,
}

/// Loads the spec files of a directory.
pub(super) fn directory(
    path: &Path,
    priority: usize,
    kinds: Option<&[Kind]>,
    options: &LoadOptions,
) -> Found {
    let mut found = Found {
        directory: Directory { path: path.to_owned(), state: DirectoryState::Read },
        files: Vec::new(),
        failures: Vec::new(),
        skipped: 0,
    };
    let (dir, names) = match list(path, options) {
        Ok(Some(listed)) => listed,
        Ok(None) => {
            found.directory.state = DirectoryState::Missing;
            return found;
        }
        Err(error) => {
            found.directory.state = DirectoryState::Failed(error);
            return found;
        }
    };
    for name in names {
        let file = path.join(OsStr::from_bytes(&name));
        let Some(format) = Format::of_path(&file) else {
            continue;
        };
        match load(dir.as_fd(), &name, &file, format, kinds, options) {
            Outcome::Loaded(kind, spec) => {
                found.files.push(SpecFile { path: file.into(), priority, kind, spec });
            }
            Outcome::OtherKind => found.skipped += 1,
            Outcome::Failed(ReadError::NotAFile, _) if is_directory(&dir, &name) => {}
            // Removed since it was listed; a link whose target is gone is an error.
            Outcome::Failed(ReadError::Io(error), _)
                if error.kind() == io::ErrorKind::NotFound && !exists(&dir, &name) => {}
            Outcome::Failed(error, kind) => {
                found.failures.push(LoadError { path: file, priority, kind, error });
            }
        }
    }
    found
}

/// An open directory, and names in it.
type Listed = (OwnedFd, Vec<Vec<u8>>);

/// The names in the directory that may be spec files, sorted; `None` where there is no directory.
fn list(path: &Path, options: &LoadOptions) -> Result<Option<Listed>, DirectoryError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(dir) => dir,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(io::Error::from(errno).into()),
    };
    if options.require_trusted {
        check_stat(path, &rustix::fs::fstat(&dir).map_err(io::Error::from)?)?;
    }
    let mut names = Vec::new();
    for entry in Dir::read_from(&dir).map_err(io::Error::from)? {
        let entry = entry.map_err(io::Error::from)?;
        let name = entry.file_name().to_bytes();
        let spec = Format::of_path(Path::new(OsStr::from_bytes(name))).is_some();
        if spec && entry.file_type() != FileType::Directory {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(Some((dir, names)))
}

fn exists(dir: impl AsFd, name: &[u8]) -> bool {
    rustix::fs::statat(dir, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok()
}
