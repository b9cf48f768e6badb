//! JSON Schema for specs: ours, or a file of the host's. A schema sees a document as it is written,
//! before a number is read as a name or a field's case is ignored; [`Spec::validate`] decides what is
//! loaded. (CDI specification, `schema/schema.json`: the reference's own accepts almost anything.)

mod load;
mod violation;

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;

pub use load::SchemaLoadError;
pub use violation::{SchemaError, Violation};

use super::spec::{Format, Spec, Validator, written};

/// The schema that a host may have for all programs.
pub const DEFAULT_SCHEMA_FILE: &str = "/etc/cdi/schema/schema.json";

/// Which schema specs are checked against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SchemaChoice {
    /// [`DEFAULT_SCHEMA_FILE`] if there is one, else [`SchemaChoice::Builtin`].
    #[default]
    Default,
    /// Gantry's own.
    Builtin,
    /// None: no check.
    None,
    /// That file's.
    File(PathBuf),
}

impl FromStr for SchemaChoice {
    type Err = Infallible;

    /// `builtin`, `none`, or else a path.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "builtin" => Self::Builtin,
            "none" => Self::None,
            path => Self::File(path.into()),
        })
    }
}

/// A JSON Schema, ready to check. Clones share it.
#[derive(Clone)]
pub struct Schema(Arc<Loaded>);

struct Loaded {
    /// For messages: a path, or `builtin`.
    name: String,
    document: Value,
    validator: jsonschema::Validator,
}

impl Schema {
    /// The text of Gantry's own schema (JSON Schema 2020-12).
    #[must_use]
    pub const fn builtin_text() -> &'static str {
        include_str!("schema/cdi.schema.json")
    }

    /// Gantry's own: as strict as the loader wherever a schema can be, and without its tolerance (a
    /// number for a name, a field's name in another case, null for an absent field). Reads no file;
    /// an error would be a fault in the schema itself.
    pub fn builtin() -> Result<Self, SchemaLoadError> {
        load::from_text("builtin", Self::builtin_text().as_bytes(), None)
    }

    /// A file's, of at most 1 MiB. It may refer to files in the same directory (the reference's
    /// refers to `defs.json`), and to nothing else.
    pub fn from_file(path: &Path) -> Result<Self, SchemaLoadError> {
        load::from_file(path)
    }

    /// The one that is chosen; `None` for [`SchemaChoice::None`].
    pub fn find(choice: &SchemaChoice) -> Result<Option<Self>, SchemaLoadError> {
        match choice {
            SchemaChoice::None => Ok(None),
            SchemaChoice::Builtin => Self::builtin().map(Some),
            SchemaChoice::File(path) => Self::from_file(path).map(Some),
            SchemaChoice::Default => match Self::from_file(Path::new(DEFAULT_SCHEMA_FILE)) {
                Err(error) if error.is_not_found() => Self::builtin().map(Some),
                found => found.map(Some),
            },
        }
    }

    /// Where it comes from: the file's path, or `builtin`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether a document, as it is written, is what the schema wants.
    pub fn check(&self, bytes: &[u8], format: Format) -> Result<(), SchemaError> {
        self.check_value(&written(bytes, format)?)
    }

    /// Whether a spec, as it would be written, is what the schema wants.
    pub fn check_spec(&self, spec: &Spec) -> Result<(), SchemaError> {
        let value = serde_json::to_value(spec)
            .map_err(|error| SchemaError::NotJson { message: error.to_string() })?;
        self.check_value(&value)
    }

    fn check_value(&self, document: &Value) -> Result<(), SchemaError> {
        let Loaded { validator, document: schema, .. } = &*self.0;
        if validator.is_valid(document) {
            Ok(())
        } else {
            Err(violation::all(validator, schema, document))
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.0.name).finish()
    }
}

impl From<Schema> for Validator {
    /// Refuses what the schema does not want.
    fn from(schema: Schema) -> Self {
        Self::new(move |spec| schema.check_spec(spec).map_err(|error| error.to_string()))
    }
}

#[cfg(test)]
mod tests;
