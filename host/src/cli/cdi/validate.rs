//! `gantry cdi validate`: what is wrong with specs, and what may surprise.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueHint};
use gantry::cdi::{ParseOptions, Parsed, Registry, Spec};
use gantry::text::{escape, one_line};
use serde::Serialize;

use super::failure::{Exit, Failure};
use super::input::{self, InputFormat};
use super::notes::{Note, notes};
use super::options::Options;
use super::problem::Problem;

/// The longest line, in bytes.
const LINE: usize = 8192;

const EXAMPLES: &str = "\
An error makes a file invalid, and exits with 4. A note does not: it says what may surprise.

Examples:
  gantry cdi validate                     every file of the spec directories
  gantry cdi validate a.yaml b.json
  generate | gantry cdi validate -";

/// Check specs: files, or all that are in the spec directories
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Validate {
    /// Spec files; `-` for stdin. None: all files of the spec directories.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The notation of the files. [default: that of the name, or of the text]
    #[arg(long, value_enum, requires = "files")]
    #[arg(value_name = "json|yaml", hide_possible_values = true)]
    input_format: Option<InputFormat>,
}

/// What is said of one file or directory.
#[derive(Serialize)]
struct Verdict {
    path: String,
    valid: bool,
    errors: Vec<Problem>,
    /// What was ignored.
    warnings: Vec<Problem>,
    notes: Vec<Note>,
}

#[derive(Serialize)]
struct Verdicts<'a> {
    files: &'a [Verdict],
}

impl Validate {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let mut verdicts = Vec::new();
        let mut exit = Exit::Done;
        if self.files.is_empty() {
            verdicts = of_directories(&options.specs()?.registry());
        }
        for file in &self.files {
            match of_file(file, self.input_format, &options.parse()) {
                Ok(verdict) => verdicts.push(verdict),
                // Said at once: the others are still looked at.
                Err(failure) => {
                    failure.report();
                    exit = failure.exit;
                }
            }
        }
        options.print(&Verdicts { files: &verdicts }, || text(&verdicts))?;
        Ok(if verdicts.iter().all(|verdict| verdict.valid) { exit } else { Exit::Invalid })
    }
}

impl Verdict {
    fn new(path: &Path, errors: Vec<Problem>, notes: Vec<Note>) -> Self {
        let path = path.to_string_lossy().into_owned();
        Self { path, valid: errors.is_empty(), errors, warnings: Vec::new(), notes }
    }
}

fn of_file(
    path: &Path,
    format: Option<InputFormat>,
    options: &ParseOptions,
) -> Result<Verdict, Failure> {
    let spec = input::spec(path, format)?
        .and_then(|(bytes, format)| Spec::parse_with(&bytes, format, options));
    let name = input::name(path);
    Ok(match spec {
        Ok(Parsed { spec, warnings, .. }) => Verdict {
            warnings: warnings.iter().map(|one| Problem::of_warning(name, one)).collect(),
            ..Verdict::new(name, Vec::new(), notes(&spec))
        },
        Err(error) => Verdict::new(name, vec![Problem::of_spec(name, &error)], Vec::new()),
    })
}

/// All files, sorted by priority and name, each with what is wrong with it; then the directories that
/// cannot be used.
fn of_directories(registry: &Registry) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let errors = registry.errors();
    for file in registry.files() {
        let problems = errors.get(&*file.path).into_iter().flatten();
        let problems = problems.map(|problem| Problem::of(&file.path, problem)).collect();
        let warnings = Problem::of_ignored(file).collect();
        let verdict = Verdict::new(&file.path, problems, notes(&file.spec));
        verdicts.push((file.priority, Verdict { warnings, ..verdict }));
    }
    for error in registry.failures() {
        let verdict = Verdict::new(&error.path, vec![Problem::of_file(error)], Vec::new());
        verdicts.push((error.priority, verdict));
    }
    verdicts.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
    let directories = registry.directories().iter().filter_map(|directory| {
        let problem = Problem::of_directory(directory)?;
        Some(Verdict::new(&directory.path, vec![problem], Vec::new()))
    });
    verdicts.into_iter().map(|(_, verdict)| verdict).chain(directories).collect()
}

/// A line for each file, and for each error and note.
fn text(verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", escape(&text, LINE));
    };
    for verdict in verdicts {
        if verdict.valid {
            line(format!("{}: ok", verdict.path));
        }
        for error in &verdict.errors {
            line(format!("{}: invalid: {}", error.place(), error.what()));
        }
        verdict.warnings.iter().for_each(|warning| line(warning.to_string()));
        for note in &verdict.notes {
            line(format!("{}: note: {}: {}", verdict.path, one_line(&note.field), note.message));
        }
    }
    out
}
