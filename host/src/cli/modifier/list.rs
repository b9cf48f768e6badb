//! `gantry modifier list`: what is in the store.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use gantry::text::{escape, one_line};
use serde_json::json;

use super::place::{Loaded, Place, told_of_store};
use crate::output;

/// List the modifiers of the store, by which stages run them, and whether the wrapper can.
#[derive(Args)]
pub(crate) struct List {
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Bytes of a name or a version in the table, which are a vendor's.
const CELL: usize = 80;

struct Row {
    digest: String,
    name: String,
    version: String,
    source: String,
    stages: Vec<String>,
    /// What keeps the wrapper from running it.
    problem: Option<String>,
}

impl List {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let rows = rows(&self.place.load()?)?;
        match self.format {
            Format::Text => output::print(&text(&rows)?)?,
            Format::Json => output::json(&rows.iter().map(value).collect::<Vec<_>>())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn rows(loaded: &Loaded) -> Result<Vec<Row>> {
    let entries = loaded.store.entries()?;
    let row = |entry: &gantry::modifier::store::Entry| {
        let record = entry.record.as_ref().ok();
        let source = record.map(|record| record.source.clone());
        let problem = match &entry.record {
            Ok(_) => {
                loaded.store.verify(&entry.wasm).err().map(|error| told_of_store(&error, None))
            }
            Err(error) => Some(told_of_store(error, None)),
        };
        let text = |text: Option<String>| text.unwrap_or_else(|| "?".into());
        Row {
            digest: entry.wasm.to_string(),
            name: text(record.map(|record| record.name.clone())),
            version: text(record.map(|record| record.version.clone())),
            source: text(source.as_ref().map(|path| path.display().to_string())),
            stages: loaded.stages(&entry.wasm).iter().map(|stage| stage.name.to_string()).collect(),
            problem,
        }
    };
    Ok(entries.iter().map(row).collect())
}

fn text(rows: &[Row]) -> Result<String> {
    let head = ["NAME", "VERSION", "STAGES", "STATE", "DIGEST"].map(str::to_owned);
    let line = |row: &Row| {
        let stages = if row.stages.is_empty() { "-".to_owned() } else { row.stages.join(",") };
        let state = if row.problem.is_some() { "unusable" } else { "ready" };
        let [name, version] = [&row.name, &row.version].map(|text| escape(text, CELL));
        [name, version, stages, state.to_owned(), row.digest.clone()]
    };
    let table: Vec<[String; 5]> = std::iter::once(head).chain(rows.iter().map(line)).collect();
    let width = |at: usize| {
        table
            .iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let mut out = String::new();
    for row in &table {
        let cells: Vec<String> =
            row.iter().enumerate().map(|(at, cell)| format!("{cell:<w$}", w = width(at))).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    for row in rows {
        if let Some(problem) = &row.problem {
            let name = escape(&row.name, CELL);
            writeln!(out, "\n{name}: {}", one_line(problem))?;
        }
    }
    Ok(out)
}

fn value(row: &Row) -> serde_json::Value {
    json!({
        "digest": row.digest,
        "name": row.name,
        "version": row.version,
        "source": row.source,
        "stages": row.stages,
        "ready": row.problem.is_none(),
        "problem": row.problem,
    })
}
