//! The host's real files below a directory, opened with the kernel's help so that no link leads out.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use pathrs::error::{Error as PathError, ErrorKind};
use pathrs::flags::OpenFlags;
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat, fstat};
use rustix::io::Errno;

use super::{Entry, FileError, FileKind, HostFiles, Reader};
use crate::path::is_normal;

/// Bytes that one read returns at most.
pub const MAX_READ: usize = 1 << 20;

/// A directory of the host, as the root of what is read.
#[derive(Debug)]
pub struct Root {
    root: pathrs::Root,
    path: PathBuf,
}

impl Root {
    /// Opens the directory. Links in its own path are followed: it is the operator's.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let shown = path.to_string_lossy();
        let root = pathrs::Root::open(path).map_err(|error| file_error(&shown, &error))?;
        Ok(Self { root, path: path.to_path_buf() })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a directory, links followed in the root, and reads its names, sorted.
    fn directory(&self, path: &str) -> Result<(File, Vec<String>), FileError> {
        let failed = |errno: Errno| errno_error(path, errno);
        let directory = self.handle(path, true)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened: File = rustix::fs::openat(directory.as_fd(), ".", flags, Mode::empty())
            .map_err(failed)?
            .into();
        let mut names = Vec::new();
        for found in rustix::fs::Dir::read_from(&opened).map_err(failed)? {
            // A name that is not UTF-8 is nobody's device and nobody's library.
            match found.map_err(failed)?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        names.sort_unstable();
        Ok((opened, names))
    }

    /// [`HostFiles::lstat`] with the directory of the last path, which is opened only if it is another.
    fn lstat_in<'p>(
        &self,
        opened: &mut Option<(&'p str, pathrs::Handle)>,
        path: &'p str,
    ) -> Result<Entry, FileError> {
        check(path)?;
        let (directory, name) = match path.rsplit_once('/') {
            Some((_, "")) | None => return self.lstat(path),
            Some(("", name)) => ("/", name),
            Some(split) => split,
        };
        let handle = match opened {
            Some((known, handle)) if *known == directory => handle,
            _ => {
                let handle = self.handle(directory, true).map_err(|error| error.at(path))?;
                &mut opened.insert((directory, handle)).1
            }
        };
        let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
        let stat = rustix::fs::statat(handle.as_fd(), name, flags);
        entry(path.to_owned(), &stat.map_err(|errno| errno_error(path, errno))?)
    }

    /// Opens for reading the very file that was looked at.
    fn reopen(&self, path: &str, handle: &pathrs::Handle, found: &Stat) -> Result<File, FileError> {
        // `Handle::reopen` makes sure of /proc first, which takes longer than most reads. What it guards
        // against shows afterwards as well: another file.
        let link = format!("/proc/self/fd/{}", handle.as_fd().as_raw_fd());
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let is_same = |file: &OwnedFd| {
            fstat(file)
                .is_ok_and(|opened| (opened.st_dev, opened.st_ino) == (found.st_dev, found.st_ino))
        };
        match rustix::fs::open(link, flags, Mode::empty()) {
            Ok(file) if is_same(&file) => return Ok(file.into()),
            // There is no /proc, and the library would panic.
            Err(Errno::NOENT) => {
                let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
                let opened = rustix::fs::openat2(&self.root, path, flags, Mode::empty(), within);
                let file = opened.map_err(|errno| errno_error(path, errno))?;
                if is_same(&file) {
                    return Ok(file.into());
                }
                let why = "another file came into its place".to_owned();
                return Err(FileError::Failed { path: path.to_owned(), why });
            }
            Ok(_) | Err(_) => {}
        }
        let opened = handle.reopen(OpenFlags::O_RDONLY | OpenFlags::O_NONBLOCK);
        opened.map_err(|error| file_error(path, &error))
    }

    /// What is at a path, links in its directories followed in the root, and the last one as asked.
    fn handle(&self, path: &str, follow: bool) -> Result<pathrs::Handle, FileError> {
        check(path)?;
        let mut flags = OFlags::PATH | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follow);
        let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), within) {
            Ok(opened) => return Ok(pathrs::Handle::from_fd(opened)),
            // Mostly so. The library would look for the reason at length.
            Err(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => {
                return Err(errno_error(path, errno));
            }
            // A kernel without the call, or a rename elsewhere meanwhile: the library knows ways.
            Err(_) => {}
        }
        let found = if follow { self.root.resolve(path) } else { self.root.resolve_nofollow(path) };
        found.map_err(|error| file_error(path, &error))
    }
}

