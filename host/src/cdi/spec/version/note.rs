//! A spec that names a later version than it needs, and who refuses it for that.

use std::fmt;

use super::{Version, accepted_since};
use crate::cdi::spec::Spec;

/// A version that keeps programs from reading a spec that they would understand. Displays as one
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNote {
    /// What the spec names.
    pub declared: Version,
    /// What suffices.
    pub needed: Version,
    /// Programs, and the first release of each that accepts the version that the spec names, where an
    /// earlier one accepts the version that suffices.
    pub refused_before: Vec<(&'static str, &'static str)>,
}

impl Spec {
    /// Who refuses the spec for its version alone; `None` where it names the lowest that suffices, or
    /// none that is known.
    #[must_use]
    pub fn version_note(&self) -> Option<VersionNote> {
        let declared = Version::known(&self.cdi_version)?;
        let needed = self.minimum_version();
        let enough = accepted_since(needed);
        let refused_before: Vec<_> =
            accepted_since(declared).iter().filter(|row| !enough.contains(row)).copied().collect();
        (declared > needed && !refused_before.is_empty()).then_some(VersionNote {
            declared,
            needed,
            refused_before,
        })
    }
}

impl fmt::Display for VersionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { declared, needed, refused_before } = self;
        write!(f, "declares {declared}, but needs only {needed}: ")?;
        for (i, (program, release)) in refused_before.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{program} before {release}")?;
        }
        write!(f, " refuse the whole file; declare {needed}")
    }
}
