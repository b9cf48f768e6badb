//! The store's folder, opened once, and files in it: looked at and read through one descriptor, so that
//! nothing is exchanged in between.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::{Store, StoreError, StoreProblem};

/// Writers hold a lock on this file.
pub(super) const LOCK: &str = ".lock";
/// What comes behind the name of a file that was taken out of the store.
pub(super) const REFUSED: &str = ".refused";

/// The open folder of a store that only trusted users can write.
pub(super) struct Folder<'a> {
    pub(super) store: &'a Store,
    pub(super) fd: OwnedFd,
}

/// Which file was looked at: a writer may have put another in its place since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    dev: u64,
    ino: u64,
}

/// A file of the store that may be read.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) seen: Seen,
}

impl Store {
    /// Opens the folder; `None` where there is none.
    pub(super) fn folder(&self) -> Result<Option<Folder<'_>>, StoreError> {
        let wrong = |problem| StoreError::new(&self.dir, problem);
        match std::fs::symlink_metadata(&self.dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::system(&self.dir, error)),
            Ok(facts) if facts.is_symlink() => {
                return Err(wrong(StoreProblem::NotFolder("a link")));
            }
            Ok(facts) if !facts.is_dir() => return Err(wrong(StoreProblem::NotFolder("a file"))),
            Ok(_) => {}
        }
        if !self.trust.look(&self.dir)? {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&self.dir, flags, Mode::empty())
            .map_err(|error| StoreError::system(&self.dir, error))?;
        Ok(Some(Folder { store: self, fd }))
    }
}

impl Folder<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.store.dir.join(name)
    }

    pub(super) fn error(&self, name: &str, problem: StoreProblem) -> StoreError {
        StoreError::new(self.path(name), problem)
    }

    pub(super) fn system(&self, name: &str, error: impl std::fmt::Display) -> StoreError {
        StoreError::system(self.path(name), error)
    }

    /// Opens a file: a regular one, no link, of a trusted owner, that nobody else can write. `None`
    /// where it is not there.
    pub(super) fn open(&self, name: &str) -> Result<Option<Opened>, StoreError> {
        // A FIFO must not make us wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => {
                return Err(self.refuse_there(name, StoreProblem::NotRegular("a link")));
            }
            Err(Errno::NXIO) => {
                return Err(self.refuse_there(name, StoreProblem::NotRegular("a socket or device")));
            }
            Err(errno) => return Err(self.system(name, errno)),
        };
        let facts = file.metadata().map_err(|error| self.system(name, error))?;
        let seen = Seen { dev: facts.dev(), ino: facts.ino() };
        if !facts.is_file() {
            let what = if facts.is_dir() { "a folder" } else { "a FIFO or device" };
            return Err(self.refuse(name, seen, StoreProblem::NotRegular(what)));
        }
        if let Err(error) = self.store.trust.check(&self.path(name), &facts, 0) {
            let error = StoreError::from(error);
            return Err(self.refuse(name, seen, *error.problem));
        }
        Ok(Some(Opened { file, length: facts.len(), seen }))
    }

    /// The bytes of a file of at most `most`.
    pub(super) fn read(
        &self,
        name: &str,
        most: u64,
    ) -> Result<Option<(Vec<u8>, Seen)>, StoreError> {
        let Some(Opened { file, length, seen }) = self.open(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or(0));
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| self.system(name, error))?;
        if bytes.len() as u64 > most {
            let problem = StoreProblem::Length { found: length, recorded: most };
            return Err(self.refuse(name, seen, problem));
        }
        Ok(Some((bytes, seen)))
    }

    /// The error of a file that must not be used, which is kept aside where that can be done. Not
    /// while a writer is at work, nor when one has been: it may have mended it. And not for those who
    /// only look: they make no file, not even the lock.
    pub(super) fn refuse(&self, name: &str, seen: Seen, problem: StoreProblem) -> StoreError {
        let mut error = self.error(name, problem);
        if !self.store.keeps_aside {
            return error;
        }
        if let Some(_lock) = self.lock(false).ok().flatten() {
            let aside = format!("{name}{REFUSED}");
            if self.there(name) == Some(seen)
                && rustix::fs::renameat(&self.fd, name, &self.fd, &aside).is_ok()
            {
                error.kept = Some(self.path(&aside));
            }
        }
        error
    }

    /// The same of what cannot even be opened.
    fn refuse_there(&self, name: &str, problem: StoreProblem) -> StoreError {
        match self.there(name) {
            Some(seen) => self.refuse(name, seen, problem),
            None => self.error(name, problem),
        }
    }

    /// What is there now, unless it is a folder.
    fn there(&self, name: &str) -> Option<Seen> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        (!is_folder).then_some(Seen { dev: stat.st_dev, ino: stat.st_ino })
    }

    /// Takes the writers' lock, which lasts as long as the file is open. `None` where another holds it
    /// and we do not wait.
    pub(super) fn lock(&self, wait: bool) -> Result<Option<File>, StoreError> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::openat(&self.fd, LOCK, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| self.system(LOCK, error))?;
        let operation = if wait {
            FlockOperation::LockExclusive
        } else {
            FlockOperation::NonBlockingLockExclusive
        };
        loop {
            match rustix::fs::flock(&file, operation) {
                Ok(()) => return Ok(Some(File::from(file))),
                Err(Errno::AGAIN) if !wait => return Ok(None),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.system(LOCK, errno)),
            }
        }
    }
}
