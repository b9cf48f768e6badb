//! Reading an index, whatever its bytes are.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};

use super::{HEADER, MAX_BYTES, checksum};
use crate::cdi::registry::options::LoadOptions;
use crate::cdi::registry::stamp::Stamp;
use crate::cdi::trust::check_stat;

/// A file takes at least so many bytes: three lengths, and the five numbers of its stamp.
const LEAST: usize = size_of::<[u64; 8]>();

/// An index, as it was read.
#[derive(Debug, Default)]
pub(in super::super) struct Index<'i> {
    directories: Vec<(&'i [u8], Section<'i>)>,
}

/// The files of one directory, in the order of their names.
#[derive(Debug, Default)]
pub(in super::super) struct Section<'i>(Vec<File<'i>>);

#[derive(Debug)]
struct File<'i> {
    name: &'i [u8],
    stamp: Stamp,
    summary: Summary<'i>,
}

/// What is in a file.
#[derive(Debug, Clone)]
pub(in super::super) enum Summary<'i> {
    /// No valid spec.
    Nothing,
    /// Devices.
    Spec { kind: &'i str, devices: Names<'i> },
}

impl Index<'_> {
    /// The bytes of an index; none where it cannot be used.
    pub(in super::super) fn read(path: &Path, options: &LoadOptions) -> Vec<u8> {
        let found = read(path).and_then(|mut bytes| {
            let other = || io::Error::other("is of another version or other options, or damaged");
            let content = content(&bytes, options).map(<[u8]>::len).ok_or_else(other)?;
            bytes.drain(..bytes.len() - content);
            Ok(bytes)
        });
        found.unwrap_or_else(|error| {
            tracing::debug!(path = %path.display(), %error, "no CDI index");
            Vec::new()
        })
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::other("is no regular file"));
    }
    check_stat(|| path.to_owned(), &stat).map_err(io::Error::other)?;
    let size = Stamp::of(&stat).size;
    if size > MAX_BYTES {
        return Err(io::Error::other("is too large"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    std::fs::File::from(fd).take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What stands after the header and the checksum, if both are right.
fn content<'b>(bytes: &'b [u8], options: &LoadOptions) -> Option<&'b [u8]> {
    let rest = bytes.strip_prefix(HEADER)?;
    let (sum, content) = rest.split_first_chunk()?;
    (u64::from_le_bytes(*sum) == checksum(options, content)).then_some(content)
}

impl<'i> Index<'i> {
    /// An empty one where the content cannot be read.
    pub(in super::super) fn parse(content: &'i [u8]) -> Self {
        Self::parsed(content).unwrap_or_default()
    }

    fn parsed(content: &'i [u8]) -> Option<Self> {
        let mut cursor = Cursor(content);
        let mut directories = Vec::new();
        while !cursor.0.is_empty() {
            let path = cursor.bytes()?;
            let count = cursor.number()?;
            let most = cursor.0.len() / LEAST;
            let mut files: Vec<File<'i>> =
                Vec::with_capacity(usize::try_from(count).unwrap_or(most).min(most));
            for _ in 0..count {
                let file = cursor.file()?;
                // What is found by halving has to be in order.
                if files.last().is_some_and(|last| last.name >= file.name) {
                    return None;
                }
                files.push(file);
            }
            directories.push((path, Section(files)));
        }
        Some(Self { directories })
    }

    /// What is remembered of a directory.
    pub(in super::super) fn directory(&self, path: &Path) -> Option<&Section<'i>> {
        let path = path.as_os_str().as_bytes();
        self.directories.iter().find(|(known, _)| *known == path).map(|(_, section)| section)
    }
}

impl<'i> Section<'i> {
    /// What is remembered of a file.
    pub(in super::super) fn get(&self, name: &OsStr) -> Option<(&Stamp, &Summary<'i>)> {
        let at = self.0.binary_search_by(|file| file.name.cmp(name.as_bytes())).ok()?;
        self.0.get(at).map(|file| (&file.stamp, &file.summary))
    }
}

/// Names of devices, one after the other.
#[derive(Debug, Clone)]
pub(in super::super) struct Names<'i>(pub(super) &'i [u8]);

impl<'i> Iterator for Names<'i> {
    type Item = &'i str;

    fn next(&mut self) -> Option<&'i str> {
        let mut cursor = Cursor(self.0);
        let name = cursor.text();
        self.0 = cursor.0;
        name
    }
}

/// What is still to be read.
struct Cursor<'i>(&'i [u8]);

impl<'i> Cursor<'i> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn bytes(&mut self) -> Option<&'i [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'i str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn file(&mut self) -> Option<File<'i>> {
        let name = self.bytes()?;
        let stamp = Stamp {
            dev: self.number()?,
            ino: self.number()?,
            size: self.number()?,
            modified: self.number()?.cast_signed(),
            changed: self.number()?.cast_signed(),
        };
        let kind = self.text()?;
        let devices = Names(self.bytes()?);
        let summary =
            if kind.is_empty() { Summary::Nothing } else { Summary::Spec { kind, devices } };
        Some(File { name, stamp, summary })
    }
}
