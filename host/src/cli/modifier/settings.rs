//! Asking a modifier whether settings are right.

use anyhow::{Context, Result, bail};
use gantry::modifier::{Component, Sandbox};
use gantry::pipeline::config::{Limits, StageConfig};

/// Settings, and whose they are.
pub(super) struct Settings {
    pub(super) of: String,
    pub(super) json: String,
    pub(super) limits: Limits,
}

impl Settings {
    /// Those of a stage.
    pub(super) fn of_stage(stage: &StageConfig) -> Self {
        Self {
            of: format!("stage {:?}", stage.name.as_str()),
            json: stage.settings_text(),
            limits: stage.limits,
        }
    }

    /// Given as JSON text.
    pub(super) fn given(json: &str) -> Result<Self> {
        let value: serde_json::Value = serde_json::from_str(json).context("--settings")?;
        if !value.is_object() {
            bail!("--settings: must be a JSON object");
        }
        Ok(Self { of: "--settings".into(), json: value.to_string(), limits: Limits::default() })
    }

    /// What the modifier says is wrong with them, one line each.
    pub(super) fn problems(&self, sandbox: &Sandbox, component: &Component) -> Vec<String> {
        match sandbox.validate(component, &self.json, &self.limits.of_call()) {
            Ok(found) => found
                .iter()
                .map(|one| format!("{}: settings.{}: {}", self.of, one.key, one.message))
                .collect(),
            Err(error) => vec![format!("{}: {error}", self.of)],
        }
    }
}
