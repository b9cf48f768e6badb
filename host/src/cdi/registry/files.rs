//! One spec file: reading it without trusting it, and what is known of it then.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::options::LoadOptions;
use super::sieve::Sieve;
use super::stamp::{Moment, Stamp};
use crate::cdi::names::{Kind, QualifiedName};
use crate::cdi::prepared::PreparedFile;
use crate::cdi::spec::{Format, MAX_SPEC_BYTES, Parsed, Spec, SpecError, SpecWarning, peek_kind};
use crate::cdi::text::shown;
use crate::cdi::trust::{TrustError, check_stat};
use crate::cdi::unresolved::list;

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
    /// What was ignored in it.
    pub warnings: Vec<SpecWarning>,
    /// What was made of the content, which never changes.
    pub(in crate::cdi) prepared: PreparedFile,
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
    /// Its name does not tell the format.
    #[error("must end in .json or .yaml")]
    Extension,
    /// Somebody writes to it, again and again.
    #[error("changes while it is read; write it beside and rename it")]
    Changing,
    /// Others than root can change it.
    #[error("{}", .0.problem())]
    Untrusted(#[from] TrustError),
    /// What it holds is not a valid spec.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

/// Reads one spec file, wherever it is: its extension tells the format, and its priority is 0.
pub fn read_spec(path: &Path, options: &LoadOptions) -> Result<SpecFile, Box<LoadError>> {
    let failed = |error, kind| {
        let path = path.to_owned();
        Box::new(LoadError { path, priority: 0, kind, error })
    };
    let Some(format) = Format::of_path(path) else {
        return Err(failed(ReadError::Extension, None));
    };
    let name = path.as_os_str();
    let mut look = Look::new(options, Moment::now());
    match load(rustix::fs::CWD, name, || path.to_owned(), format, &mut look).1 {
        Outcome::Loaded(parsed) => {
            let Parsed { spec, kind, warnings } = *parsed;
            let (path, spec) = (path.into(), Arc::new(spec));
            let prepared = PreparedFile::default();
            Ok(SpecFile { path, priority: 0, kind, spec, warnings, prepared })
        }
        Outcome::Failed(error, kind) => Err(failed(error, kind)),
        // Only with a sieve.
        Outcome::Unwanted => Err(failed(ReadError::NotAFile, None)),
    }
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
        /// All the files, this one included; shared by the problems of them all.
        files: Arc<[&'r Path]>,
    },
}

impl std::fmt::Display for FileProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected(error) => write!(f, "{}", error.error),
            Self::Conflict { device, files } => {
                write!(f, "{device} is defined in each of ")?;
                list(f, files.iter().map(|file| shown(file)), " ")
            }
        }
    }
}

/// What became of a file.
pub(super) enum Outcome {
    Loaded(Box<Parsed>),
    /// It does not define what somebody asked for.
    Unwanted,
    Failed(ReadError, Option<String>),
}

/// A file of that many bytes is parsed as quickly as its kind is found.
const SMALL: usize = 2048;
/// How often a file is read that changes while it is.
const ATTEMPTS: usize = 3;

/// What a look at files needs besides where they are.
pub(super) struct Look<'l> {
    pub(super) options: &'l LoadOptions,
    /// Only files that come through, if there is one.
    pub(super) sieve: Option<&'l Sieve<'l>>,
    /// Any file, if it can be remembered.
    pub(super) learns: bool,
    /// When it began.
    pub(super) moment: Moment,
    /// Room to read into.
    buffer: Vec<u8>,
    /// `NOATIME`, until the system refuses it.
    flags: OFlags,
}

impl<'l> Look<'l> {
    /// A look that began at a moment, at all files.
    pub(super) fn new(options: &'l LoadOptions, moment: Moment) -> Self {
        let (buffer, flags) = (Vec::new(), OFlags::NOATIME);
        Self { options, sieve: None, learns: false, moment, buffer, flags }
    }

    /// What a file with that stamp has to come through.
    fn sieve_at(&self, stamp: &Stamp) -> Option<&'l Sieve<'l>> {
        self.sieve.filter(|_| !(self.learns && stamp.is_settled(self.moment)))
    }
}

