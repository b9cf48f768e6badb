//! What was ignored in a spec, for its author and for who wonders what a container lacks.

use std::fmt;

use super::error::Place;
use super::{Position, Version};
use crate::cdi::path::FieldPath;
use crate::cdi::text::quoted;

/// How many are told one by one.
const MAX_WARNINGS: usize = 32;

/// Something in a spec that was ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecWarning {
    /// The field's path: `devices[2].containerEdits.envs`; empty for the document.
    pub field: String,
    /// Where, if it is known.
    pub position: Option<Position>,
    /// What was ignored.
    pub ignored: Ignored,
}

/// What was ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ignored {
    /// A field that no known version has, or none any more, with all that is in it.
    UnknownField {
        /// The version that took the field away.
        removed: Option<Version>,
    },
    /// That the spec names a version after [`Version::CURRENT`], as which it was read.
    NewerVersion {
        /// As it is written.
        declared: String,
    },
    /// More unknown fields than are told one by one.
    MoreFields {
        /// How many.
        count: usize,
    },
}

impl fmt::Display for SpecWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Place(&self.field, self.position).fmt(f)?;
        match &self.ignored {
            Ignored::UnknownField { removed: None } => f.write_str("unknown field, ignored"),
            Ignored::UnknownField { removed: Some(version) } => {
                write!(f, "field ignored, {version} removed it")
            }
            Ignored::NewerVersion { declared } => {
                write!(f, "unknown version {}, read as {}", quoted(declared), Version::CURRENT)
            }
            Ignored::MoreFields { count } => write!(f, "{count} more unknown fields, ignored"),
        }
    }
}

/// Collects unknown fields while a spec is read.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    warnings: Vec<SpecWarning>,
    more: usize,
}

impl Dropped {
    pub(crate) fn push(
        &mut self,
        field: &FieldPath<'_>,
        position: Option<Position>,
        removed: Option<Version>,
    ) {
        if self.warnings.len() >= MAX_WARNINGS {
            self.more += 1;
            return;
        }
        let ignored = Ignored::UnknownField { removed };
        self.warnings.push(SpecWarning { field: field.to_string(), position, ignored });
    }

    pub(crate) fn into_warnings(mut self) -> Vec<SpecWarning> {
        if self.more > 0 {
            let ignored = Ignored::MoreFields { count: self.more };
            self.warnings.push(SpecWarning { field: String::new(), position: None, ignored });
        }
        self.warnings
    }
}
