//! Writing an index.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::Access;

use super::read::Summary;
use super::{HEADER, MAX_BYTES, checksum};
use crate::cdi::registry::files::SpecFile;
use crate::cdi::registry::options::LoadOptions;
use crate::cdi::registry::stamp::Stamp;
use crate::cdi::write::{WriteOptions, store};

/// Whether an index can be written there, or its directory made.
pub(in super::super) fn is_possible(path: &Path) -> bool {
    let there = path.ancestors().skip(1).find(|dir| dir.exists());
    there.is_some_and(|dir| rustix::fs::access(dir, Access::WRITE_OK).is_ok())
}

/// An index in the making.
pub(in super::super) struct Writer {
    options: LoadOptions,
    content: Vec<u8>,
    /// Where the number of files of the directory stands, and the number.
    count: (usize, u64),
}

impl Writer {
    pub(in super::super) fn new(options: &LoadOptions) -> Self {
        let options = options.clone();
        Self { options, content: Vec::new(), count: (0, 0) }
    }

    /// Begins a directory. Its files come in the order of their names.
    pub(in super::super) fn directory(&mut self, path: &Path) {
        self.bytes(path.as_os_str().as_bytes());
        self.count = (self.content.len(), 0);
        self.number(0);
    }

    /// A file of the directory that is as it was.
    pub(in super::super) fn keep(&mut self, name: &OsStr, stamp: &Stamp, summary: &Summary<'_>) {
        self.file(name, stamp);
        match summary {
            Summary::Nothing => self.nothing(),
            Summary::Spec { kind, devices } => {
                self.bytes(kind.as_bytes());
                self.bytes(devices.0);
            }
        }
    }

    /// A file of the directory that was read; `None`: it holds no valid spec.
    pub(in super::super) fn learn(&mut self, name: &OsStr, stamp: &Stamp, spec: Option<&SpecFile>) {
        self.file(name, stamp);
        let Some(spec) = spec else {
            return self.nothing();
        };
        self.bytes(spec.kind.as_str().as_bytes());
        let at = self.content.len();
        self.number(0);
        for device in &spec.spec.devices {
            self.bytes(device.name.as_bytes());
        }
        self.set(at, (self.content.len() - at - size_of::<u64>()) as u64);
    }

    /// Writes it, unless it is too large.
    pub(in super::super) fn write(self, path: &Path) {
        if self.content.len() as u64 > MAX_BYTES {
            return;
        }
        if let Err(error) = self.store(path) {
            tracing::debug!(path = %path.display(), %error, "cannot write the CDI index");
        }
    }

    fn store(&self, path: &Path) -> io::Result<()> {
        let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        std::fs::create_dir_all(dir)?;
        let sum = checksum(&self.options, &self.content).to_le_bytes();
        let bytes = [HEADER.as_slice(), &sum, &self.content].concat();
        store(dir, path, &bytes, &WriteOptions::default())
    }

    fn file(&mut self, name: &OsStr, stamp: &Stamp) {
        self.count.1 += 1;
        let (at, count) = self.count;
        self.set(at, count);
        self.bytes(name.as_bytes());
        let Stamp { dev, ino, size, modified, changed } = *stamp;
        for number in [dev, ino, size, modified.cast_unsigned(), changed.cast_unsigned()] {
            self.number(number);
        }
    }

    /// No kind, no devices.
    fn nothing(&mut self) {
        self.number(0);
        self.number(0);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.content.extend_from_slice(bytes);
    }

    fn number(&mut self, number: u64) {
        self.content.extend_from_slice(&number.to_le_bytes());
    }

    fn set(&mut self, at: usize, number: u64) {
        if let Some(room) = self.content.get_mut(at..at + size_of::<u64>()) {
            room.copy_from_slice(&number.to_le_bytes());
        }
    }
}
