//! `gantry cdi validate`: what is wrong with specs, and what may surprise.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueHint};
use gantry::cdi::{Format, ParseOptions, Parsed, Registry, Schema, Spec};
use gantry::text::escape;
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

What a JSON schema does not want is an error where --schema names it, or where the host has one
(/etc/cdi/schema/schema.json); of the built-in schema, which is stricter than any reader of specs,
it is a note unless --schema builtin is given.

Examples:
  gantry cdi validate                     every file of the spec directories
  gantry cdi validate a.yaml b.json
  generate | gantry cdi validate -";

/// Check specs: files, or all that are in the spec directories
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Validate {
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

/// How texts are checked.
struct Check {
    parse: ParseOptions,
    schema: Option<Schema>,
    /// Whether what the schema does not want is an error.
    strict: bool,
}

impl Validate {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let mut verdicts = Vec::new();
        let mut exit = Exit::Done;
        let (schema, strict) = options.schema()?;
        // The schema sees texts as they are written, not as they were read.
        let parse = ParseOptions { validator: None, ..options.parse()? };
        let check = Check { parse, schema, strict };
        if self.files.is_empty() {
            let mut specs = options.specs()?;
            specs.load.parse.validator = None;
            verdicts = check.directories(&specs.registry());
        }
        for file in &self.files {
            match check.file(file, self.input_format) {
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
    fn new(path: &Path, errors: Vec<Problem>) -> Self {
        let path = path.to_string_lossy().into_owned();
        let valid = errors.is_empty();
        Self { path, valid, errors, warnings: Vec::new(), notes: Vec::new() }
    }
}

impl Check {
    fn file(&self, path: &Path, format: Option<InputFormat>) -> Result<Verdict, Failure> {
        let name = input::name(path);
        let (bytes, format) = match input::spec(path, format)? {
            Ok(text) => text,
            Err(error) => return Ok(Verdict::new(name, vec![Problem::of_spec(name, &error)])),
        };
        Ok(match Spec::parse_with(&bytes, format, &self.parse) {
            Ok(Parsed { spec, warnings, .. }) => {
                let mut verdict = Verdict::new(name, Vec::new());
                verdict.warnings =
                    warnings.iter().map(|one| Problem::of_warning(name, one)).collect();
                verdict.notes = notes(&spec);
                self.schema(&mut verdict, name, &bytes, format);
                verdict
            }
            Err(error) => Verdict::new(name, vec![Problem::of_spec(name, &error)]),
        })
    }

    /// Adds what the schema says of a text that can be loaded.
    fn schema(&self, verdict: &mut Verdict, path: &Path, bytes: &[u8], format: Format) {
        let Some(schema) = &self.schema else { return };
        let Err(error) = schema.check(bytes, format) else { return };
        let problems = Problem::of_schema(path, &error);
        if self.strict {
            verdict.valid = false;
            verdict.errors.extend(problems);
        } else {
            verdict.notes.extend(problems.into_iter().map(|problem| Note {
                code: "schema",
                field: problem.field.unwrap_or_default(),
                message: problem.message,
            }));
        }
    }

    /// All files, sorted by priority and name, each with what is wrong with it; then the directories
    /// that cannot be used.
    fn directories(&self, registry: &Registry) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let errors = registry.errors();
        for file in registry.files() {
            let path = &*file.path;
            let problems = errors.get(path).into_iter().flatten();
            let problems = problems.map(|problem| Problem::of(path, problem)).collect();
            let mut verdict = Verdict::new(path, problems);
            verdict.warnings = Problem::of_ignored(file).collect();
            verdict.notes = notes(&file.spec);
            // One that went away since was as it was.
            if let Some((bytes, format)) = input::spec_again(path) {
                self.schema(&mut verdict, path, &bytes, format);
            }
            verdicts.push((file.priority, verdict));
        }
        for error in registry.failures() {
            let verdict = Verdict::new(&error.path, vec![Problem::of_file(error)]);
            verdicts.push((error.priority, verdict));
        }
        verdicts.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
        let directories = registry.directories().iter().filter_map(|directory| {
            Some(Verdict::new(&directory.path, vec![Problem::of_directory(directory)?]))
        });
        verdicts.into_iter().map(|(_, verdict)| verdict).chain(directories).collect()
    }
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
            let field = if note.field.is_empty() { "" } else { &format!("{}: ", note.field) };
            line(format!("{}: note: {field}{}", verdict.path, note.message));
        }
    }
    out
}
