//! Reading records. Whoever can write the directory can have written anything: what is read is bounded, no
//! link is followed, and nothing waits.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Mode, OFlags};

use super::{Record, file_name};

/// The largest record that is read, in bytes: more than the limits of all stages leave.
const LARGEST: u64 = 64 << 20;

/// Why a record cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The container left none.
    #[error("{}: there is no record of the container; `gantry explain --list` shows those that are kept", .0.display())]
    Absent(PathBuf),
    /// The directory cannot be read.
    #[error("{}: the journal cannot be read: {source}; check [journal] dir, or give --journal-dir", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("{}: cannot be read: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file is no record.
    #[error("{}: is no record of Gantry: {source}", .path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
}

/// The records in a journal's directory.
#[derive(Debug, Clone)]
pub struct Records {
    dir: PathBuf,
}

impl Records {
    /// Those of a directory. Nothing is read yet.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The record of a container, whatever its name is: it cannot lead out of the directory.
    pub fn of(&self, container: &OsStr) -> Result<Record, ReadError> {
        read(&self.dir.join(format!("{}.json", file_name(Some(container)))))
    }

    /// The names of the containers that left a record, the newest first; those of one moment by name.
    pub fn names(&self) -> Result<Vec<OsString>, ReadError> {
        let failed = |source| ReadError::Directory { path: self.dir.clone(), source };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let Some(id) =
                name.as_bytes().strip_suffix(b".json").filter(|id| !id.starts_with(b"."))
            else {
                continue;
            };
            // A file that goes away in between is as if it had never been.
            let Ok(metadata) = std::fs::symlink_metadata(self.dir.join(&name)) else { continue };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((std::cmp::Reverse(modified), OsStr::from_bytes(id).to_owned()));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// The record of one of these names.
    pub fn named(&self, name: &OsStr) -> Result<Record, ReadError> {
        let mut file = name.to_owned();
        file.push(".json");
        read(&self.dir.join(file))
    }
}

fn read(path: &Path) -> Result<Record, ReadError> {
    let failed = |why: String| ReadError::File { path: path.to_owned(), why };
    // Neither a link nor a FIFO: a record is a file that Gantry wrote here.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT) => return Err(ReadError::Absent(path.to_owned())),
        Err(rustix::io::Errno::LOOP) => return Err(failed("is a link".to_owned())),
        Err(error) => return Err(failed(error.to_string())),
    };
    let metadata = file.metadata().map_err(|error| failed(error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("is not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(format!("is larger than {LARGEST} bytes")));
    }
    serde_json::from_slice(&bytes)
        .map_err(|source| ReadError::NotARecord { path: path.to_owned(), source })
}
