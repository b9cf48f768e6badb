//! Lines on stderr, which the low-level runtime shows when a hook fails.
//!
//! (Not `tracing`: there is one reader and one form, and the program is to start quickly.)

use std::io::Write as _;

/// How much is said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// Errors only.
    Quiet,
    /// Errors and warnings.
    Normal,
    /// Also what is skipped, and why.
    Debug,
}

/// Where lines go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    level: Level,
}

impl Log {
    /// A log that says as much as `level`.
    #[must_use]
    pub fn new(level: Level) -> Self {
        Self { level }
    }

    /// Why the hook fails.
    pub fn error(self, text: &str) {
        Self::line("error", text);
    }

    /// What the reader may have to mend, though the hook goes on.
    pub fn warn(self, text: &str) {
        if self.level != Level::Quiet {
            Self::line("warning", text);
        }
    }

    /// What helps only the one who looks for a fault.
    pub fn debug(self, text: &str) {
        if self.level == Level::Debug {
            Self::line("debug", text);
        }
    }

    // One write a line, and nobody to tell when it fails.
    fn line(level: &str, text: &str) {
        let _nobody_to_tell =
            std::io::stderr().write_all(format!("gantry-hook: {level}: {text}\n").as_bytes());
    }
}
