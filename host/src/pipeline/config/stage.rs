//! A stage as the configuration describes it, in types that cannot be wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Limits, When};
use crate::digest::Digest;
use crate::pipeline::grants::{Grants, Mode, Modes};

/// The name of a stage: 1 to 64 lower-case letters, digits and `-`, not beginning with `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StageName(Box<str>);

impl StageName {
    /// A name of the built-in configuration.
    pub(super) fn known(name: &'static str) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=64).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(format!(
                "{text:?} is no name of a stage: 1 to 64 lower-case letters, digits and `-`"
            ))
        }
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for StageName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The modifier that a stage runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModifierRef {
    /// One that is inside the binary, by name.
    BuiltIn(StageName),
    /// A component on disk.
    File {
        /// Absolute and normal.
        path: PathBuf,
        /// What the whole file must hash to.
        digest: Option<Digest>,
    },
}

impl fmt::Display for ModifierRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(name) => write!(f, "builtin:{name}"),
            Self::File { path, .. } => path.display().fmt(f),
        }
    }
}

/// What an error of a stage does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// It fails the creation of the container.
    #[default]
    Fail,
    /// The stage's edits are discarded, with a mark in log and journal, and the next stage runs.
    Skip,
}

impl OnError {
    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// Which file a stage was first named in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinedBy {
    /// None: it comes with Gantry.
    BuiltIn,
    /// A drop-in.
    DropIn,
    /// `config.toml`.
    Main,
}

/// One stage: `[stages.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageConfig {
    /// Its name.
    pub name: StageName,
    /// What it runs.
    pub modifier: ModifierRef,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The modes in which it runs.
    pub modes: Modes,
    /// The containers for which it runs.
    pub when: When,
    /// What its error does.
    pub on_error: OnError,
    /// Whether its edits are applied; if not, they are only journalled.
    pub enforce: bool,
    /// Its own roots for files of the host, by name: absolute and normal.
    pub roots: BTreeMap<String, String>,
    /// What it may do.
    pub grants: Grants,
    /// What it may use.
    pub limits: Limits,
    /// What its modifier is told.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// Which file it was first named in.
    pub defined_by: DefinedBy,
}

impl StageConfig {
    /// Whether it runs in this mode.
    #[must_use]
    pub fn runs_in(&self, mode: Mode) -> bool {
        self.enabled && self.modes.contains(mode)
    }

    /// The settings as the modifier gets them: JSON text, with sorted keys.
    #[must_use]
    pub fn settings_text(&self) -> String {
        serde_json::Value::Object(self.settings.clone()).to_string()
    }
}
