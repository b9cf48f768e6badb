//! The names in a spec directory.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, RawDir};
use rustix::io::Errno;

use super::directory::DirectoryError;
use super::options::LoadOptions;
use super::stamp::Stamp;
use crate::cdi::spec::Format;
use crate::cdi::trust::check_stat;

/// How many bytes of names are read at once.
const BUFFER: usize = 32 * 1024;

/// An open spec directory, and the names in it that may be spec files.
pub(super) struct Listing {
    pub(super) dir: OwnedFd,
    pub(super) stamp: Stamp,
    pub(super) names: Vec<Listed>,
}

/// A name in a directory, with what the directory itself says of it.
pub(super) struct Listed {
    pub(super) name: OsString,
    pub(super) format: Format,
    pub(super) node: Node,
}

/// What a directory says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) ino: u64,
    /// Whether it is a symbolic link, or may be: then its target can change, and the directory does not
    /// show it.
    pub(super) linked: bool,
}

/// Opens a directory. `None`: there is none.
pub(super) fn open(path: &Path, options: &LoadOptions) -> Result<Option<Listing>, DirectoryError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(dir) => dir,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(io::Error::from(errno).into()),
    };
    let stat = rustix::fs::fstat(&dir).map_err(io::Error::from)?;
    if options.require_trusted {
        check_stat(|| path.to_owned(), &stat)?;
    }
    Ok(Some(Listing { dir, stamp: Stamp::of(&stat), names: Vec::new() }))
}

/// Opens and reads a directory. `None`: there is none.
pub(super) fn list(path: &Path, options: &LoadOptions) -> Result<Option<Listing>, DirectoryError> {
    let Some(mut listing) = open(path, options)? else {
        return Ok(None);
    };
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut entries = RawDir::new(&listing.dir, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(io::Error::from)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        let kind = entry.file_type();
        if kind == FileType::Directory {
            continue;
        }
        let Some(format) = Format::of_name(name) else {
            continue;
        };
        let linked = matches!(kind, FileType::Symlink | FileType::Unknown);
        let node = Node { ino: entry.ino(), linked };
        listing.names.push(Listed { name: name.to_owned(), format, node });
    }
    Ok(Some(listing))
}
