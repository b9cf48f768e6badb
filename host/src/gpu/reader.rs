//! Reads the inventory: asks `gantry-nvml`, which loads NVML, and may hang or crash with it.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::child::{self, Ended, Started, Stopped};
use super::error::InventoryError;
use super::inventory::Inventory;
use super::refusal::Refusal;
use crate::text::escape;

/// The most that is read: an inventory of 64 GPUs with all their MIG devices takes a tenth of it.
const MOST_ANSWER: usize = 1 << 20;
/// The most that is shown of what it says on stderr, in bytes.
const MOST_WORDS: usize = 1024;

/// Reads the inventory of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The program `gantry-nvml`.
    pub program: PathBuf,
    /// The NVML library; `None`: `libnvidia-ml.so.1`, where the dynamic linker finds it.
    pub library: Option<PathBuf>,
    /// How long it may take, initialising the driver included.
    pub timeout: Duration,
}

impl Reader {
    /// The name of the program.
    pub const PROGRAM: &str = "gantry-nvml";

    /// Where the program is installed: beside the one that runs.
    #[must_use]
    pub fn beside_this_program() -> PathBuf {
        // Without /proc only the kernel's word at the start is left.
        let started = || {
            let path = PathBuf::from(rustix::param::linux_execfn().to_string_lossy().as_ref());
            if path.is_absolute() { path } else { "/usr/bin/gantry".into() }
        };
        std::env::current_exe().unwrap_or_else(|_| started()).with_file_name(Self::PROGRAM)
    }

    /// Asks NVML.
    pub fn read(&self) -> Result<Inventory, InventoryError> {
        self.start()?.finish()
    }

    /// Begins to ask NVML.
    pub fn start(&self) -> Result<Reading, InventoryError> {
        let mut command = Command::new(&self.program);
        // The linker may look into the current directory, which is anybody's.
        command.current_dir("/");
        if let Some(library) = &self.library {
            command.arg("--library").arg(library);
        }
        match child::start(&mut command, self.timeout, MOST_ANSWER) {
            Ok(started) => Ok(Reading { reader: self.clone(), started }),
            Err(stopped) => Err(self.stopped(stopped)),
        }
    }

    /// Why a program has not ended by itself.
    fn stopped(&self, stopped: Stopped) -> InventoryError {
        match stopped {
            Stopped::NotStarted(error) | Stopped::System(error) => {
                let program = self.program.clone();
                InventoryError::Program { program, why: error.to_string() }
            }
            Stopped::Deadline { stderr, ended } => {
                if !stderr.is_empty() {
                    tracing::warn!("{}: {}", self.program.display(), shown(&stderr));
                }
                let (library, timeout) = (self.library_name(), self.timeout);
                InventoryError::TimedOut { library, timeout, ended }
            }
            Stopped::TooMuch => {
                self.no_inventory(format!("it is larger than {} MiB", MOST_ANSWER >> 20))
            }
        }
    }

    /// What a program that has ended by itself has answered.
    fn answer(&self, ended: &Ended) -> Result<Inventory, InventoryError> {
        let (library, stderr) = (self.library_name(), shown(&ended.stderr));
        if let Some(signal) = ended.status.signal() {
            let signal = signal_name(signal);
            return Err(InventoryError::Crashed { library, signal, stderr });
        }
        let status = ended.status.code().unwrap_or(-1);
        if status == 0 {
            let answer = serde_json::from_slice(&ended.stdout);
            return answer.map_err(|error| self.no_inventory(error.to_string()));
        }
        Err(if let Some(refusal) = Refusal::of_status(status) {
            InventoryError::Refused { library, refusal, why: stderr }
        } else {
            let program = self.program.clone();
            InventoryError::Failed { program, library, status, stderr }
        })
    }

    fn no_inventory(&self, why: String) -> InventoryError {
        InventoryError::Answer { program: self.program.clone(), why }
    }

    fn library_name(&self) -> String {
        match &self.library {
            Some(library) => library.display().to_string(),
            None => "libnvidia-ml.so.1, as the dynamic linker finds it".to_owned(),
        }
    }
}

/// NVML is asked, and there is time to do something else. Who drops this does not want to know any more.
#[derive(Debug)]
pub struct Reading {
    reader: Reader,
    started: Started,
}

impl Reading {
    /// The answer, once it is there; the time that the reader gives runs since the start.
    pub fn finish(self) -> Result<Inventory, InventoryError> {
        let Self { reader, started } = self;
        match started.finish() {
            Ok(ended) => reader.answer(&ended),
            Err(stopped) => Err(reader.stopped(stopped)),
        }
    }
}

/// What it said, as one line.
fn shown(stderr: &[u8]) -> String {
    escape(String::from_utf8_lossy(stderr).trim(), MOST_WORDS)
}

/// The names of signals that end programs by the fault of a library, or of an administrator.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("{name} (signal {signal})")
}

#[cfg(test)]
mod tests;
