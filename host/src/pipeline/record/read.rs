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

/// Hex digits of an ID that docker, podman and containerd's CRI give.
const LONG: usize = 64;
/// Hex digits that stand for such an ID.
const SHORTEST: usize = 4;

/// Why a record cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The container left none.
    #[error("{}: there is no record of the container; `gantry explain --list` shows those that are kept", .0.display())]
    Absent(PathBuf),
    /// The ID is cut off too short.
    #[error("{short} stands for several containers; give more of one: {long}")]
    Several {
        /// What was given.
        short: String,
        /// Whom it stands for.
        long: String,
    },
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

    /// The record of a container, whatever its name is: it cannot lead out of the directory. The long ID of an
    /// engine may be cut off, as engines print it.
    pub fn of(&self, container: &OsStr) -> Result<Record, ReadError> {
        let name = file_name(Some(container));
        let whole = read(&self.dir.join(format!("{name}.json")));
        let Err(ReadError::Absent(path)) = whole else { return whole };
        match self.long_ids(&name).as_slice() {
            [] => Err(ReadError::Absent(path)),
            [one] => self.named(OsStr::new(one)),
            several => Err(ReadError::Several { short: name, long: several.join(", ") }),
        }
    }

    /// The IDs of engines that begin so. A name that a person chose is never one.
    fn long_ids(&self, short: &str) -> Vec<String> {
        let is_hex = |id: &str| id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if short.len() < SHORTEST || !is_hex(short) {
            return Vec::new();
        }
        let names = self.names().unwrap_or_default();
        let ids = names.into_iter().filter_map(|name| name.into_string().ok());
        ids.filter(|id| id.len() == LONG && is_hex(id) && id.starts_with(short)).collect()
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

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::Records;

    #[test]
    fn ids_of_engines_may_be_cut_off_and_names_may_not() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = ("4a6c".repeat(16), "4a6cf".to_owned() + &"0".repeat(59));
        for name in [&one, &other, "web-1", "beef1"] {
            let text = format!(
                r#"{{"gantry":"0","container":"{name}","unix-time":0,"mode":"cdi","stages":[],"edits":[]}}"#
            );
            std::fs::write(dir.path().join(format!("{name}.json")), text).unwrap();
        }
        let records = Records::new(dir.path());
        for (given, found) in [
            (one.as_str(), Ok(one.as_str())),
            (&one[..12], Ok(&one)),
            ("4a6cf", Ok(&other)),
            ("4a6c", Err("4a6c stands for several containers")),
            ("4a6", Err("there is no record")),
            ("4A6C4", Err("there is no record")),
            ("0000", Err("there is no record")),
            ("web", Err("there is no record")),
            ("beef", Err("there is no record")),
            ("beef1", Ok("beef1")),
        ] {
            match (records.of(OsStr::new(given)), found) {
                (Ok(record), Ok(name)) => assert_eq!(record.container, name, "{given}"),
                (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
                (result, _) => panic!("{given}: {result:?}"),
            }
        }
    }
}
