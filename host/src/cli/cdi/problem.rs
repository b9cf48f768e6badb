//! What is wrong with files and directories, in one form for lists, reports and programs.

use std::fmt;
use std::path::Path;

use gantry::cdi::{
    Directory, DirectoryState, FileProblem, LoadError, ReadError, Registry, SchemaError, SpecError,
    SpecFile, SpecWarning, Violation,
};
use gantry::text::one_line;
use serde::Serialize;

/// What sort of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Sort {
    /// A file was rejected.
    Rejected,
    /// Files of one priority define one device.
    Conflict,
    /// A directory could not be used.
    Directory,
    /// Something in a file was ignored: no error.
    Warning,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "problem")]
    pub(super) sort: Sort,
    /// The file or directory.
    pub(super) path: String,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    /// Of the spec: `devices[0].name`.
    pub(super) field: Option<String>,
    pub(super) message: String,
}

impl Problem {
    fn new(sort: Sort, path: &Path, message: String) -> Self {
        let path = path.to_string_lossy().into_owned();
        Self { sort, path, line: None, column: None, field: None, message }
    }

    /// Of a file that was rejected.
    pub(super) fn of_file(error: &LoadError) -> Self {
        match &error.error {
            ReadError::Spec(spec) => Self::of_spec(&error.path, spec),
            other => Self::new(Sort::Rejected, &error.path, other.to_string()),
        }
    }

    /// Of a text that is no valid spec.
    pub(super) fn of_spec(path: &Path, error: &SpecError) -> Self {
        let (position, field, message) = match error {
            SpecError::Syntax { position, message } => (Some(*position), None, message.clone()),
            SpecError::Shape { field, position, message } => {
                (*position, Some(field.clone()), message.clone())
            }
            SpecError::Invalid(invalid) => {
                (None, Some(invalid.field.clone()), invalid.problem.to_string())
            }
            SpecError::Refused { message } => (None, None, message.clone()),
            other => (None, None, other.to_string()),
        };
        Self {
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            field: field.filter(|field| !field.is_empty()),
            ..Self::new(Sort::Rejected, path, message)
        }
    }

    /// Of a text that a schema does not want.
    pub(super) fn of_schema(path: &Path, error: &SchemaError) -> Vec<Self> {
        match error {
            SchemaError::Violations { violations, more } => {
                let mut all: Vec<Self> =
                    violations.iter().map(|one| Self::of_violation(path, one)).collect();
                if *more > 0 {
                    all.push(Self::new(Sort::Rejected, path, format!("and {more} more")));
                }
                all
            }
            SchemaError::Document(error) => vec![Self::of_spec(path, error)],
            SchemaError::NotJson { .. } => vec![Self::new(Sort::Rejected, path, error.to_string())],
        }
    }

    fn of_violation(path: &Path, violation: &Violation) -> Self {
        let field = Some(violation.field.clone()).filter(|field| !field.is_empty());
        let message = match &violation.description {
            Some(description) => format!("schema: {} ({description})", violation.message),
            None => format!("schema: {}", violation.message),
        };
        Self { field, ..Self::new(Sort::Rejected, path, message) }
    }

    /// Of what was ignored in a file.
    pub(super) fn of_warning(path: &Path, warning: &SpecWarning) -> Self {
        let SpecWarning { field, position, ignored } = warning;
        // Its text without the place, which has fields of its own here.
        let alone = SpecWarning { field: String::new(), position: None, ignored: ignored.clone() };
        Self {
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            field: Some(field.clone()).filter(|field| !field.is_empty()),
            ..Self::new(Sort::Warning, path, alone.to_string())
        }
    }

    /// Of a file that was read or rejected.
    pub(super) fn of(path: &Path, problem: &FileProblem<'_>) -> Self {
        match problem {
            FileProblem::Rejected(error) => Self::of_file(error),
            FileProblem::Conflict { device, files } => {
                let others = files.iter().filter(|file| **file != path);
                let others: Vec<_> = others.map(|file| file.to_string_lossy()).collect();
                let message = format!("{device} is also defined in {}", others.join(", "));
                Self::new(Sort::Conflict, path, message)
            }
        }
    }

    /// Everything that is wrong with what was searched: directories, files, and what was ignored in
    /// files, each in order.
    pub(super) fn all(registry: &Registry) -> Vec<Self> {
        let mut all: Vec<Self> =
            registry.directories().iter().filter_map(Self::of_directory).collect();
        for (path, problems) in registry.errors() {
            let said = problems.iter().filter(|problem| match problem {
                FileProblem::Rejected(_) => true,
                // Noted at each file; said at the first.
                FileProblem::Conflict { files, .. } => {
                    files.first().is_some_and(|first| **first == *path)
                }
            });
            all.extend(said.map(|problem| Self::of(&path, problem)));
        }
        all.extend(registry.files().flat_map(Self::of_ignored));
        all
    }

    /// Of a directory that cannot be used.
    pub(super) fn of_directory(directory: &Directory) -> Option<Self> {
        match &directory.state {
            DirectoryState::Failed(error) => {
                Some(Self::new(Sort::Directory, &directory.path, error.to_string()))
            }
            DirectoryState::Read | DirectoryState::Missing => None,
        }
    }

    /// Of what was ignored in a file that was read.
    pub(super) fn of_ignored(file: &SpecFile) -> impl Iterator<Item = Self> {
        file.warnings.iter().map(|warning| Self::of_warning(&file.path, warning))
    }

    /// Whether it is more than a warning.
    pub(super) fn is_error(&self) -> bool {
        self.sort != Sort::Warning
    }

    /// Where, as compilers say it: `file:line:column`.
    pub(super) fn place(&self) -> String {
        let path = one_line(&self.path);
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{path}:{line}:{column}"),
            _ => path,
        }
    }

    /// What, with the field.
    pub(super) fn what(&self) -> String {
        let text = match &self.field {
            Some(field) => format!("{field}: {}", self.message),
            None => self.message.clone(),
        };
        one_line(&text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.is_error() { "" } else { "warning: " };
        write!(f, "{}: {warning}{}", self.place(), self.what())
    }
}