/// Loads a file of an open directory. With it the stamp of what was read, if it could be opened.
pub(super) fn load(
    dir: BorrowedFd<'_>,
    name: &OsStr,
    path: impl Fn() -> PathBuf,
    format: Format,
    look: &mut Look<'_>,
) -> (Option<Stamp>, Outcome) {
    let stamp = match read(dir, name, path, format, look) {
        Ok((stamp, Content::MayCount)) => stamp,
        Ok((stamp, Content::DoesNot)) => return (Some(stamp), Outcome::Unwanted),
        Err(failed) => return (failed.0, Outcome::Failed(failed.1, None)),
    };
    let sieve = look.sieve_at(&stamp);
    let Look { options, buffer, .. } = look;
    let unwanted = |kind: &str| sieve.is_some_and(|sieve| !sieve.wants(kind));
    if sieve.is_some()
        && buffer.len() > SMALL
        && peek_kind(buffer, format).is_some_and(|kind| unwanted(&kind))
    {
        return (Some(stamp), Outcome::Unwanted);
    }
    let outcome = match Spec::parse_with(buffer, format, &options.parse) {
        Ok(parsed) if unwanted(parsed.kind.as_str()) => Outcome::Unwanted,
        Ok(parsed) => Outcome::Loaded(Box::new(parsed)),
        Err(error) => Outcome::Failed(error.into(), peek_kind(buffer, format)),
    };
    (Some(stamp), outcome)
}

type Read<T> = Result<T, Box<(Option<Stamp>, ReadError)>>;

/// What was read.
enum Content {
    /// It is in the buffer, and was so at one moment.
    MayCount,
    /// It does not come through the sieve.
    DoesNot,
}

/// Reads the file's bytes into the buffer. What is checked is what is read: the path is opened once.
fn read(
    dir: BorrowedFd<'_>,
    name: &OsStr,
    path: impl Fn() -> PathBuf,
    format: Format,
    look: &mut Look<'_>,
) -> Read<(Stamp, Content)> {
    let io = |errno: Errno| Box::new((None, ReadError::Io(errno.into())));
    let file = open(dir, name, &mut look.flags).map_err(io)?;
    let mut before = rustix::fs::fstat(&file).map_err(io)?;
    for _ in 0..ATTEMPTS {
        let stamp = Stamp::of(&before);
        let failed = |error: ReadError| Box::new((Some(stamp), error));
        if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile {
            return Err(failed(ReadError::NotAFile));
        }
        if look.options.require_trusted {
            check_stat(&path, &before).map_err(|error| failed(error.into()))?;
        }
        if stamp.size > MAX_SPEC_BYTES {
            return Err(failed(SpecError::TooLarge { limit: MAX_SPEC_BYTES }.into()));
        }
        let size = usize::try_from(stamp.size).unwrap_or(0);
        let whole = read_at_most(&file, size, &mut look.buffer)
            .map_err(|error| Box::new((None, error.into())))?;
        let sieve = look.sieve_at(&stamp).filter(|_| whole);
        if sieve.is_some_and(|sieve| !sieve.lets_through(&look.buffer, format)) {
            // Should it be about to change, it is as it was a moment before. Should a device not
            // resolve then, all files are loaded, and none is left out.
            return Ok((stamp, Content::DoesNot));
        }
        before = rustix::fs::fstat(&file).map_err(io)?;
        if whole && Stamp::of(&before) == stamp {
            return Ok((stamp, Content::MayCount));
        }
    }
    Err(Box::new((None, ReadError::Changing)))
}

/// Opens a file, and never waits: a FIFO without writer is not opened as one. When it was read is not
/// noted where we may say so: to note that of a file that has changed costs as much as to read it.
fn open(dir: BorrowedFd<'_>, name: &OsStr, more: &mut OFlags) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let open = |flags| rustix::fs::openat(dir, name, flags, Mode::empty()).map(File::from);
    match open(flags | *more) {
        // Only the owner may, and root.
        Err(Errno::PERM) if !more.is_empty() => {
            *more = OFlags::empty();
            open(flags)
        }
        opened => opened,
    }
}

/// Reads the file from its start; whether it has as many bytes as expected.
fn read_at_most(file: &File, size: usize, buffer: &mut Vec<u8>) -> io::Result<bool> {
    // Zeroed once, and then only where it grows.
    if buffer.len() <= size {
        buffer.resize(size + 1, 0);
    }
    let mut filled = 0;
    // One byte more than there should be shows whether there is more.
    while let Some(room @ [_, ..]) = buffer.get_mut(filled..=size) {
        match file.read_at(room, filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        // No second read just to see the end: the stamp shows a file that grew.
        if filled == size {
            break;
        }
    }
    buffer.truncate(filled);
    Ok(filled == size)
}

/// Whether a name of a directory is itself a directory, not a link to one.
pub(super) fn is_directory(dir: impl AsFd, name: &OsStr) -> bool {
    let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::statat(dir, name, flags)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}
