//! `gantry explain`: every change that a container would get, or got, and why. Changes nothing.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use gantry::document::{Bundle, Change};
use gantry::modifier::Sandbox;
use gantry::pipeline::{
    Cost, EditRecord, Facts, Journal, Outcome, Preview, Records, StageRecord, run,
};
use gantry::text::one_line;
use serde_json::json;

use super::config::Source;
use super::{output, records};

/// Show every change that a container would get, or got: stage, reason, before and after.
/// Changes nothing.
///
/// Exits 1 when its creation would fail, or failed, with the error that the engine would see, or saw.
#[derive(Args)]
pub(crate) struct Explain {
    /// The bundle: the directory with the container's config.json.
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    bundle: PathBuf,
    /// The container whose creation is shown, as the journal has it.
    #[arg(long, value_name = "ID", conflicts_with_all = ["bundle", "list"])]
    container: Option<OsString>,
    /// List the containers that the journal has, the newest first.
    #[arg(long, conflicts_with = "bundle")]
    list: bool,
    /// The journal's directory. [default: `dir` of `[journal]` in the configuration]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    journal_dir: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        if self.list {
            return records::list(&self.journal()?, self.format);
        }
        if let Some(container) = &self.container {
            return records::show(&self.journal()?, container, self.format);
        }
        if self.journal_dir.is_some() {
            bail!(
                "--journal-dir is of no use alone; name a container with --container, or give --list"
            );
        }
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

impl Explain {
    /// Where the records are.
    fn journal(&self) -> Result<Records> {
        if let Some(dir) = &self.journal_dir {
            return Ok(Records::new(dir));
        }
        let dir = self.source.load()?.journal.dir.context(
            "no journal is kept: set dir in [journal] of the configuration, or give --journal-dir",
        )?;
        Ok(Records::new(dir))
    }
}

fn text(journal: &Journal, error: Option<&str>, missing: &[String]) -> Result<String> {
    let mut out = stages(journal)?;
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

/// The mode, and what each stage did. In a record it may be anybody's text.
pub(crate) fn stages(journal: &Journal) -> Result<String> {
    let mut out = String::new();
    if let Some(mode) = journal.mode {
        writeln!(out, "mode: {mode}")?;
    }
    for stage in &journal.stages {
        stage_text(&mut out, stage, journal)?;
    }
    Ok(out)
}

pub(crate) fn changes(count: usize) -> String {
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
        Outcome::NotWanted => "not run: the container has nothing that its `when` names".to_owned(),
        Outcome::ModeFixed => "not asked: the configuration fixes the mode".to_owned(),
        // The last line says why.
        Outcome::Failed { .. } => "FAILED".to_owned(),
        Outcome::Skipped { cause } => {
            format!("FAILED and skipped (on-error = \"skip\"): {}", one_line(cause))
        }
    };
    let (name, modifier) = (one_line(&stage.stage), one_line(&stage.modifier));
    let Cost { fuel, micros, .. } = stage.cost;
    let cost = match stage.outcome {
        Outcome::NotInMode | Outcome::NotWanted | Outcome::ModeFixed => String::new(),
        _ => format!(", fuel {fuel}, {micros} µs"),
    };
    writeln!(out, "\nstage {name} ({modifier}{cost}): {ended}")?;
    for line in &stage.log {
        writeln!(out, "  log {}: {}", line.level, one_line(&line.message))?;
    }
    let mut why = None;
    for edit in edits {
        let reason = (&edit.reason, &edit.source);
        if why.replace(reason) != Some(reason) {
            write!(out, "  {}", one_line(&edit.reason))?;
            if let Some(source) = &edit.source {
                let device = source.device.as_deref().unwrap_or("for any of its devices");
                let source = format!("{}: {device}", source.spec.display());
                write!(out, " [{}]", one_line(&source))?;
            }
            writeln!(out)?;
        }
        change_text(out, &edit.change)?;
    }
    Ok(())
}

fn change_text(out: &mut String, change: &Change) -> Result<()> {
    writeln!(out, "    {}", one_line(&change.pointer.to_string()))?;
    for (sign, value) in [('-', &change.before), ('+', &change.after)] {
        if let Some(value) = value {
            writeln!(out, "      {sign} {}", one_line(&value.to_string()))?;
        }
    }
    Ok(())
}
