//! Putting new text in the place of a file: at once where that can be done, in place where it cannot.

use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::store::{Facts, StoreError};

/// How often another temporary name is tried.
const TRIES: u64 = 16;

/// Replaces the text of the file that is known by `facts` and holds `old`. Returns its new facts.
pub(super) fn replace(
    path: &Path,
    facts: Facts,
    old: &str,
    new: &str,
) -> Result<Facts, StoreError> {
    let failed = |source: io::Error| StoreError::Write { path: path.to_owned(), source };
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed(Errno::INVAL.into()));
    };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory =
        rustix::fs::open(directory, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let directory = directory.as_fd();
    let there = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    if !there.is_ok_and(|stat| Facts::from(stat) == facts) {
        return Err(StoreError::Changed { path: path.to_owned() });
    }
    match rename_over(directory, name, facts, new) {
        Ok(facts) => Ok(facts),
        Err(replacing) if cannot_be_replaced(&replacing) => {
            let open = open_in_place(directory, name, facts);
            let file = match open {
                Ok(Some(file)) => file,
                Ok(None) => return Err(StoreError::Changed { path: path.to_owned() }),
                Err(writing) => {
                    return Err(StoreError::NotWritable {
                        path: path.to_owned(),
                        replacing,
                        writing,
                    });
                }
            };
            write_in_place(&file, path, old, new)?;
            Facts::of(&file).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whether a file cannot be made beside the old one, have its owner, or take its place, though the old
/// one itself may be writable: it is a mount point, its directory is read-only or not ours.
fn cannot_be_replaced(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    let reasons = [
        Errno::ACCESS,
        Errno::PERM,
        Errno::ROFS,
        Errno::XDEV,
        Errno::BUSY,
        // An owner that this user namespace does not know.
        Errno::INVAL,
    ];
    errno.is_some_and(|errno| reasons.contains(&errno))
}

/// Makes the new file beside the old one and renames it.
///
/// Not synchronised to the disk: a container does not survive a crash of the host, and its engine
/// writes the bundle without that, too. It would cost more than all the rest of a `create`.
fn rename_over(directory: BorrowedFd, name: &OsStr, facts: Facts, text: &str) -> io::Result<Facts> {
    let (mut file, temporary) = Temporary::create(directory, name)?;
    file.write_all(text.as_bytes())?;
    let made = Facts::of(&file)?;
    if (made.uid, made.gid) != (facts.uid, facts.gid) {
        let (uid, gid) = (Uid::from_raw(facts.uid), Gid::from_raw(facts.gid));
        rustix::fs::fchown(&file, Some(uid), Some(gid))?;
    }
    // After the owner, which clears bits of the mode.
    rustix::fs::fchmod(&file, Mode::from_raw_mode(facts.mode))?;
    let facts = Facts::of(&file)?;
    rustix::fs::renameat(directory, &temporary.name, directory, name)?;
    temporary.keep();
    Ok(facts)
}

/// A file that is removed again unless it is kept.
struct Temporary<'a> {
    directory: BorrowedFd<'a>,
    name: String,
    kept: bool,
}

impl<'a> Temporary<'a> {
    fn create(directory: BorrowedFd<'a>, name: &OsStr) -> io::Result<(File, Self)> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Seeded by the system: others cannot foresee the name and take it first.
        let random = RandomState::new();
        let mut taken = Errno::EXIST;
        for attempt in 0..TRIES {
            let name = format!(".{}.{:016x}", name.to_string_lossy(), random.hash_one(attempt));
            match rustix::fs::openat(directory, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => return Ok((file.into(), Self { directory, name, kept: false })),
                Err(Errno::EXIST) => {}
                Err(error) => {
                    taken = error;
                    break;
                }
            }
        }
        Err(taken.into())
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = rustix::fs::unlinkat(self.directory, &self.name, AtFlags::empty())
        {
            tracing::warn!(name = self.name, %error, "a temporary file stays behind");
        }
    }
}

/// Opens the file itself for writing; `None` if it is another one by now.
fn open_in_place(directory: BorrowedFd, name: &OsStr, facts: Facts) -> io::Result<Option<File>> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(directory, name, flags, Mode::empty())?);
    Ok((Facts::of(&file)? == facts).then_some(file))
}

/// Writes the new text over the old one, and the old one again if that fails.
pub(super) fn write_in_place(
    file: &File,
    path: &Path,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    let write = |text: &str| {
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)
    };
    let path = path.to_owned();
    match write(new) {
        Ok(()) => Ok(()),
        // The old text's blocks are still the file's: there is room for it even on a full disk.
        Err(source) => match write(old) {
            Ok(()) => Err(StoreError::Write { path, source }),
            Err(restoring) => Err(StoreError::Damaged { path, writing: source, restoring }),
        },
    }
}
