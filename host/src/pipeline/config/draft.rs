//! The configuration while its layers are laid over one another. What a layer does not say, it leaves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::error::Place;
use super::generate::Generate;
use super::profile::ProfileName;
use super::sections::{Cdi, Host, Journal, Log, Runtime, Store};
use super::stage::{DefinedBy, OnError, StageName};
use super::{Digest, Layer, Limits, When};
use crate::pipeline::grants::{Grants, Mode, Modes};

/// All layers so far.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) runtime: Runtime,
    pub(super) log: Log,
    pub(super) host: Host,
    pub(super) cdi: Cdi,
    pub(super) generate: Generate,
    pub(super) journal: Journal,
    pub(super) store: Store,
    pub(super) selector: StageName,
    pub(super) fixed_mode: Option<Mode>,
    pub(super) order: Vec<StageName>,
    pub(super) stages: BTreeMap<StageName, StageDraft>,
    /// The stages of the drop-ins, in the order in which they were read.
    pub(super) from_drop_ins: Vec<StageName>,
    /// Whether `order` is all that runs: a profile's is.
    pub(super) order_is_whole: bool,
    /// The names of the profiles.
    pub(super) profiles: Vec<ProfileName>,
}

/// One stage so far.
#[derive(Debug)]
pub(super) struct StageDraft {
    pub(super) defined_by: DefinedBy,
    pub(super) modifier: Option<Modifier>,
    pub(super) digest: Option<Digest>,
    pub(super) enabled: bool,
    /// What a file says of that.
    pub(super) said: Option<bool>,
    pub(super) modes: Modes,
    pub(super) when: WhenDraft,
    pub(super) on_error: OnError,
    pub(super) enforce: bool,
    pub(super) after: Option<StageName>,
    pub(super) before: Option<StageName>,
    pub(super) roots: BTreeMap<String, String>,
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    pub(super) settings: Map<String, Value>,
}

/// The containers that a stage runs for.
#[derive(Debug)]
pub(super) enum WhenDraft {
    /// What fits the built-in settings.
    BuiltIn(When),
    /// What a file says.
    Asked(When),
}

/// A modifier without its digest.
#[derive(Debug)]
pub(super) enum Modifier {
    BuiltIn(StageName),
    File(PathBuf),
}

impl StageDraft {
    /// A stage of which nothing is said yet.
    pub(super) fn new(defined_by: DefinedBy) -> Self {
        Self {
            defined_by,
            modifier: None,
            digest: None,
            enabled: false,
            said: None,
            modes: Modes::all(),
            when: WhenDraft::BuiltIn(When::default()),
            on_error: OnError::default(),
            enforce: true,
            after: None,
            before: None,
            roots: BTreeMap::new(),
            grants: Grants::default(),
            limits: Limits::default(),
            settings: Map::new(),
        }
    }

    /// Whether it is what is left of a stage that was disabled, and whose drop-in is gone.
    pub(super) fn is_left_over(&self) -> bool {
        self.modifier.is_none() && self.said == Some(false) && self.defined_by == DefinedBy::Main
    }
}

/// Where a key stands among the layers: the last one that sets it.
pub(super) fn find(layers: &[Layer], key: &[&str]) -> Place {
    layers.iter().rev().find_map(|layer| layer.find(key)).map_or(Place::BuiltIn, Place::File)
}
