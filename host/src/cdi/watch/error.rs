//! Why spec directories cannot be watched, with the limit that was met and how to raise it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::cdi::text::shown;

/// What every message ends with: nothing is lost, but looking costs more.
const INSTEAD: &str = "modification times are checked instead";

/// `EMFILE`: open files of the process, or inotify instances of the user.
const TOO_MANY_OPEN: i32 = rustix::io::Errno::MFILE.raw_os_error();

/// Why spec directories are not watched, or no longer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// A limit of the system.
    #[error("cannot watch CDI spec directories: {limit}; {INSTEAD}")]
    Limit {
        /// Which one.
        limit: Limit,
    },
    /// More directories than a reasonable host has are on the way to the spec directories.
    #[error(
        "cannot watch CDI spec directories: links in them lead through more than {most} directories; {INSTEAD}"
    )]
    TooMany {
        /// How many are watched.
        most: usize,
    },
    /// A directory on the way to a spec directory can be passed, but not watched.
    #[error("cannot watch {}: {source}; {INSTEAD}", shown(.path))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Watching as a whole failed.
    #[error("cannot watch CDI spec directories: {source}; {INSTEAD}")]
    System {
        /// The system's error.
        source: io::Error,
    },
    /// The watcher's thread did not start, or ended.
    #[error("cannot watch CDI spec directories: the watcher's thread does not run; {INSTEAD}")]
    Ended,
}

/// A limit that keeps directories from being watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Limit {
    /// Watched directories of the user.
    #[error(
        "limit of watches reached; raise {}",
        setting("max_user_watches", "max_inotify_watches")
    )]
    Watches,
    /// Inotify instances of the user.
    #[error(
        "limit of watchers reached; raise {}",
        setting("max_user_instances", "max_inotify_instances")
    )]
    Instances,
    /// Open files of the process.
    #[error("limit of open files reached; raise RLIMIT_NOFILE (ulimit -n)")]
    OpenFiles,
}

/// Names a setting with its value, and the one that a user namespace has in its place.
fn setting(name: &str, in_namespace: &str) -> String {
    let value = fs::read_to_string(Path::new("/proc/sys/fs/inotify").join(name));
    let value = value.ok().and_then(|text| text.trim().parse::<u64>().ok());
    let now = value.map(|value| format!(" (now {value})")).unwrap_or_default();
    format!("fs.inotify.{name}{now}, or user.{in_namespace} in a user namespace")
}

impl WatchError {
    /// Why there is no watcher at all.
    pub(super) fn start(error: notify::Error) -> Self {
        match error.kind {
            notify::ErrorKind::Io(source) if source.raw_os_error() == Some(TOO_MANY_OPEN) => {
                Self::Limit { limit: which_limit() }
            }
            _ => Self::of(error, None),
        }
    }

    /// Why a directory is not watched; without one, what went wrong later.
    pub(super) fn of(error: notify::Error, path: Option<&Path>) -> Self {
        let source = match error.kind {
            notify::ErrorKind::MaxFilesWatch => {
                return Self::Limit { limit: Limit::Watches };
            }
            notify::ErrorKind::Io(source) => source,
            kind => io::Error::other(notify::Error::new(kind)),
        };
        match path {
            Some(path) => Self::Directory { path: path.to_owned(), source },
            None => Self::System { source },
        }
    }
}

/// Which limit it was that the system calls by one name: if the files that a watcher needs (a queue,
/// a poll set, a waker) can be opened, then it was that of instances.
fn which_limit() -> Limit {
    let files: Result<Vec<File>, io::Error> = (0..3).map(|_| File::open("/")).collect();
    if files.is_err_and(|error| error.raw_os_error() == Some(TOO_MANY_OPEN)) {
        Limit::OpenFiles
    } else {
        Limit::Instances
    }
}
