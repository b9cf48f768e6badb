//! Why there is no inventory.

use std::path::PathBuf;
use std::time::Duration;

use super::refusal::Refusal;

/// Why there is no inventory. What is said names the library: the one that was given, else
/// `libnvidia-ml.so.1` as the linker finds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// The program that asks NVML cannot be run.
    #[error(
        "{}: cannot be run: {why}; it belongs beside this program, or where the configuration's host.gpu-reader says",
        program.display()
    )]
    Program {
        /// The program.
        program: PathBuf,
        /// The system's own words.
        why: String,
    },
    /// NVML refuses.
    #[error("{library}: {}: {why}", refusal.advice())]
    Refused {
        /// The library.
        library: String,
        /// How.
        refusal: Refusal,
        /// What was asked, and what was answered.
        why: String,
    },
    /// NVML gave no answer in time.
    #[error(
        "{library}: no answer within {timeout:?}, so its reader was killed{}; the driver may hang: see the kernel's log",
        if *ended { "" } else { ", and has not ended because it waits in the kernel" }
    )]
    TimedOut {
        /// The library.
        library: String,
        /// The deadline.
        timeout: Duration,
        /// Whether the reader has ended.
        ended: bool,
    },
    /// The library ended its reader.
    #[error("{library}: its reader was ended by {signal}{}", said(stderr))]
    Crashed {
        /// The library.
        library: String,
        /// The signal's name.
        signal: String,
        /// What was said on stderr, made safe to show.
        stderr: String,
    },
    /// The reader failed in a way that is not agreed upon.
    #[error("{}: ended with status {status} while it read {library}{}", program.display(), said(stderr))]
    Failed {
        /// The program.
        program: PathBuf,
        /// The library.
        library: String,
        /// Its exit status.
        status: i32,
        /// What was said on stderr, made safe to show.
        stderr: String,
    },
    /// The answer is no inventory.
    #[error("{}: its answer is no inventory: {why}; use the program of this version of Gantry", program.display())]
    Answer {
        /// The program.
        program: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it said: {stderr}") }
}
