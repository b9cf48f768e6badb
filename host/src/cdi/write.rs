//! Writing spec files, so that no reader ever sees half of one.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::spec::{Format, InvalidSpec, Spec, Validator, to_yaml};
use super::text::{quoted, shown};

/// How a spec file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOptions {
    /// The file's permission bits.
    pub mode: u32,
    /// Whether a file of that name is replaced, or an error.
    pub overwrite: bool,
    /// Whether to wait until the file has reached the disk.
    pub sync: bool,
    /// A check of one's own, after CDI's.
    pub validator: Option<Validator>,
}

impl Default for WriteOptions {
    /// Readable by all, replacing, not waiting.
    fn default() -> Self {
        Self { mode: 0o644, overwrite: true, sync: false, validator: None }
    }
}

/// Writes a valid spec into a directory, which is made if it is not there, and returns the file's
/// path. A name that ends neither in `.json` nor in `.yaml` gets `.yaml`.
pub fn write_spec(
    dir: &Path,
    name: &str,
    spec: &Spec,
    options: &WriteOptions,
) -> Result<PathBuf, WriteError> {
    let path = dir.join(file_name(name)?);
    if let Some(validator) = &options.validator {
        spec.validate()?;
        validator.validate(spec).map_err(|message| WriteError::Refused { message })?;
    }
    let format = Format::of_path(&path).unwrap_or(Format::Yaml);
    let text = spec_text(spec, format)?;
    std::fs::create_dir_all(dir).map_err(|error| WriteError::new(dir, error))?;
    store(dir, &path, text.as_bytes(), options).map_err(|error| WriteError::new(&path, error))?;
    Ok(path)
}

/// A valid spec as the text of a file: JSON on one line, or a document of YAML.
pub fn spec_text(spec: &Spec, format: Format) -> Result<String, WriteError> {
    spec.validate()?;
    match format {
        Format::Json => serde_json::to_string(spec).map_err(io::Error::from),
        Format::Yaml => to_yaml(spec).map_err(io::Error::other),
    }
    .map_err(WriteError::Text)
}

/// Removes the file that [`write_spec`] wrote under that name; whether there was one.
pub fn remove_spec(dir: &Path, name: &str) -> Result<bool, WriteError> {
    let path = dir.join(file_name(name)?);
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(WriteError::new(&path, error)),
    }
}

/// The name with its extension. It must stay in the directory.
fn file_name(name: &str) -> Result<String, WriteError> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(WriteError::Name { name: name.to_owned() });
    }
    // A name that is nothing but an extension has none.
    match Path::new(name).extension().and_then(OsStr::to_str) {
        Some("json" | "yaml") => Ok(name.to_owned()),
        _ if matches!(name, ".json" | ".yaml") => Ok(name.to_owned()),
        _ => Ok(format!("{name}.yaml")),
    }
}

/// Writes a temporary file beside the path, which no reader takes for a spec, and renames it.
pub(super) fn store(
    dir: &Path,
    path: &Path,
    bytes: &[u8],
    options: &WriteOptions,
) -> io::Result<()> {
    let (temporary, mut file) = temporary(dir, path)?;
    let written = (|| {
        file.write_all(bytes)?;
        // Not the umask's business.
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(options.mode))?;
        if options.sync {
            file.sync_all()?;
        }
        if options.overwrite {
            std::fs::rename(&temporary, path)
        } else {
            rustix::fs::renameat_with(
                rustix::fs::CWD,
                &temporary,
                rustix::fs::CWD,
                path,
                rustix::fs::RenameFlags::NOREPLACE,
            )
            .map_err(io::Error::from)
        }
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    if options.sync {
        std::fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// A new file. Its name is that of the target and of this process, so that two writers do not meet.
fn temporary(dir: &Path, path: &Path) -> io::Result<(PathBuf, std::fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..100 {
        let temporary = dir.join(format!(".{name}.{}.{attempt}.tmp", std::process::id()));
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)
        {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Why a spec file was not written or removed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The name would leave the directory.
    #[error("{} is no name of a spec file: it must not be empty, \".\" or \"..\", nor have a \"/\" in it", quoted(.name))]
    Name {
        /// The name.
        name: String,
    },
    /// There is no spec directory.
    #[error("there is no spec directory to write to")]
    NoDirectory,
    /// The spec is not valid.
    #[error(transparent)]
    Spec(#[from] InvalidSpec),
    /// The spec is valid, and the validator of the options does not want it.
    #[error("refused by the validator: {message}")]
    Refused {
        /// The validator's words.
        message: String,
    },
    /// It cannot be put into the notation.
    #[error("the spec cannot be written as text: {0}")]
    Text(io::Error),
    /// The system does not let it be done.
    #[error("{}: {source}", shown(.path))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl WriteError {
    fn new(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod tests;
