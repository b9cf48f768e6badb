//! Why a spec is refused: it cannot be parsed, or what it says is not valid.

use std::fmt;

use super::Version;
use crate::cdi::names::NameError;
use crate::cdi::text::quoted;

/// A place in a file, counted from 1. A column counts bytes in JSON, characters in YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// Why a text is not a spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// There is nothing in it but space, comments or `null`.
    #[error("holds no spec: it is empty")]
    Empty,
    /// It is larger than [`super::MAX_SPEC_BYTES`].
    #[error("is larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// It is not UTF-8.
    #[error("is not UTF-8 after byte {valid_up_to}")]
    NotUtf8 {
        /// How many bytes are.
        valid_up_to: usize,
    },
    /// It is not JSON, or not YAML.
    #[error("{position}: {message}")]
    Syntax {
        /// Where.
        position: Position,
        /// The parser's words.
        message: String,
    },
    /// A field is unknown, given twice, or has the wrong type.
    #[error("{}{message}", Place(field, *position))]
    Shape {
        /// The field's path; empty for the document.
        field: String,
        /// Where, if it is known.
        position: Option<Position>,
        /// What is wrong there.
        message: String,
    },
    /// It is well formed and says something that CDI does not allow.
    #[error(transparent)]
    Invalid(#[from] InvalidSpec),
    /// It is valid, and the [`super::Validator`] of the options does not want it.
    #[error("refused by the validator: {message}")]
    Refused {
        /// The validator's words.
        message: String,
    },
}

/// The prefix that says where.
pub(super) struct Place<'a>(pub(super) &'a str, pub(super) Option<Position>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.1 {
            write!(f, "{position}: ")?;
        }
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

/// A spec that CDI does not allow, and the field to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidSpec {
    /// The field's path: `devices[2].containerEdits.env[0]`.
    pub field: String,
    /// What is wrong with it.
    pub problem: SpecProblem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum SpecProblem {
    #[error("unknown version {}, known are {}{}", quoted(.declared), Version::list(), Needed(*.needed))]
    UnknownVersion { declared: String, needed: Option<Version> },
    #[error("version {declared} is too low: {feature} needs {needed}")]
    VersionTooLow { declared: Version, needed: Version, feature: &'static str },
    #[error("{0}")]
    Name(NameError),
    #[error("must not be empty")]
    Empty,
    #[error("a spec needs at least one device")]
    NoDevices,
    #[error("a device needs at least one edit")]
    NoEdits,
    #[error("device {} is defined twice", quoted(.0))]
    DuplicateDevice(String),
    #[error("{} is not NAME=value", quoted(.0))]
    Env(String),
    #[error("unknown type {}, must be b, c, u or p", quoted(.0))]
    NodeType(String),
    #[error("{} is neither \"none\" nor made of r, w and m", quoted(.0))]
    Permissions(String),
    #[error("unknown hook {}, must be one of prestart, createRuntime, createContainer, startContainer, poststart, poststop", quoted(.0))]
    HookName(String),
    #[error("{} is no class of service: at most 4095 bytes, not \".\" or \"..\", no line break, and no \"/\" but the root \"/\"", quoted(.0))]
    ClosId(String),
    #[error("interface {} is named twice", quoted(.0))]
    DuplicateInterface(String),
    #[error("{} is no annotation key: an optional DNS name and \"/\", then at most 63 letters, digits, \"-\", \"_\" and \".\", a letter or digit first and last", quoted(.0))]
    AnnotationKey(String),
    #[error("annotations take {size} bytes, allowed are {limit}")]
    AnnotationsTooLarge { size: usize, limit: usize },
}

/// What to name instead.
struct Needed(Option<Version>);

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |version| write!(f, "; its content needs only {version}"))
    }
}

impl SpecProblem {
    /// Whether it is about annotations, which `pkg/cdi` means to check and does not.
    #[must_use]
    pub fn is_annotation(&self) -> bool {
        matches!(self, Self::AnnotationKey(_) | Self::AnnotationsTooLarge { .. })
    }
}
