//! Why nodes are not the type that is wanted.

use std::fmt;

use serde::de::{Unexpected, Visitor};

use crate::cdi::spec::Position;
use crate::cdi::spec::tree::Value;
use crate::cdi::spec::tree::scalar::Scalar;
use crate::cdi::text::{one_line, quoted};

/// Why nodes are not the wanted type, and where.
#[derive(Debug)]
pub(crate) struct DeError {
    pub(crate) message: String,
    /// Set once, where the error comes from.
    pub(crate) place: Option<(String, Option<Position>)>,
}

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl serde::de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: one_line(&message.to_string()), place: None }
    }
}

pub(super) fn error(message: impl Into<String>) -> DeError {
    DeError { message: message.into(), place: None }
}

pub(super) fn tag_mismatch(text: &str) -> DeError {
    error(format!("{} is not what its tag says", quoted(text)))
}

pub(super) fn wrong(value: &Value<'_>, wanted: &str) -> DeError {
    let found = match value {
        Value::Seq => "a list",
        Value::Map => "an object",
        value if value.is_null() => "null",
        Value::Scalar { .. } | Value::Alias(_) => "a scalar",
    };
    error(format!("expected {wanted}, found {found}"))
}

pub(super) fn unexpected<'t>(scalar: Scalar, visitor: &impl Visitor<'t>) -> DeError {
    let found = match scalar {
        Scalar::Null => Unexpected::Unit,
        Scalar::Bool(flag) => Unexpected::Bool(flag),
        Scalar::Int(_) => Unexpected::Other("an integer"),
        Scalar::Float(float) => Unexpected::Float(float),
        Scalar::Text => Unexpected::Other("a string"),
    };
    serde::de::Error::invalid_type(found, visitor)
}
