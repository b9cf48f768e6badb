//! `gantry explain`: every change that a container would get, and why. Changes nothing.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use gantry::document::{Bundle, Change};
use gantry::modifier::Sandbox;
use gantry::pipeline::{EditRecord, Facts, Journal, Outcome, Preview, StageRecord, run};
use serde_json::json;

use super::config::Source;
use super::output;

/// Show every change that a container would get: stage, reason, before and after. Changes nothing.
///
/// Exits 1 when its creation would fail, with the error that the engine would see.
#[derive(Args)]
pub(crate) struct Explain {
    /// The bundle: the directory with the container's config.json.
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    bundle: PathBuf,
    #[command(flatten)]
    source: Source,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let config = self.source.load()?;
        let original = Bundle::open(&self.bundle)?.document().clone();
        let sandbox = Sandbox::new()?;
        let facts = Facts::new(&config);
        let components = Preview::new(&config);
        let (journal, error) = match run(&config, &sandbox, &components, facts, original) {
            Ok(run) => (run.journal, None),
            Err(failed) => (failed.journal, Some(failed.error.to_string())),
        };
        // What was compiled just now, the wrapper would not have run.
        let missing = components.notes();
        match self.format {
            Format::Text => output::print(&text(&journal, error.as_deref(), &missing)?)?,
            Format::Json => {
                let mut value = serde_json::to_value(&journal)?;
                let object = value.as_object_mut().context("a journal is an object")?;
                object.insert("changed".into(), json!(error.is_none() && !journal.is_empty()));
                object.insert("error".into(), json!(error));
                object.insert("not-compiled".into(), json!(missing));
                output::json(&value)?;
            }
        }
        Ok(if error.is_none() && missing.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn text(journal: &Journal, error: Option<&str>, missing: &[String]) -> Result<String> {
    let mut out = String::new();
    if let Some(mode) = journal.mode {
        writeln!(out, "mode: {mode}")?;
    }
    for stage in &journal.stages {
        stage_text(&mut out, stage, journal)?;
    }
    match error {
        Some(error) => writeln!(out, "\nthe container would not be created: {error}")?,
        None if journal.is_empty() => writeln!(out, "\nconfig.json would stay as it is")?,
        None => {
            let count = journal.edits.iter().filter(|edit| edit.applied).count();
            writeln!(out, "\n{}; nothing was written", changes(count))?;
        }
    }
    for one in missing {
        writeln!(
            out,
            "\nthe container would not be created: this shows what it would get if this were \
             compiled: {one}"
        )?;
    }
    Ok(out)
}

fn changes(count: usize) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn stage_text(out: &mut String, stage: &StageRecord, journal: &Journal) -> Result<()> {
    let edits: Vec<&EditRecord> =
        journal.edits.iter().filter(|edit| edit.stage == stage.stage).collect();
    let ended = match &stage.outcome {
        Outcome::Applied if edits.is_empty() => "no change".to_owned(),
        Outcome::Applied => changes(edits.len()),
        Outcome::Observed => {
            format!("{}, none applied (enforce = false)", changes(edits.len()))
        }
        Outcome::NotInMode => "does not run in this mode".to_owned(),
        // The last line says why.
        Outcome::Failed { .. } => "FAILED".to_owned(),
        Outcome::Skipped { cause } => format!("FAILED and skipped (on-error = \"skip\"): {cause}"),
    };
    writeln!(out, "\nstage {} ({}, {} µs): {ended}", stage.stage, stage.modifier, stage.micros)?;
    for line in &stage.log {
        writeln!(out, "  log {}: {}", line.level, line.message)?;
    }
    let mut why = None;
    for edit in edits {
        let reason = (&edit.reason, &edit.source);
        if why.replace(reason) != Some(reason) {
            write!(out, "  {}", edit.reason)?;
            if let Some(source) = &edit.source {
                let device = source.device.as_deref().unwrap_or("for any of its devices");
                write!(out, " [{}: {device}]", source.spec.display())?;
            }
            writeln!(out)?;
        }
        change_text(out, &edit.change)?;
    }
    Ok(())
}

fn change_text(out: &mut String, change: &Change) -> Result<()> {
    writeln!(out, "    {}", change.pointer)?;
    for (sign, value) in [('-', &change.before), ('+', &change.after)] {
        if let Some(value) = value {
            writeln!(out, "      {sign} {}", gantry::text::one_line(&value.to_string()))?;
        }
    }
    Ok(())
}
