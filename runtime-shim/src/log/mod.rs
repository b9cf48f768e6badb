//! Where the wrapper's own messages go: the file of `--log`, the configured one, and on failure one line on stderr.
//!
//! On success nothing is written to stdout or stderr: they are the container's. A file is opened when the first line for
//! it comes, so a quiet run touches none.

mod line;
mod subscriber;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use rustix::fs::OFlags;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::cmdline::Globals;
pub use line::Format;
pub(crate) use subscriber::ToLog;

/// What every message of the wrapper begins with: the low-level runtime writes to the same places.
const NAME: &str = "gantry-runtime";

/// The log of one run. Clones write to the same files.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    format: Format,
    level: LevelFilter,
    debug: bool,
    files: Vec<Target>,
}

#[derive(Debug)]
struct Target {
    path: PathBuf,
    file: Opened,
}

#[derive(Debug)]
enum Opened {
    NotYet,
    As(File),
    Failed,
}

impl Log {
    /// As the command line asks for it. Until [`configure`](Self::configure) the level is `info`.
    #[must_use]
    pub fn new(globals: &Globals) -> Self {
        let format = if globals.log_format == Some(OsStr::new("json")) {
            Format::Json
        } else {
            Format::Text
        };
        let level = if globals.debug { LevelFilter::DEBUG } else { LevelFilter::INFO };
        let files = globals.log.and_then(path_of).map(Target::new).into_iter().collect();
        let shared = Shared { format, level, debug: globals.debug, files };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Adds what the configuration says: one more file, and the level unless `--debug` was given.
    pub fn configure(&self, file: Option<&Path>, level: LevelFilter) {
        let Ok(mut shared) = self.shared.lock() else {
            return;
        };
        if !shared.debug {
            shared.level = level;
        }
        let new = file.and_then(|file| path_of(file.as_os_str()));
        if let Some(new) = new.filter(|new| shared.files.iter().all(|target| target.path != *new)) {
            shared.files.push(Target::new(new));
        }
    }

    /// Writes a failure: one line to each file, whatever the level, and one to stderr. Call it last: from here on this
    /// thread no longer gets SIGPIPE, so that a closed stderr does not decide the exit status.
    pub fn report(&self, message: &str) {
        let mut pipe = nix::sys::signal::SigSet::empty();
        pipe.add(nix::sys::signal::Signal::SIGPIPE);
        // Without it, the worst is another exit status.
        let _worst = pipe.thread_block();
        self.append(Level::ERROR, message, &[], true);
        let line = format!("{NAME}: {}\n", line::printable(message));
        // Nowhere is left to say that it failed.
        let _nowhere = std::io::stderr().write_all(line.as_bytes());
    }

    /// Writes a warning to each file, and to nothing else.
    pub fn warn(&self, message: &str) {
        if self.level() >= LevelFilter::WARN {
            self.append(Level::WARN, message, &[], false);
        }
    }

    fn level(&self) -> LevelFilter {
        self.shared.try_lock().map_or(LevelFilter::OFF, |shared| shared.level)
    }

    /// Appends a line to each file. A file that cannot be opened or written is passed over: the failure that is being
    /// reported matters more.
    fn append(&self, level: Level, message: &str, fields: &[(&str, String)], last: bool) {
        // Never waits: a panic may come while the lock is held.
        let Ok(mut shared) = self.shared.try_lock() else {
            return;
        };
        if shared.files.is_empty() {
            return;
        }
        let message = format!("{NAME}: {message}");
        let line = line::line(shared.format, SystemTime::now(), level, &message, fields);
        for target in &mut shared.files {
            target.append(&line, last);
        }
    }
}

impl Target {
    fn new(path: PathBuf) -> Self {
        Self { path, file: Opened::NotYet }
    }

    fn append(&mut self, line: &str, last: bool) {
        if matches!(self.file, Opened::NotYet) {
            self.file = open(&self.path).map_or(Opened::Failed, Opened::As);
        }
        let Opened::As(file) = &mut self.file else {
            return;
        };
        // A pipe whose reader is gone would end the process, so until the last line pipes get nothing.
        let is_pipe = |kind: std::fs::FileType| kind.is_fifo() || kind.is_socket();
        if last || !file.metadata().is_ok_and(|meta| is_pipe(meta.file_type())) {
            let _passed_over = file.write_all(line.as_bytes());
        }
    }
}

/// Opens a log for appending; makes it, and its directory, where they are missing. Never waits for a pipe's reader, and
/// never takes a terminal.
fn open(path: &Path) -> Option<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let open = || {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o644).custom_flags(flags.cast_signed());
        options.open(path)
    };
    open()
        .or_else(|error| match path.parent() {
            Some(parent) if error.kind() == std::io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
                open()
            }
            _ => Err(error),
        })
        .ok()
}

/// The file that a log option names; crun also takes `file:PATH`, `journald:ID` and `syslog:ID`.
fn path_of(option: &OsStr) -> Option<PathBuf> {
    let bytes = option.as_bytes();
    if bytes.starts_with(b"journald:") || bytes.starts_with(b"syslog:") {
        return None;
    }
    let path = OsStr::from_bytes(bytes.strip_prefix(b"file:").unwrap_or(bytes));
    (!path.is_empty() && path != "/dev/null").then(|| PathBuf::from(path))
}
