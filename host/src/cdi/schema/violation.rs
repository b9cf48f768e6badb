//! What a document has that its schema does not want.

use std::fmt::{self, Write};

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::cdi::spec::SpecError;
use crate::cdi::text::{one_line, quoted};

/// How many are told one by one.
const MAX_VIOLATIONS: usize = 20;
/// Of a larger document only the first is told: the others might take too much memory.
const MAX_VALUES: usize = 50_000;
/// How much of a message is kept, in bytes.
const MAX_MESSAGE: usize = 400;

/// Why a document does not pass a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It cannot be parsed.
    #[error(transparent)]
    Document(#[from] SpecError),
    /// The spec has no form as JSON.
    #[error("cannot be written as JSON: {message}")]
    NotJson {
        /// Why.
        message: String,
    },
    /// It is not what the schema wants.
    #[error("does not match the schema: {}", List(.violations, *.more))]
    Violations {
        /// In what, in the document's order; never empty.
        violations: Vec<Violation>,
        /// How many more there are, at least.
        more: usize,
    },
}

struct List<'a>(&'a [Violation], usize);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.0.iter().enumerate() {
            let comma = if i > 0 { "; " } else { "" };
            write!(f, "{comma}{violation}")?;
        }
        if self.1 > 0 { write!(f, "; and {} more", self.1) } else { Ok(()) }
    }
}

/// One thing that a schema does not want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path: `devices[2].containerEdits`; empty for the document.
    pub field: String,
    /// The same as a JSON pointer: `/devices/2/containerEdits`.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
    /// What the schema says of the field, if it says something.
    pub description: Option<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)?;
        match &self.description {
            Some(description) => write!(f, " ({description})"),
            None => Ok(()),
        }
    }
}

/// What is wrong with a document that is.
pub(super) fn all(validator: &Validator, schema: &Value, document: &Value) -> SchemaError {
    let of = |error: ValidationError<'_>| violation(&error, schema, document);
    if count(document, MAX_VALUES) >= MAX_VALUES {
        let violations = validator.validate(document).err().map(of).into_iter().collect();
        return SchemaError::Violations { violations, more: 0 };
    }
    let mut errors = validator.iter_errors(document);
    let violations = errors.by_ref().take(MAX_VIOLATIONS).map(of).collect();
    SchemaError::Violations { violations, more: errors.count() }
}

/// How many values there are, up to the limit. (The reader bounded the depth.)
fn count(value: &Value, limit: usize) -> usize {
    let of = |values: &mut dyn Iterator<Item = &Value>| {
        let mut sum = 1;
        while sum < limit
            && let Some(value) = values.next()
        {
            sum += count(value, limit - sum);
        }
        sum
    };
    match value {
        Value::Array(list) => of(&mut list.iter()),
        Value::Object(map) => of(&mut map.values()),
        _ => 1,
    }
}

fn violation(error: &ValidationError<'_>, schema: &Value, document: &Value) -> Violation {
    let pointer = error.instance_path().as_str();
    Violation {
        field: one_line(&field(pointer, document)),
        pointer: one_line(pointer),
        message: message(error),
        description: description(error, schema),
    }
}

/// A pointer into the document as a field's path.
fn field(pointer: &str, document: &Value) -> String {
    let mut at = Some(document);
    let mut path = String::new();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let index = token.parse::<usize>().ok();
        if let (Some(list), Some(index)) = (at.and_then(Value::as_array), index) {
            let _ = write!(path, "[{index}]");
            at = list.get(index);
        } else {
            let dot = if path.is_empty() { "" } else { "." };
            let _ = write!(path, "{dot}{token}");
            at = at.and_then(|value| value.get(&token));
        }
    }
    path
}

/// The library's words, or ours where its are about schemas and not about the document.
fn message(error: &ValidationError<'_>) -> String {
    let mut text = Bounded(String::new());
    let written = match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            write!(text, "unknown field {}", quoted(&unexpected.join(", ")))
        }
        Kind::Required { property } => write!(text, "{property} is missing"),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            write!(text, "is of none of the forms that the schema has for it")
        }
        Kind::Enum { options } => write!(text, "{} is not one of {options}", error.instance()),
        Kind::PropertyNames { error } => write!(text, "a key is wrong: {error}"),
        _ if error.instance().is_array() || error.instance().is_object() => {
            write!(text, "{}", error.masked_with("the value"))
        }
        _ => write!(text, "{error}"),
    };
    if written.is_err() {
        text.0.push('…');
    }
    one_line(&text.0)
}

/// Takes no more than [`MAX_MESSAGE`] bytes, so that no large value is shown whole.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_MESSAGE.saturating_sub(self.0.len());
        let end = text.floor_char_boundary(room);
        self.0.push_str(text.get(..end).unwrap_or_default());
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// What the schema says of the field; of an object with an unknown one, the fields that it knows.
fn description(error: &ValidationError<'_>, schema: &Value) -> Option<String> {
    let (parent, _) = error.evaluation_path().as_str().rsplit_once('/')?;
    let (at, description) = walk(parent, schema)?;
    let known = at.get("properties").and_then(Value::as_object);
    let text = match (error.kind(), known) {
        (Kind::AdditionalProperties { .. }, Some(known)) => {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            format!("known are {}", known.join(", "))
        }
        _ => description?.to_owned(),
    };
    Some(one_line(&text))
}

/// Follows the way that was taken through the schema: the part where it ends, and what the schema
/// says of the value there, where it was first said.
fn walk<'s>(path: &str, schema: &'s Value) -> Option<(&'s Value, Option<&'s str>)> {
    let mut at = schema;
    let mut description = None;
    let mut tokens = path.split('/').skip(1).map(|t| t.replace("~1", "/").replace("~0", "~"));
    loop {
        description = description.or_else(|| at.get("description")?.as_str());
        let Some(token) = tokens.next() else { return Some((at, description)) };
        at = match (token.as_str(), at) {
            ("$ref", at) => schema.pointer(at.get("$ref")?.as_str()?.strip_prefix('#')?)?,
            (token, Value::Array(list)) => list.get(token.parse::<usize>().ok()?)?,
            (token, at) => at.get(token)?,
        };
        match token.as_str() {
            "properties" | "patternProperties" => {
                at = at.get(tokens.next()?)?;
                description = None;
            }
            "items" | "additionalProperties" => description = None,
            _ => {}
        }
    }
}
