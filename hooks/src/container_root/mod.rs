//! The container's root file system: the only way to what is in it.
//!
//! Its links are the image's, and may be swapped at any time. So a path is resolved by the kernel, inside
//! the root (`openat2` with `RESOLVE_IN_ROOT`; a safe walk where the kernel lacks it), and what follows is
//! done through the handle that came of it, never by the path again.

mod directory;
mod kernels;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use pathrs::error::Error as PathError;
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat};
use rustix::io::Errno;

pub use directory::{Directory, Entry};
pub(crate) use kernels::is_kernels;
use kernels::refuse_kernels;

/// How often a path is resolved again, because something was renamed elsewhere on the host meanwhile.
/// (The library tries 128 times before that counts here.) The deadline ends a hook before this does.
const MOST_TRIES: u32 = 100_000;

/// Why a container's root is refused.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It cannot be opened as a directory.
    #[error("the container's root {path:?}: {source}")]
    Open {
        /// Its path on the host.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is the host's, by whatever name.
    #[error("the container's root {path:?}: it is the root of the host")]
    Host {
        /// Its path.
        path: PathBuf,
    },
}

/// The root of a container.
#[derive(Debug)]
pub struct ContainerRoot {
    root: pathrs::Root,
}

impl ContainerRoot {
    /// Opens the directory. Links in its own path are the host's, and are followed.
    pub fn open(path: &Path) -> Result<Self, RootError> {
        let failed = |errno: Errno| RootError::Open { path: path.into(), source: errno.into() };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
        let host = rustix::fs::stat("/").map_err(failed)?;
        if same(&fstat(&root).map_err(failed)?, &host) {
            return Err(RootError::Host { path: path.into() });
        }
        Ok(Self { root: pathrs::Root::from_fd(root) })
    }

    /// A handle on what a path leads to, links followed in the root. It is not opened: a handle on a
    /// device or a FIFO does nothing.
    pub fn resolve(&self, path: &Path) -> io::Result<OwnedFd> {
        let mut tries = 0;
        loop {
            match self.root.resolve(path) {
                Ok(handle) => return Ok(handle.into()),
                Err(error) if error.can_retry() && tries < MOST_TRIES => tries += 1,
                Err(error) => return Err(io_error(&error)),
            }
        }
    }

    /// A directory, links followed in the root.
    pub fn directory(&self, path: &Path) -> io::Result<Directory> {
        let handle = self.resolve(path)?;
        if kind(&fstat(&handle)?) != FileType::Directory {
            return Err(Errno::NOTDIR.into());
        }
        Ok(Directory::new(handle))
    }

    /// A directory, which is made where it is not there: it with `mode`, what leads to it with 0755. What
    /// was made goes again when the [`Directory`] is dropped without [`Directory::keep`].
    ///
    /// A link that leads nowhere is an error: what it names is not made.
    pub fn make_directory(&self, path: &Path, mode: u32) -> io::Result<Directory> {
        let path = clean(path);
        let mut missing: Vec<&OsStr> = Vec::new();
        let mut there = path.as_path();
        let mut directory = loop {
            match self.directory(there) {
                Ok(directory) => break directory,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let (Some(parent), Some(name)) = (there.parent(), there.file_name()) else {
                return Err(Errno::NOENT.into());
            };
            missing.push(name);
            there = parent;
        };
        // There, a directory is an order to the kernel.
        refuse_kernels(&directory)?;
        while let Some(name) = missing.pop() {
            directory.make(name, if missing.is_empty() { mode } else { 0o755 })?;
        }
        Ok(directory)
    }

    /// Its path on the host.
    pub fn path(&self) -> io::Result<PathBuf> {
        fd_path(self.root.as_fd())
    }

    /// The path of a handle as the container sees it.
    pub fn path_of(&self, handle: impl AsFd) -> io::Result<PathBuf> {
        let root = self.path()?;
        let path = fd_path(handle.as_fd())?;
        match path.strip_prefix(&root) {
            Ok(path) => Ok(Path::new("/").join(path)),
            Err(_) => Err(io::Error::other("it is not below the container's root any more")),
        }
    }
}

impl AsFd for ContainerRoot {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

/// Opens for reading what a handle is on, if that is a regular file, and none of the kernel's own.
pub fn open_regular(handle: impl AsFd) -> io::Result<File> {
    refuse_kernels(&handle)?;
    open_any_regular(handle)
}

/// The same, where a file of the kernel's is what is wanted.
pub(crate) fn open_any_regular(handle: impl AsFd) -> io::Result<File> {
    // Looked at before it is opened: opening a device or a FIFO does things.
    let found = fstat(&handle)?;
    if kind(&found) != FileType::RegularFile {
        return Err(io::Error::other("not a regular file"));
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(fd_link(handle.as_fd()), flags, Mode::empty())?;
    if !same(&fstat(&file)?, &found) {
        return Err(io::Error::other("/proc of the host led to another file"));
    }
    Ok(file.into())
}

/// Sets the permission bits of what a handle is on, but of nothing of the kernel's.
pub fn set_mode(handle: impl AsFd, mode: u32) -> io::Result<()> {
    refuse_kernels(&handle)?;
    // There is no system call for it before Linux 6.6.
    Ok(rustix::fs::chmod(fd_link(handle.as_fd()), Mode::from_raw_mode(mode & 0o777))?)
}

/// Splits a path of the container into the directory and the name in it. `None` where there is no name:
/// at `/`, `.`, `..` and nothing.
#[must_use]
pub fn split(path: &Path) -> Option<(PathBuf, OsString)> {
    let bytes = path.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|&byte| byte != b'/')? + 1;
    let bytes = bytes.get(..end)?;
    let start = bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let (directory, name) = bytes.split_at_checked(start)?;
    match name {
        b"." | b".." | b"" => None,
        name => {
            Some((clean(Path::new(OsStr::from_bytes(directory))), OsStr::from_bytes(name).into()))
        }
    }
}

/// A path from the root, without `.` and `..`. They are taken from its text, as the reference does, and
/// before anything is looked up.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => cleaned.push(name),
            Component::ParentDir => drop(cleaned.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    cleaned
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// The link of the host's `/proc` to what a handle is on.
pub(crate) fn fd_link(handle: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", handle.as_raw_fd())
}

fn fd_path(handle: BorrowedFd<'_>) -> io::Result<PathBuf> {
    std::fs::read_link(fd_link(handle))
}

fn io_error(error: &PathError) -> io::Error {
    match error.kind() {
        pathrs::error::ErrorKind::OsError(Some(errno)) => io::Error::from_raw_os_error(errno),
        _ => io::Error::other(error.to_string()),
    }
}
