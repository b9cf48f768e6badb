//! A document as it is written, before it is read as a spec: what a schema checks.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::parse::{shape, tree_of};
use super::tree::{self, Tree};
use super::{Format, SpecError};

/// The document's values. In YAML they are what plain scalars mean by YAML 1.1, merged and with
/// aliases followed.
pub(crate) fn written(bytes: &[u8], format: Format) -> Result<Value, SpecError> {
    from_tree(&tree_of(bytes, format)?)
}

/// The values of a tree.
pub(crate) fn from_tree(tree: &Tree<'_>) -> Result<Value, SpecError> {
    let Written(value) = tree::deserialize_small(tree).map_err(shape)?;
    Ok(value)
}

/// `Value` reads some keys as its own marks; this does not.
struct Written(Value);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsWritten).map(Self)
    }
}

struct AsWritten;

impl<'de> Visitor<'de> for AsWritten {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    /// JSON has no number for what is not finite.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Written(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Written(value))) = access.next_entry::<String, _>()? {
            map.insert(key, value);
        }
        Ok(map.into())
    }
}
