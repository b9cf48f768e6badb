//! What a command would do to which files, shown and done.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;

use super::files;
use crate::diff::unified;

/// A file as it was read, and as it shall be. None: it is not there.
pub(crate) struct FileChange {
    pub(crate) path: PathBuf,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Whether it is the operator's, and not Gantry's own beside it.
    pub(crate) operators: bool,
}

/// All of a command.
#[derive(Default)]
pub(crate) struct Plan {
    /// In the order in which they are written.
    pub(crate) files: Vec<FileChange>,
    /// What is good to know.
    pub(crate) notes: Vec<String>,
    /// What may go wrong.
    pub(crate) warnings: Vec<String>,
    /// How the engine is made to read it.
    pub(crate) restart: String,
}

/// A plan as a program reads it.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    engine: &'a str,
    changed: bool,
    written: bool,
    files: Vec<FileReport<'a>>,
    notes: &'a [String],
    warnings: &'a [String],
    restart: &'a str,
}

#[derive(Serialize)]
struct FileReport<'a> {
    path: std::borrow::Cow<'a, str>,
    action: &'static str,
    diff: String,
}

impl FileChange {
    fn is_change(&self) -> bool {
        self.before != self.after
    }

    fn action(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "create",
            (_, None) => "remove",
            _ => "edit",
        }
    }

    fn diff(&self) -> String {
        let path = self.path.display().to_string();
        unified(&path, self.before.as_deref(), self.after.as_deref())
    }
}

impl Plan {
    /// Whether anything would be written.
    pub(crate) fn is_change(&self) -> bool {
        self.files.iter().any(FileChange::is_change)
    }

    fn changes(&self) -> impl Iterator<Item = &FileChange> {
        self.files.iter().filter(|file| file.is_change())
    }

    /// Writes it, one file after the other, each at once.
    pub(crate) fn write(&self, backup: bool) -> Result<()> {
        let mut written = Vec::new();
        for file in self.changes() {
            let done = write_one(file, backup);
            done.with_context(|| match written.as_slice() {
                [] => "nothing was written".to_owned(),
                written => format!("only written: {}", written.join(", ")),
            })?;
            written.push(file.path.display().to_string());
        }
        Ok(())
    }

    /// For a person.
    pub(crate) fn text(&self, written: bool) -> String {
        let mut out = String::new();
        for file in self.changes() {
            out += &file.diff();
        }
        // Writing to a String cannot fail.
        for warning in &self.warnings {
            let _ = writeln!(out, "warning: {}", gantry::text::one_line(warning));
        }
        for note in &self.notes {
            let words: Vec<_> = note.split_whitespace().collect();
            let _ = writeln!(out, "note: {}", gantry::text::one_line(&words.join(" ")));
        }
        let _ = match (self.is_change(), written) {
            (false, _) => writeln!(out, "nothing to change"),
            (true, false) => writeln!(out, "dry run: nothing was written"),
            (true, true) => writeln!(out, "done; to make the engine read it: {}", self.restart),
        };
        out
    }

    /// For a program.
    pub(crate) fn report<'a>(&'a self, engine: &'a str, written: bool) -> Report<'a> {
        let files = self.changes().map(|file| FileReport {
            path: file.path.to_string_lossy(),
            action: file.action(),
            diff: file.diff(),
        });
        Report {
            engine,
            changed: self.is_change(),
            written: written && self.is_change(),
            files: files.collect(),
            notes: &self.notes,
            warnings: &self.warnings,
            restart: &self.restart,
        }
    }
}

fn write_one(file: &FileChange, backup: bool) -> Result<()> {
    if backup
        && file.operators
        && let Some(before) = &file.before
    {
        let mut name = file.path.as_os_str().to_owned();
        name.push(".before-gantry");
        let path = PathBuf::from(name);
        files::replace(&path, files::read(&path)?.as_deref(), Some(before))?;
    }
    files::replace(&file.path, file.before.as_deref(), file.after.as_deref())
}
