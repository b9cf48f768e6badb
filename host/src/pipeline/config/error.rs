//! Why a configuration cannot be used. Each error is one line: where, what, and what to do.

use std::fmt;
use std::path::PathBuf;

use crate::trust::TrustError;

/// A place in a file of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file that was asked for by name is not there.
    #[error("{}: not there; {remedy}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do.
        remedy: String,
    },
    /// A file or folder could not be read, or others than root (or, rootless, the user) can change it.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The text is not TOML.
    #[error("{at}: not valid TOML: {message}")]
    Syntax {
        /// Where.
        at: Location,
        /// What the parser says.
        message: String,
    },
    /// A key that means nothing.
    #[error("{at}: unknown key {key:?} {table}; {remedy}")]
    UnknownKey {
        /// Where.
        at: Location,
        /// The key.
        key: String,
        /// `in [pipeline]`, or `at the top`.
        table: String,
        /// The nearest key, or all that there are.
        remedy: String,
    },
    /// A key that this file may not have.
    #[error("{at}: {key} cannot stand in a drop-in: {problem}")]
    NotInDropIn {
        /// Where.
        at: Location,
        /// The key, dotted from the top.
        key: String,
        /// Why, and where it belongs.
        problem: String,
    },
    /// A key that a profile may not have.
    #[error("{at}: {key} cannot stand in a profile: {problem}")]
    NotInProfile {
        /// Where.
        at: Location,
        /// The key, dotted from the top.
        key: String,
        /// Why, and where it belongs.
        problem: String,
    },
    /// A profile that is not there.
    #[error("profile {name:?} is not in {file}; {remedy}")]
    UnknownProfile {
        /// As it was asked for.
        name: String,
        /// The file, or what stands for it.
        file: String,
        /// The profiles that are there, and what to do.
        remedy: String,
    },
    /// A value that cannot be.
    #[error("{at}: {key}: {problem}")]
    Value {
        /// Where; a built-in default has no place.
        at: Place,
        /// The key, dotted from the top.
        key: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// No file sets it.
    BuiltIn,
    /// This file sets it.
    File(Location),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in configuration"),
            Self::File(at) => at.fmt(f),
        }
    }
}

/// `did you mean …?` where something known is near, else all that is known.
pub(super) fn suggest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known.iter().map(|one| (strsim::damerau_levenshtein(given, one), one)).min();
    match nearest {
        Some((distance, one)) if distance <= 1 + given.chars().count() / 4 => {
            format!("did you mean {one:?}?")
        }
        Some(_) => format!("known: {}", known.join(", ")),
        None => "there is none".to_owned(),
    }
}
