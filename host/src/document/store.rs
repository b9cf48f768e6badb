//! A bundle's `config.json`: read once, written once, and only if its text changed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::replace::replace;
use super::{Document, DocumentError};

/// The largest `config.json` that is read, in bytes.
pub const MAX_DOCUMENT: u64 = 16 * 1024 * 1024;

/// A bundle whose document was read.
#[derive(Debug)]
pub struct Bundle {
    /// As the engine named it.
    path: PathBuf,
    /// The file itself, where that is a link.
    target: PathBuf,
    facts: Facts,
    document: Document,
    on_disk: Arc<str>,
}

/// What a store did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// The text is the same: the file was not touched.
    Unchanged,
    /// The file holds the new text.
    Written,
}

/// Why a bundle's document could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file, or no such bundle.
    #[error("{}: not there: is it the bundle's directory that was given?", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{}: {what}, not a file", .path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Larger than [`MAX_DOCUMENT`].
    #[error("{}: larger than {limit} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// In bytes.
        limit: u64,
    },
    /// JSON is UTF-8 (RFC 8259, section 8.1).
    #[error("{}: not UTF-8 at byte {at}", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// From 0.
        at: usize,
    },
    /// The system refused to read it.
    #[error("{}: cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// It does not hold a document.
    #[error("{}: {source}", .path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DocumentError,
    },
    /// Someone else wrote it since.
    #[error("{}: changed since it was read: nothing was written", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to write it. The file is as it was.
    #[error("{}: cannot be written: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// Neither a new file beside it nor the file itself can be written. The file is as it was.
    #[error(
        "{}: cannot be replaced ({replacing}) and cannot be written in place ({writing})",
        .path.display()
    )]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// Why a new file cannot take its place.
        replacing: io::Error,
        /// Why it cannot be written itself.
        writing: io::Error,
    },
    /// Writing in place failed and so did putting the old text back: the file is damaged.
    #[error(
        "{}: damaged: writing in place failed ({writing}), and so did restoring it ({restoring}): \
         have the engine make the bundle again",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why the new text could not be written.
        writing: io::Error,
        /// Why the old one could not.
        restoring: io::Error,
    },
}

impl Bundle {
    /// Reads `config.json` of a bundle's directory (OCI runtime specification, "Filesystem Bundle").
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_file(&directory.join("config.json"))
    }

    /// Reads a document that need not be called `config.json`.
    pub fn open_file(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let (file, target) = open(&path)?;
        let facts = Facts::of(&file).map_err(|source| read_error(&path, source))?;
        if let Some(what) = facts.not_a_file() {
            return Err(StoreError::NotAFile { path, what });
        }
        let text = read(file, facts.size, &path)?;
        let document = Document::parse(text)
            .map_err(|source| StoreError::Document { path: path.clone(), source })?;
        let on_disk = Arc::clone(&document.source);
        Ok(Self { path, target, facts, document, on_disk })
    }

    /// The document as it was read.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The path of `config.json`, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a document, if its text is not the file's.
    ///
    /// A new file with the same owner and mode takes the old one's place at once; a reader sees the one
    /// or the other. Where that cannot be done (the file is a mount point, or its directory cannot be
    /// written) the file is written in place. After an error it is as it was, but for
    /// [`StoreError::Damaged`].
    pub fn store(&mut self, document: &Document) -> Result<Stored, StoreError> {
        let text = document.to_text();
        if *text == *self.on_disk {
            return Ok(Stored::Unchanged);
        }
        self.facts = replace(&self.target, self.facts, &self.on_disk, &text)?;
        self.on_disk = text.into();
        Ok(Stored::Written)
    }
}

/// Opens the file; where it is a link, what it leads to, so that the link stays when that is replaced.
fn open(path: &Path) -> Result<(File, PathBuf), StoreError> {
    // Not blocking: it might be a FIFO.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let failed = |error: io::Error| read_error(path, error);
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => Ok((file.into(), path.to_owned())),
        Err(Errno::LOOP) => {
            let target = path.canonicalize().map_err(failed)?;
            let file = rustix::fs::open(&target, flags, Mode::empty());
            Ok((file.map_err(|error| failed(error.into()))?.into(), target))
        }
        Err(error) => Err(failed(error.into())),
    }
}

fn read(file: File, size: u64, path: &Path) -> Result<String, StoreError> {
    let too_large = || StoreError::TooLarge { path: path.to_owned(), limit: MAX_DOCUMENT };
    if size > MAX_DOCUMENT {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    // It may have grown since it was looked at.
    file.take(MAX_DOCUMENT + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| read_error(path, source))?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| StoreError::NotUtf8 {
        path: path.to_owned(),
        at: error.utf8_error().valid_up_to(),
    })
}

fn read_error(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StoreError::Missing { path },
        _ => StoreError::Read { path, source },
    }
}

/// What a file is known by, and what a new one in its place must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Facts {
    /// Of an open file.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Ok(rustix::fs::fstat(file)?.into())
    }

    fn not_a_file(self) -> Option<&'static str> {
        match FileType::from_raw_mode(self.mode) {
            FileType::RegularFile => None,
            FileType::Directory => Some("a directory"),
            FileType::Fifo => Some("a FIFO"),
            FileType::Socket => Some("a socket"),
            FileType::CharacterDevice | FileType::BlockDevice => Some("a device"),
            _ => Some("something else"),
        }
    }
}

impl From<Stat> for Facts {
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_fallible_conversions,
        reason = "the types differ between architectures"
    )]
    fn from(stat: Stat) -> Self {
        Self {
            device: stat.st_dev.into(),
            inode: stat.st_ino.into(),
            size: stat.st_size.try_into().unwrap_or_default(),
            modified: (
                stat.st_mtime.try_into().unwrap_or_default(),
                stat.st_mtime_nsec.try_into().unwrap_or_default(),
            ),
            mode: stat.st_mode,
            uid: stat.st_uid,
            gid: stat.st_gid,
        }
    }
}