impl HostFiles for Root {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        let handle = self.handle(path, false)?;
        entry(path.to_owned(), &stat(path, handle.as_fd())?)
    }

    fn lstats(&self, paths: &[&str]) -> Vec<Result<Entry, FileError>> {
        let mut opened = None;
        paths.iter().map(|path| self.lstat_in(&mut opened, path)).collect()
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let (opened, names) = self.directory(directory)?;
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let path = join(directory, &name);
            match rustix::fs::statat(&opened, &name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => entries.push(entry(path, &stat)?),
                // Gone since it was listed.
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno_error(&path, errno)),
            }
        }
        Ok(entries)
    }

    fn names(&self, directory: &str) -> Result<Vec<String>, FileError> {
        self.directory(directory).map(|(_, names)| names)
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        let handle = self.handle(path, false)?;
        if stat(path, handle.as_fd()).map(|stat| FileType::from_raw_mode(stat.st_mode))?
            != FileType::Symlink
        {
            return Err(invalid(path, "not a link"));
        }
        let target = rustix::fs::readlinkat(handle.as_fd(), "", Vec::new())
            .map_err(|errno| errno_error(path, errno))?;
        target.into_string().map_err(|_| invalid(path, "its target is not UTF-8"))
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        self.reader(path)?(offset, length)
    }

    fn reader<'a>(&'a self, path: &'a str) -> Result<Reader<'a>, FileError> {
        check(path)?;
        let handle = self.handle(path, true)?;
        // Looked at before it is opened: opening a device or a FIFO does things.
        let found = stat(path, handle.as_fd())?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err(invalid(path, "not a regular file"));
        }
        let file = self.reopen(path, &handle, &found)?;
        Ok(Box::new(move |offset, length| read_at(&file, path, offset, length)))
    }
}

pub(super) fn check(path: &str) -> Result<(), FileError> {
    if is_normal(path) {
        return Ok(());
    }
    Err(invalid(path, "not an absolute path without `.` and `..`"))
}

/// Up to `length` bytes from `offset`, fewer only at the end of the file.
pub(super) fn read_at(
    file: &File,
    path: &str,
    mut offset: u64,
    length: usize,
) -> Result<Vec<u8>, FileError> {
    // Never fewer bytes than asked for, which would look like the end of the file.
    if length > MAX_READ {
        return Err(invalid(path, &format!("a read of more than {MAX_READ} bytes")));
    }
    // No file is that long; the system would call it an error. (The size that stat gives does not
    // count: it is 0 for files of /proc.)
    let end = offset.checked_add(length as u64);
    if end.is_none_or(|end| i64::try_from(end).is_err()) {
        return Ok(Vec::new());
    }
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..)
        && !rest.is_empty()
    {
        match file.read_at(rest, offset) {
            Ok(0) => break,
            Ok(count) => {
                filled += count;
                offset += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(os_error(path, &error)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

pub(super) fn join(directory: &str, name: &str) -> String {
    [if directory == "/" { "" } else { directory }, "/", name].concat()
}

fn stat(path: &str, fd: BorrowedFd<'_>) -> Result<Stat, FileError> {
    fstat(fd).map_err(|errno| errno_error(path, errno))
}

pub(super) fn entry(path: String, stat: &Stat) -> Result<Entry, FileError> {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Link,
        FileType::CharacterDevice => FileKind::CharDevice,
        FileType::BlockDevice => FileKind::BlockDevice,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        FileType::Unknown => return Err(invalid(&path, "a file of an unknown kind")),
    };
    let device = matches!(kind, FileKind::CharDevice | FileKind::BlockDevice);
    Ok(Entry {
        path,
        kind,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        major: if device { rustix::fs::major(stat.st_rdev) } else { 0 },
        minor: if device { rustix::fs::minor(stat.st_rdev) } else { 0 },
    })
}

pub(super) fn invalid(path: &str, why: &str) -> FileError {
    FileError::Invalid { path: path.to_owned(), why: why.to_owned() }
}

pub(super) fn errno_error(path: &str, errno: Errno) -> FileError {
    os_error(path, &std::io::Error::from(errno))
}

fn file_error(path: &str, error: &PathError) -> FileError {
    match error.kind() {
        ErrorKind::OsError(Some(errno)) => {
            os_error(path, &std::io::Error::from_raw_os_error(errno))
        }
        _ => FileError::Failed { path: path.to_owned(), why: error.to_string() },
    }
}

fn os_error(path: &str, error: &std::io::Error) -> FileError {
    let path = path.to_owned();
    if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
        return FileError::Invalid { path, why: "too many links".to_owned() };
    }
    match error.kind() {
        std::io::ErrorKind::NotFound => FileError::Absent { path },
        std::io::ErrorKind::NotADirectory => {
            FileError::Invalid { path, why: "a part of it is not a directory".to_owned() }
        }
        _ => FileError::Failed { path, why: error.to_string() },
    }
}
