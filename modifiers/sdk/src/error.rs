//! What a function of the contract refuses with, and what a modifier gives up with.

use std::fmt;

use crate::bindings::gantry::modifier::types;
use crate::{Failure, Problem};

/// Why a read or an edit was refused. `?` makes a [`Failure`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The function of the contract, `edit-env.set`.
    pub function: &'static str,
    /// What kind of refusal.
    pub kind: ErrorKind,
    /// What the host says, for a person.
    pub message: String,
}

/// The kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Outside the stage's grants. The stage fails, whatever the modifier does with this.
    NotGranted,
    /// What was asked for is not there.
    Absent,
    /// The argument cannot be right, whatever the grants.
    Invalid,
    /// A limit of the stage is reached.
    Limit,
    /// The host gave up waiting.
    TimedOut,
    /// The host tried and failed.
    Failed,
}

impl ErrorKind {
    fn words(self) -> &'static str {
        match self {
            Self::NotGranted => "not granted",
            Self::Absent => "absent",
            Self::Invalid => "invalid",
            Self::Limit => "limit reached",
            Self::TimedOut => "timed out",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function)?;
        f.write_str(": ")?;
        f.write_str(self.kind.words())?;
        f.write_str(": ")?;
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Names the function in a refusal.
pub(crate) fn named<T>(
    function: &'static str,
    result: Result<T, types::Error>,
) -> Result<T, Error> {
    result.map_err(|error| {
        let (kind, message) = match error {
            types::Error::NotGranted(message) => (ErrorKind::NotGranted, message),
            types::Error::Absent(message) => (ErrorKind::Absent, message),
            types::Error::Invalid(message) => (ErrorKind::Invalid, message),
            types::Error::Limit(message) => (ErrorKind::Limit, message),
            types::Error::TimedOut(message) => (ErrorKind::TimedOut, message),
            types::Error::Failed(message) => (ErrorKind::Failed, message),
        };
        Error { function, kind, message }
    })
}

impl Failure {
    /// A failure with this cause: lower case, no full stop.
    pub fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), remedy: None }
    }

    /// The same failure, with what the person reading should do.
    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<&str> for Failure {
    fn from(cause: &str) -> Self {
        Self::new(cause)
    }
}

impl From<String> for Failure {
    fn from(cause: String) -> Self {
        Self::new(cause)
    }
}

impl Problem {
    /// A problem with one key of the settings, dotted from their root; empty for the whole.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl From<Problem> for Failure {
    fn from(Problem { key, message }: Problem) -> Self {
        let what =
            if key.is_empty() { "settings".into() } else { ["setting `", &key, "`"].concat() };
        Self::new([&what, ": ", &message].concat())
            .with_remedy("change the stage's `settings` in the configuration")
    }
}
