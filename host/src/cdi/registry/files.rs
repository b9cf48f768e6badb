//! One spec file: reading it without trusting it, and what is known of it then.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags};

use super::LoadOptions;
use crate::cdi::names::{Kind, QualifiedName};
use crate::cdi::spec::{Format, MAX_SPEC_BYTES, Spec, SpecError, peek_kind};
use crate::cdi::text::shown;
use crate::cdi::trust::{TrustError, check_stat};

/// A spec file that was loaded.
#[derive(Debug, Clone)]
pub struct SpecFile {
    /// Where it is.
    pub path: Arc<Path>,
    /// The index of its directory; the highest wins.
    pub priority: usize,
    /// The kind of its devices.
    pub kind: Kind,
    /// Its content, valid.
    pub spec: Arc<Spec>,
}

/// A spec file that was rejected, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", shown(.path))]
pub struct LoadError {
    /// Where it is.
    pub path: PathBuf,
    /// The index of its directory.
    pub priority: usize,
    /// Its `kind`, as text, if it could be read.
    pub kind: Option<String>,
    /// Why.
    pub error: ReadError,
}

/// Why a spec file was rejected.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system does not let it be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// It is a directory, a FIFO, a socket or a device.
    #[error("is no regular file")]
    NotAFile,
    /// Others than root can change it.
    #[error("{}", .0.problem())]
    Untrusted(#[from] TrustError),
    /// What it holds is not a valid spec.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum FileProblem<'r> {
    /// It was rejected.
    Rejected(&'r LoadError),
    /// It defines a device that other files of the same priority define too.
    Conflict {
        /// The device.
        device: &'r QualifiedName,
        /// All the files, this one included.
        files: Vec<&'r Path>,
    },
}

impl std::fmt::Display for FileProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected(error) => write!(f, "{}", error.error),
            Self::Conflict { device, files } => {
                write!(f, "{device} is defined in each of")?;
                files.iter().try_for_each(|file| write!(f, " {}", shown(file)))
            }
        }
    }
}

/// What became of a file.
pub(super) enum Outcome {
    Loaded(Kind, Arc<Spec>),
    /// It is of a kind that nobody asked for.
    OtherKind,
    Failed(ReadError, Option<String>),
}

/// Loads a file of an open directory.
pub(super) fn load(
    dir: BorrowedFd<'_>,
    name: &[u8],
    path: &Path,
    format: Format,
    kinds: Option<&[Kind]>,
    options: &LoadOptions,
) -> Outcome {
    let bytes = match read(dir, name, path, options) {
        Ok(bytes) => bytes,
        Err(error) => return Outcome::Failed(error, None),
    };
    if let Some(kinds) = kinds
        && let Some(kind) = peek_kind(&bytes, format)
        && !kinds.iter().any(|wanted| wanted.as_str() == kind)
    {
        return Outcome::OtherKind;
    }
    match Spec::parse(&bytes, format) {
        Ok((spec, kind)) => Outcome::Loaded(kind, Arc::new(spec)),
        Err(error) => Outcome::Failed(error.into(), peek_kind(&bytes, format)),
    }
}

/// The file's bytes. What is checked is what is read: the path is opened once. Never waits: a FIFO
/// without writer is not opened as one.
fn read(
    dir: BorrowedFd<'_>,
    name: &[u8],
    path: &Path,
    options: &LoadOptions,
) -> Result<Vec<u8>, ReadError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(dir, name, flags, Mode::empty()).map_err(io::Error::from)?;
    let stat = rustix::fs::fstat(&fd).map_err(io::Error::from)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(ReadError::NotAFile);
    }
    if options.require_trusted {
        check_stat(path, &stat)?;
    }
    let too_large = SpecError::TooLarge { limit: MAX_SPEC_BYTES };
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    if size > MAX_SPEC_BYTES {
        return Err(too_large.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    File::from(fd).take(MAX_SPEC_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SPEC_BYTES { Err(too_large.into()) } else { Ok(bytes) }
}

/// Whether a name of a directory is itself a directory, not a link to one.
pub(super) fn is_directory(dir: impl AsFd, name: &[u8]) -> bool {
    let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::statat(dir, name, flags)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}
