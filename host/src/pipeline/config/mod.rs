//! The configuration: which stages run, in which order, with which grants, limits and settings
//! (`docs/configuration.md`).
//!
//! The files are read once, each laid over what the ones before it said, and turned into types that
//! cannot be wrong. Where a value comes from is looked up only when someone asks.

mod check;
mod decode;
mod defaults;
mod draft;
mod error;
mod finish;
mod generate;
mod layer;
mod limits;
mod load;
mod order;
mod origins;
mod profile;
mod sections;
mod show;
mod source;
mod stage;
mod when;

#[cfg(test)]
#[rustfmt::skip] // tables: one line a case
mod tests;

use layer::{Kind, Layer};

pub use super::grants::{Mode, Modes};
pub use crate::digest::Digest;
pub use check::{Diagnostic, Severity};
pub use error::{ConfigError, Location, Place};
pub use generate::{Generate, GenerateCsv};
pub use limits::{Bytes, Limits, Time};
pub use load::{ConfigFile, RuntimeConfig};
pub use origins::Origin;
pub use profile::ProfileName;
pub use sections::{Cdi, Host, Journal, Log, LogLevel, Runtime, Store};
pub use source::{ConfigSource, Environment};
pub use stage::{DefinedBy, ModifierRef, OnError, StageConfig, StageName};
pub use when::When;

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The low-level runtime.
    pub runtime: Runtime,
    /// The log.
    pub log: Log,
    /// Where the host's files are.
    pub host: Host,
    /// CDI.
    pub cdi: Cdi,
    /// How devices are made just in time.
    pub generate: Generate,
    /// The journal.
    pub journal: Journal,
    /// The store of modifiers.
    pub store: Store,
    /// The mode selector: enabled, and not of a drop-in.
    pub selector: StageConfig,
    /// The mode of every container; `None`: the selector chooses. Where it is set, the selector does not run.
    pub fixed_mode: Option<Mode>,
    /// The stages, enabled or not, in the order in which they run.
    pub stages: Vec<StageConfig>,
    /// The stages that have no place in the order; none is enabled.
    pub unplaced: Vec<StageConfig>,
    /// The profiles of `config.toml`, whether they are right or not.
    pub profiles: Vec<ProfileName>,
    /// The order as a file says it, without the stages that drop-ins place.
    named: Vec<StageName>,
    /// The stages that a file disables and nothing defines any more.
    left_over: Vec<StageName>,
    layers: Vec<Layer>,
}

impl Config {
    /// The stages that run in a mode, in their order.
    pub fn stages_in(&self, mode: Mode) -> impl Iterator<Item = &StageConfig> {
        self.stages.iter().filter(move |stage| stage.runs_in(mode))
    }

    /// All stages: the selector, then the others in their order, then those without a place.
    pub fn all_stages(&self) -> impl Iterator<Item = &StageConfig> {
        std::iter::once(&self.selector).chain(&self.stages).chain(&self.unplaced)
    }

    /// The order as a file says it, without the stages that drop-ins place.
    #[must_use]
    pub fn order(&self) -> &[StageName] {
        &self.named
    }

    /// The stage of this name, if there is one.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&StageConfig> {
        self.all_stages().find(|stage| stage.name.as_str() == name)
    }

    /// The files that were read, in the order in which they were laid over one another.
    pub fn files(&self) -> impl Iterator<Item = &std::path::Path> {
        let files = self.layers.iter().filter(|layer| !matches!(layer.kind, Kind::Profile(_)));
        files.map(|layer| layer.path.as_path())
    }

    /// Where a value comes from: the key from the top, an element of a list by its position. The files'
    /// text is parsed again, so this is for people, not for every container.
    #[must_use]
    pub fn origin(&self, key: &[&str]) -> Place {
        draft::find(&self.layers, key)
    }

    /// Below which folder of the host a root's files are: `driver-root`, `dev-root`, a stage's own;
    /// any other is `/`.
    #[must_use]
    pub fn root<'a>(&'a self, stage: &'a StageConfig, root: &str) -> &'a str {
        match root {
            "driver-root" => &self.host.driver_root,
            "dev-root" => &self.host.dev_root,
            other => stage.roots.get(other).map_or("/", String::as_str),
        }
    }
}
