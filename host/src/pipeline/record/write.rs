//! Writing a record: prepared before `config.json` is written and put in place after, so that a directory
//! that cannot be written fails the container before anything changed.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::redact::redacted;
use super::{Record, file_name};
use crate::pipeline::config;
use crate::pipeline::journal::Journal;

/// Why the record cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("{}: the journal's record cannot be written: {source}; mend it, or set [journal] dir = \"\"", .path.display())]
pub struct RecordError {
    path: PathBuf,
    source: io::Error,
}

/// A record that is written and not in its place yet; dropped, it is gone.
#[derive(Debug)]
pub(in crate::pipeline) struct Prepared {
    fresh: PathBuf,
    place: PathBuf,
    keep: usize,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // Gone already once it was put in place.
        let _ = fs::remove_file(&self.fresh);
    }
}

/// Writes a record beside its place; `None` when no journal is configured.
pub(in crate::pipeline) fn prepare(
    config: &config::Journal,
    container: Option<&OsStr>,
    journal: &Journal,
    error: Option<&str>,
) -> Result<Option<Prepared>, RecordError> {
    let Some(dir) = &config.dir else { return Ok(None) };
    let container = file_name(container);
    let place = dir.join(format!("{container}.json"));
    let fresh = dir.join(format!(".{container}.{}", std::process::id()));
    let record = Record {
        gantry: env!("CARGO_PKG_VERSION").to_owned(),
        container,
        unix_time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
        error: error.map(ToOwned::to_owned),
        journal: journal.clone(),
    };
    let record = redacted(record);
    let failed = |source| RecordError { path: place.clone(), source };
    let text = serde_json::to_vec_pretty(&record).map_err(|error| failed(error.into()))?;
    write(dir, &fresh, &text).map_err(failed)?;
    Ok(Some(Prepared { fresh, place, keep: config.keep as usize }))
}

fn write(dir: &Path, fresh: &Path, text: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // Left by a process of the same number that was killed.
    let _ = fs::remove_file(fresh);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
    file.write_all(text)
}

impl Prepared {
    /// Puts the record in its place, and removes the oldest beyond the number that is kept.
    pub(in crate::pipeline) fn commit(self) -> Result<(), RecordError> {
        let failed = |source| RecordError { path: self.place.clone(), source };
        fs::rename(&self.fresh, &self.place).map_err(failed)?;
        self.prune().map_err(failed)
    }

    fn prune(&self) -> io::Result<()> {
        let Some(dir) = self.place.parent() else { return Ok(()) };
        let mut records = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let Ok(metadata) = fs::symlink_metadata(&path)
                && metadata.is_file()
            {
                records.push((metadata.modified()?, path));
            }
        }
        let surplus = records.len().saturating_sub(self.keep);
        records.sort_unstable();
        for (_, path) in records.iter().filter(|(_, path)| *path != self.place).take(surplus) {
            match fs::remove_file(path) {
                // Another create was quicker.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{file_name, prepare};
    use crate::pipeline::Journal;
    use crate::pipeline::config;

    #[test]
    fn names_of_containers_stay_in_the_directory() {
        for (container, name) in [
            ("web-1", "web-1"),
            ("../../etc/passwd", "_.._.._etc_passwd"),
            (".hidden", "_.hidden"),
            ("", "_"),
            ("a b\n", "a_b_"),
        ] {
            assert_eq!(file_name(Some(OsStr::new(container))), name, "{container:?}");
        }
        assert_eq!(file_name(None), "unnamed");
    }

    #[test]
    fn the_oldest_records_go_and_the_new_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let journal = config::Journal { dir: Some(dir.path().join("made/here")), keep: 2 };
        for container in ["a", "b", "c", "d"] {
            let container = Some(OsStr::new(container));
            prepare(&journal, container, &Journal::default(), None)
                .unwrap()
                .unwrap()
                .commit()
                .unwrap();
        }
        let list = std::fs::read_dir(dir.path().join("made/here")).unwrap();
        let mut names: Vec<_> = list.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&"d.json".into()), "{names:?}");
        // One that is not committed leaves nothing.
        drop(prepare(&journal, None, &Journal::default(), Some("failed")).unwrap());
        assert_eq!(std::fs::read_dir(dir.path().join("made/here")).unwrap().count(), 2);
    }
}
