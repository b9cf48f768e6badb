//! The engine's files: read whole, and replaced at once by a file with the same owner and mode.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The text of a file. None: it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    let shown = path.display();
    let mut file = match fs::OpenOptions::new()
        .read(true)
        // It might be a FIFO.
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
    {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                bail!("{shown}: is a link that leads nowhere");
            }
            return Ok(None);
        }
        Err(error) => bail!("{shown}: cannot be read: {error}"),
    };
    let facts = file.metadata().with_context(|| format!("{shown}: cannot be read"))?;
    if !facts.is_file() {
        bail!("{shown}: not a file");
    }
    let mut bytes = Vec::new();
    let read = Read::by_ref(&mut file).take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("{shown}: cannot be read"))?;
    if bytes.len() as u64 > MAX_FILE {
        bail!("{shown}: larger than {MAX_FILE} bytes");
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line =
                error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
            bail!("{shown}:{line}: not UTF-8")
        }
    }
}

/// Replaces a file, or makes it; where it is a link, what it leads to. `before` is what was read: a file
/// that holds something else by now is left alone.
pub(crate) fn replace(path: &Path, before: Option<&str>, after: Option<&str>) -> Result<()> {
    let shown = path.display();
    let target = if before.is_some() {
        path.canonicalize().with_context(|| format!("{shown}: cannot be resolved"))?
    } else {
        path.to_owned()
    };
    if read(&target)?.as_deref() != before {
        bail!("{shown}: changed since it was read: nothing was written to it");
    }
    let directory = target.parent().unwrap_or(Path::new("/")).to_owned();
    let done = match after {
        Some(text) => fs::create_dir_all(&directory).and_then(|()| write(&target, before, text)),
        None => fs::remove_file(&target),
    };
    done.and_then(|()| File::open(&directory)?.sync_all())
        .with_context(|| format!("{shown}: cannot be written"))
}

fn write(target: &Path, before: Option<&str>, text: &str) -> io::Result<()> {
    let beside = temporary(target);
    let written = fill(&beside, target, before, text).and_then(|()| fs::rename(&beside, target));
    if written.is_err() {
        // It failed before the new file took the old one's place.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A name beside the file that engines do not take for theirs.
fn temporary(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.gantry-{}.tmp", std::process::id()))
}

fn fill(beside: &Path, target: &Path, before: Option<&str>, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    let mode = if before.is_some() {
        let old = fs::metadata(target)?;
        let new = file.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()))?;
        }
        old.mode() & 0o7777
    } else {
        0o644
    };
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.sync_all()
}

/// The names of a folder's files, in the order of their bytes. None where there is no folder.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => bail!("{}: cannot be read: {error}", folder.display()),
    };
    let entries: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = entries.with_context(|| format!("{}: cannot be read", folder.display()))?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}
