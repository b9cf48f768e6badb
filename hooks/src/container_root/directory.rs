//! A directory in the container's root: what is in it, and new things in it.
//!
//! A new file or link gets a name of its own first, and is then renamed to its place. So what stood there
//! is never opened, nobody sees half a file, and nothing stays behind when it fails.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// A directory of the container.
#[derive(Debug)]
pub struct Directory {
    handle: OwnedFd,
    /// What was made on the way here, each with the directory that it is in.
    made: Vec<(OwnedFd, OsString)>,
}

/// What a directory holds under a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// What it is; [`FileType::Unknown`] where the file system does not say in passing.
    pub kind: FileType,
}

impl Directory {
    pub(crate) fn new(handle: OwnedFd) -> Self {
        Self { handle, made: Vec::new() }
    }

    /// Keeps what was made on the way here.
    pub fn keep(&mut self) {
        self.made.clear();
    }

    /// Steps into a directory of this name, and makes it before where nothing is there.
    pub(super) fn make(&mut self, name: &OsStr, mode: u32) -> io::Result<()> {
        let fresh = match rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(mode)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(errno) => return Err(errno.into()),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let inner = rustix::fs::openat(&self.handle, name, flags, Mode::empty())?;
        let outer = std::mem::replace(&mut self.handle, inner);
        if fresh {
            self.made.push((outer, name.to_owned()));
        }
        Ok(())
    }

    /// Calls `each` for what is in it, in no order, until that fails.
    pub fn for_each<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.handle, ".", flags, Mode::empty());
        let listed = opened.and_then(Dir::new).map_err(io::Error::from)?;
        for found in listed {
            let found = found.map_err(io::Error::from)?;
            let name = found.file_name().to_bytes();
            if name != b"." && name != b".." {
                let name = OsString::from_vec(name.to_owned());
                each(Entry { name, kind: found.file_type() })?;
            }
        }
        Ok(())
    }

    /// What a name is, links not followed.
    pub fn lstat(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// A handle on a name in it, links not followed. It is not opened.
    pub fn entry(&self, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.handle, name, flags, Mode::empty())?)
    }

    /// The text of a link; `None` where there is no link of this name.
    pub fn read_link(&self, name: &OsStr) -> io::Result<Option<OsString>> {
        match rustix::fs::readlinkat(&self.handle, name, Vec::new()) {
            Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()))),
            Err(Errno::NOENT | Errno::INVAL) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Puts a new link in a name's place, whatever stood there; only a directory stays.
    pub fn link(&self, name: &OsStr, target: &OsStr) -> io::Result<()> {
        let fresh = self.fresh(|fresh| rustix::fs::symlinkat(target, &self.handle, fresh))?.1;
        fresh.rename(name)
    }

    /// Puts a new file in a name's place, whatever stood there; only a directory stays.
    pub fn write(&self, name: &OsStr, mode: u32, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY
            | OFlags::CREATE
            | OFlags::EXCL
            | OFlags::NOFOLLOW
            | OFlags::NOCTTY
            | OFlags::CLOEXEC;
        let private = Mode::from_raw_mode(0o600);
        let opened = self.fresh(|name| rustix::fs::openat(&self.handle, name, flags, private));
        let (file, fresh) = opened?;
        let mut file = File::from(file);
        file.write_all(bytes)?;
        // Not by the mode at its creation, which a mask or an ACL changes.
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        fresh.rename(name)
    }

    /// Makes something under a name that nothing has.
    fn fresh<T>(
        &self,
        mut create: impl FnMut(&OsStr) -> rustix::io::Result<T>,
    ) -> io::Result<(T, Fresh<'_>)> {
        loop {
            let mut random = [0_u8; 16];
            getrandom(&mut random, GetRandomFlags::empty())?;
            let name = format!(".gantry-hook-{:032x}", u128::from_ne_bytes(random));
            let name = OsString::from(name);
            match create(&name) {
                Ok(created) => return Ok((created, Fresh { directory: &self.handle, name })),
                // Nobody guesses the name; but the directory may be anything.
                Err(Errno::EXIST | Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        for (directory, name) in self.made.drain(..).rev() {
            // What somebody has put into it meanwhile keeps it.
            let _stays = rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR);
        }
    }
}

/// Something new that is not in its place yet; it goes when this is dropped.
struct Fresh<'d> {
    directory: &'d OwnedFd,
    name: OsString,
}

impl Fresh<'_> {
    fn rename(mut self, to: &OsStr) -> io::Result<()> {
        rustix::fs::renameat(self.directory, &self.name, self.directory, to)?;
        self.name.clear();
        Ok(())
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        if !self.name.as_bytes().is_empty() {
            let _stays = rustix::fs::unlinkat(self.directory, &self.name, AtFlags::empty());
        }
    }
}
