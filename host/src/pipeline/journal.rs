//! The journal: every edit in order, with the stage that made it and why, and how each stage ended.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use crate::document::Change;
use crate::modifier::Mode;

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Journal {
    /// The mode that the selector chose, or the configuration; `None` when it did not come to that.
    #[serde(default, deserialize_with = "mode")]
    pub mode: Option<Mode>,
    /// The stages in the order they stand, whether they ran or not.
    pub stages: Vec<StageRecord>,
    /// The edits in the order they were made.
    pub edits: Vec<EditRecord>,
}

/// How one stage ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageRecord {
    /// The stage.
    pub stage: String,
    /// The modifier that it ran.
    pub modifier: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What it cost.
    #[serde(flatten)]
    pub cost: Cost,
    /// What the modifier logged (escaped).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogRecord>,
}

/// What a stage cost. Times are in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cost {
    /// From its beginning until its edits are applied.
    pub micros: u64,
    /// Of which getting the modifier's code and linking it.
    #[serde(default)]
    pub load_micros: u64,
    /// Of which making an instance of it.
    #[serde(default)]
    pub start_micros: u64,
    /// Processor time of the whole.
    #[serde(default)]
    pub cpu_micros: u64,
    /// Fuel that its modifier used; the same for the same inputs.
    #[serde(default)]
    pub fuel: u64,
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ended")]
pub enum Outcome {
    /// It ran, and its edits stand.
    Applied,
    /// It ran with `enforce = false`: its edits are in the journal and not in the document.
    Observed,
    /// It does not run in the mode.
    NotInMode,
    /// The container has nothing of what it waits for.
    NotWanted,
    /// It is the selector, and was not asked: the configuration fixes the mode.
    ModeFixed,
    /// It failed, and with it the container's creation.
    Failed {
        /// Why.
        cause: String,
    },
    /// It failed with `on-error = "skip"`: none of its edits stand.
    Skipped {
        /// Why it failed.
        cause: String,
    },
}

/// One message of a modifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogRecord {
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// Escaped.
    pub message: String,
}

/// As a record has it.
#[derive(Deserialize)]
struct StoredLogRecord {
    level: String,
    message: String,
}

impl<'de> Deserialize<'de> for LogRecord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let StoredLogRecord { level, message } = StoredLogRecord::deserialize(from)?;
        let known = ["debug", "info", "warn", "error"];
        Ok(Self { level: known.into_iter().find(|one| *one == level).unwrap_or("?"), message })
    }
}

/// One change of the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EditRecord {
    /// The stage.
    pub stage: String,
    /// Why, in the modifier's words (escaped).
    pub reason: String,
    /// The spec and the device that it came from; `None` for an edit that the modifier made itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRecord>,
    /// Whether it stands in the document.
    pub applied: bool,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// Where an edit that a CDI device brought comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The spec; of devices that were made just in time, what they were made from.
    pub spec: PathBuf,
    /// The device; `None` for the edits that the spec makes for all its devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

fn mode<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Mode>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    // A later version may know more of them.
    Ok(name.and_then(|name| Mode::from_name(&name)))
}

impl Journal {
    /// Whether anything in the document changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.edits.iter().any(|edit| edit.applied)
    }
}
