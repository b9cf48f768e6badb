//! How a subcommand ends: the exit status, and what is said on stderr where it failed.

use std::fmt;
use std::process::ExitCode;

use gantry::text::{escape, one_line};

use crate::environment::BadVariable;

/// The longest line that is printed of an error, in bytes.
const LINE: usize = 8192;

/// The exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Done = 0,
    /// The system did not let it be done.
    CouldNot = 1,
    /// The command line asks for what cannot be.
    Usage = 2,
    /// A device does not resolve.
    Unresolved = 3,
    /// A spec, a document or a directory is invalid.
    Invalid = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error with its exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// One line.
    message: String,
    /// More lines, where they help.
    details: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), details: Vec::new() }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, format_args!("{message}; see --help"))
    }

    pub(crate) fn details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    /// Prints it.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("gantry: {}", escape(&self.message, LINE));
        for line in &self.details {
            eprintln!("  {}", escape(line, LINE));
        }
        self.exit.into()
    }
}

impl From<BadVariable> for Failure {
    fn from(error: BadVariable) -> Self {
        Self::usage(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Says something beside the output.
pub(crate) fn note(text: &str) {
    // Whole, or it would be written in three parts.
    eprint!("{}", ["gantry: ", &one_line(text), "\n"].concat());
}
