//! Reading files that nobody else can have written.
//!
//! The path is walked element by element, so that every folder and every link on the way is looked
//! at: when only trusted users can change any of them, nothing can be exchanged between the look and
//! the read.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// How many links are followed.
const LINKS: usize = 40;
/// Group's and others' permission to write.
const WRITABLE: u32 = 0o022;
/// In such a folder, only its owner and a file's owner can rename or remove the file.
const STICKY: u32 = 0o1000;

/// Why a file or folder is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// It could not be read.
    #[error("{}: cannot be read: {why}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's own words, or what is wrong with the path.
        why: String,
    },
    /// Others than root (or, rootless, the user) can change it, or something on its path.
    #[error("{}: {problem}; {remedy}", path.display())]
    Untrusted {
        /// The file or folder.
        path: PathBuf,
        /// Its owner or mode, and why that cannot be.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

/// Whose files are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    euid: u32,
    overflow_uid: Option<u32>,
}

/// Something that was found at the end of a path.
struct Found {
    /// Without links.
    path: PathBuf,
    metadata: Metadata,
}

impl Trust {
    /// Root's files, our own, and, in a user namespace, those whose owner it cannot name: the host's
    /// root is one of them.
    #[must_use]
    pub fn new(euid: u32, overflow_uid: Option<u32>) -> Self {
        Self { euid, overflow_uid }
    }

    /// The bytes of a file of at most `most`; `None` where it is not there.
    pub fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, TrustError> {
        let Some(found) = self.walk(path)? else {
            return Ok(None);
        };
        if !found.metadata.is_file() {
            return Err(unreadable(path, "is not a regular file"));
        }
        // A FIFO put here since must not make us wait, nor a link be followed.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = rustix::fs::open(&found.path, flags, Mode::empty())
            .map(File::from)
            .map_err(|error| unreadable(path, error))?;
        let metadata = file.metadata().map_err(|error| unreadable(path, error))?;
        if !metadata.is_file() {
            return Err(unreadable(path, "is not a regular file"));
        }
        self.check(&found.path, &metadata, 0)?;
        // In one read where the size is as told.
        let size = usize::try_from(metadata.len().min(most)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(size + 1);
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
        if bytes.len() as u64 > most {
            return Err(unreadable(path, format!("is larger than {} MiB", most >> 20)));
        }
        Ok(Some(bytes))
    }

    /// The text of a file of at most 1 MiB; `None` where it is not there.
    pub(crate) fn read_text(&self, path: &Path) -> Result<Option<String>, TrustError> {
        let Some(bytes) = self.read(path, 1 << 20)? else {
            return Ok(None);
        };
        String::from_utf8(bytes).map(Some).map_err(|_| unreadable(path, "is not UTF-8 text"))
    }

    /// Whether something is at this path, and only trusted users can have put it there.
    pub(crate) fn look(&self, path: &Path) -> Result<bool, TrustError> {
        match self.walk(path)? {
            Some(found) => self.check(&found.path, &found.metadata, 0).map(|()| true),
            None => Ok(false),
        }
    }

    /// The names in a folder, in byte order; `None` where it is not there.
    pub(crate) fn list(&self, path: &Path) -> Result<Option<Vec<OsString>>, TrustError> {
        let Some(found) = self.walk(path)? else {
            return Ok(None);
        };
        self.check(&found.path, &found.metadata, 0)?;
        let mut names = std::fs::read_dir(&found.path)
            .and_then(|entries| {
                entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>, _>>()
            })
            .map_err(|error| unreadable(path, error))?;
        names.sort();
        Ok(Some(names))
    }

    /// Follows a path to its end, with every folder and link on it checked.
    fn walk(&self, path: &Path) -> Result<Option<Found>, TrustError> {
        if !path.is_absolute() {
            return Err(unreadable(path, "the path is not absolute; name one that is"));
        }
        let mut rest: Vec<OsString> = elements(path);
        let (mut links, mut turned) = (0, false);
        let mut here = PathBuf::from("/");
        let mut metadata = lstat(&here)?;
        let mut problem = self.check(&here, &metadata, STICKY).err();
        while let Some(element) = rest.pop() {
            turned = element == "..";
            if turned {
                here.pop();
                continue;
            }
            let next = here.join(&element);
            metadata = match std::fs::symlink_metadata(&next) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if links > 0 && std::fs::symlink_metadata(path).is_ok() {
                        return Err(unreadable(path, "is a link to what is not there"));
                    }
                    // Who can write the folder can have removed the file.
                    return match problem {
                        Some(problem) if rest.is_empty() => Err(problem),
                        _ => Ok(None),
                    };
                }
                Err(error) => return Err(unreadable(&next, error)),
            };
            if metadata.is_symlink() {
                links += 1;
                if links > LINKS {
                    return Err(unreadable(path, "has too many links on its way"));
                }
                // A link has no mode of its own; who owns it can exchange it.
                problem = problem.or_else(|| self.check_owner(&next, &metadata).err());
                let target = std::fs::read_link(&next).map_err(|error| unreadable(&next, error))?;
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                rest.extend(elements(&target));
                continue;
            }
            if metadata.is_dir() {
                problem = problem.or_else(|| self.check(&next, &metadata, STICKY).err());
            }
            here = next;
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        // The metadata are those of what was left, or of a link that leads to `/`.
        if turned || metadata.is_symlink() {
            metadata = lstat(&here)?;
        }
        if let Some(folder) = here.parent() {
            self.check(folder, &lstat(folder)?, 0)?;
        }
        Ok(Some(Found { path: here, metadata }))
    }

    /// Checks owner and mode. A folder that others can write is let pass with one of the bits of
    /// `unless` in its mode.
    pub(crate) fn check(
        &self,
        path: &Path,
        metadata: &Metadata,
        unless: u32,
    ) -> Result<(), TrustError> {
        self.check_owner(path, metadata)?;
        let mode = metadata.mode() & 0o7777;
        if mode & WRITABLE != 0 && mode & unless == 0 {
            return Err(TrustError::Untrusted {
                path: path.to_owned(),
                problem: format!("group or others can write it (mode {mode:04o})"),
                remedy: format!("run `chmod go-w {}`", path.display()),
            });
        }
        Ok(())
    }

    fn check_owner(&self, path: &Path, metadata: &Metadata) -> Result<(), TrustError> {
        let uid = metadata.uid();
        if uid == 0 || uid == self.euid || Some(uid) == self.overflow_uid {
            return Ok(());
        }
        let (who, remedy) = match self.euid {
            0 => ("root".to_owned(), "root".to_owned()),
            euid => (format!("root or user {euid}"), euid.to_string()),
        };
        Err(TrustError::Untrusted {
            path: path.to_owned(),
            problem: format!("is owned by user {uid}, and must be by {who}"),
            remedy: format!("run `chown -h {remedy} {}`", path.display()),
        })
    }
}

/// The elements of a path, last first.
fn elements(path: &Path) -> Vec<OsString> {
    path.components()
        .rev()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

fn lstat(path: &Path) -> Result<Metadata, TrustError> {
    std::fs::symlink_metadata(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, why: impl fmt::Display) -> TrustError {
    TrustError::Read { path: path.to_owned(), why: why.to_string() }
}
