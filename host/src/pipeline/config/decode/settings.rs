//! `[stages.NAME.settings]`: any table, as JSON.

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::Result;
use super::field::Field;

/// How deep tables and lists may lie in one another.
const DEEPEST: usize = 32;

/// Lays the settings of one file over those so far: tables merge, all else replaces.
pub(super) fn merge(settings: &mut Map<String, Value>, field: &Field<'_>) -> Result<()> {
    merge_at(settings, field, 0)
}

fn merge_at(into: &mut Map<String, Value>, field: &Field<'_>, depth: usize) -> Result<()> {
    check(field, depth)?;
    field.table(|field| {
        if field.value().is_table() {
            let place = into.entry(field.key).or_insert_with(|| Value::Object(Map::new()));
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            if let Value::Object(table) = place {
                return merge_at(table, &field, depth + 1);
            }
        }
        let value = convert(&field, depth + 1)?;
        into.insert(field.key.to_owned(), value);
        Ok(())
    })
}

fn convert(field: &Field<'_>, depth: usize) -> Result<Value> {
    check(field, depth)?;
    Ok(match field.value() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(on) => Value::Bool(*on),
        // JSON has no dates: their text.
        DeValue::Datetime(when) => Value::String(when.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(Value::from)
            .map_err(|_| field.bad(format!("{integer} does not fit into 64 bits")))?,
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| field.bad(format!("{float} cannot be handed on as JSON")))?,
        DeValue::Array(_) => Value::Array(field.list(|field| convert(&field, depth + 1))?),
        DeValue::Table(_) => {
            let mut table = Map::new();
            merge_at(&mut table, field, depth)?;
            Value::Object(table)
        }
    })
}

fn check(field: &Field<'_>, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(field.bad(format!("lies deeper than {DEEPEST} tables and lists")));
    }
    Ok(())
}
