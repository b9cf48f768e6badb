//! The arguments of a call, as the settings have them. What is missing is empty.

use serde_json::Value;

/// The arguments of a call. `{ repeat = "x", times = 9 }` stands for a text as long as one likes (or,
/// where a list is wanted, for a list).
#[derive(serde::Deserialize, Default)]
#[serde(transparent)]
pub(crate) struct Args(Vec<Value>);

impl Args {
    fn at(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Null)
    }

    /// A text.
    pub(crate) fn text(&self, index: usize) -> String {
        match repeated(self.at(index)) {
            Some((text, times)) => text.repeat(times),
            None => self.at(index).as_str().unwrap_or_default().to_owned(),
        }
    }

    /// A text, or none where there is no argument.
    pub(crate) fn optional(&self, index: usize) -> Option<String> {
        self.is_given(index).then(|| self.text(index))
    }

    /// Whether something is there; TOML, which settings come from, has no null, and so the word `none`.
    fn is_given(&self, index: usize) -> bool {
        !self.at(index).is_null() && self.at(index) != "none"
    }

    /// A list of texts.
    pub(crate) fn list(&self, index: usize) -> Vec<&str> {
        match (repeated(self.at(index)), self.at(index)) {
            (Some((text, times)), _) => vec![text; times],
            (None, Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// A number; 0 where it is too large.
    pub(crate) fn number(&self, index: usize) -> u32 {
        self.long(index).try_into().unwrap_or(0)
    }

    /// A number, or none where there is no argument.
    pub(crate) fn optional_number(&self, index: usize) -> Option<u32> {
        self.is_given(index).then(|| self.number(index))
    }

    /// A long number.
    pub(crate) fn long(&self, index: usize) -> u64 {
        self.at(index).as_u64().unwrap_or(0)
    }

    /// Whether a switch is on.
    pub(crate) fn switch(&self, index: usize) -> bool {
        self.at(index).as_bool().unwrap_or(false)
    }
}

fn repeated(value: &Value) -> Option<(&str, usize)> {
    let times = usize::try_from(value.get("times")?.as_u64()?).ok()?;
    Some((value.get("repeat")?.as_str()?, times))
}
