//! How a spec is read, and what comes of it.

use super::{Spec, SpecWarning, Validator};
use crate::cdi::names::Kind;

/// What happens to what a spec says and no known version of the specification has: fields, and a
/// version after [`super::Version::CURRENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// It is an error, as in `pkg/cdi`.
    #[default]
    Refuse,
    /// It is left out, with a warning. The device may lack what the field would have done.
    Warn,
}

impl Unknown {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Warn];

    /// The name in a configuration or on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        }
    }
}

/// How [`Spec::parse_with`] reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParseOptions {
    /// What becomes of unknown fields and newer versions.
    pub unknown: Unknown,
    /// A check of one's own, after CDI's.
    pub validator: Option<Validator>,
}

/// A spec that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The spec, without what was ignored. A version that was accepted with a warning is still in it;
    /// [`Spec::with_minimum_version`] sets a known one.
    pub spec: Spec,
    /// Its kind.
    pub kind: Kind,
    /// What was ignored, one for each field up to a limit; then one that counts the rest.
    pub warnings: Vec<SpecWarning>,
}
