//! JSON files: straight to the types where the file is written as the specification says, and by way
//! of a tree where not (a field's name in another case, a number for a text), or to say which field
//! is wrong.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::tree::{Style, TooManyNodes, Tree, Value};
use super::{Position, Spec, SpecError};
use crate::cdi::text::one_line;

/// Parses a spec.
pub(crate) fn parse(bytes: &[u8]) -> Result<Spec, SpecError> {
    let error = match serde_json::from_slice(bytes) {
        Ok(spec) => return Ok(spec),
        Err(error) => error,
    };
    // The types refused it before the whole was seen to be JSON.
    let tree =
        if error.classify() == Category::Data { tree(bytes) } else { Err(error_of(&error)) }?;
    if tree.is_null() {
        return Err(SpecError::Empty);
    }
    super::tree::deserialize(&tree).map_err(|de| {
        let (field, _) = de.place.unwrap_or_default();
        // What both ways refuse, and in the same words, is at the place that the first one named.
        let same = error.to_string().starts_with(&de.message);
        let position = (same && error.line() > 0)
            .then_some(Position { line: error.line(), column: error.column() });
        SpecError::Shape { field, position, message: de.message }
    })
}

/// Parses JSON to a tree, which has no positions.
pub(crate) fn tree(bytes: &[u8]) -> Result<Tree<'static>, SpecError> {
    let mut tree = Tree::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    Build(&mut tree).deserialize(&mut json).and_then(|()| json.end()).map_err(|e| error_of(&e))?;
    Ok(tree)
}

fn error_of(error: &serde_json::Error) -> SpecError {
    if error.is_eof() && error.line() <= 1 && error.column() == 0 {
        return SpecError::Empty;
    }
    let text = error.to_string();
    // The place is said apart.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let position = Position { line: error.line(), column: error.column() };
    SpecError::Syntax { position, message: one_line(message) }
}

/// Appends what comes to the tree. The depth is bounded by `serde_json` itself.
struct Build<'b>(&'b mut Tree<'static>);

impl Build<'_> {
    fn scalar<E: serde::de::Error>(self, text: String, style: Style) -> Result<(), E> {
        let value = Value::Scalar { text: text.into(), style };
        self.0.push(value, (0, 0)).map(drop).map_err(too_many)
    }
}

fn too_many<E: serde::de::Error>(_: TooManyNodes) -> E {
    E::custom("more values than a spec may have")
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(String::new(), Style::Plain)
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        self.scalar(flag.to_string(), Style::Plain)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.scalar(number.to_string(), Style::Plain)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.scalar(number.to_string(), Style::Plain)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.scalar(format!("{number:e}"), Style::Plain)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text.to_owned(), Style::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let index = self.0.push(Value::Seq, (0, 0)).map_err(too_many)?;
        while seq.next_element_seed(Build(self.0))?.is_some() {}
        self.0.close(index);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let index = self.0.push(Value::Map, (0, 0)).map_err(too_many)?;
        while map.next_key_seed(Build(self.0))?.is_some() {
            map.next_value_seed(Build(self.0))?;
        }
        self.0.close(index);
        Ok(())
    }
}

/// The value of the top-level key `kind`, read no further than there. `None`: it has to be parsed
/// whole.
pub(crate) fn peek_kind(bytes: &[u8]) -> Option<String> {
    let mut kind = None;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // Ends with an error once it has been found: the rest of the object is not read.
    let _ = json.deserialize_map(Peek(&mut kind));
    kind
}

struct Peek<'k>(&'k mut Option<String>);

impl<'de> Visitor<'de> for Peek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a spec")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == "kind" {
                *self.0 = Some(map.next_value()?);
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
