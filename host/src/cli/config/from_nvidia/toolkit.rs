//! The toolkit's `config.toml`: its values by dotted key, each with its line.

use anyhow::{Context, Result, bail};
use toml::de::{DeTable, DeValue};

/// A file of the toolkit's.
pub(super) struct Toolkit<'a> {
    keys: Vec<Key<'a>>,
}

/// One key of it.
pub(super) struct Key<'a> {
    /// Dotted from the top: `nvidia-container-runtime.mode`.
    pub(super) name: String,
    pub(super) line: usize,
    value: DeValue<'a>,
}

impl<'a> Toolkit<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            anyhow::anyhow!("line {}: {}", line(at), error.message())
        })?;
        let mut keys = Vec::new();
        flatten("", table.into_inner(), &line, &mut keys);
        Ok(Self { keys })
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key<'a>> {
        self.keys.iter()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Key<'a>> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// A switch; `false` where it is not set.
    pub(super) fn is_on(&self, name: &str) -> Result<bool> {
        self.get(name).map_or(Ok(false), Key::boolean)
    }

    /// A text; `None` where it is not set, or empty, which the toolkit takes for the same.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        let text = self.get(name).map(Key::text).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }
}

impl Key<'_> {
    pub(super) fn text(&self) -> Result<&str> {
        self.value.as_str().with_context(|| self.must_be("a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        self.value.as_bool().with_context(|| self.must_be("true or false"))
    }

    pub(super) fn list(&self) -> Result<Vec<&str>> {
        let DeValue::Array(list) = &self.value else { bail!(self.must_be("a list of strings")) };
        list.iter()
            .map(|one| one.get_ref().as_str().with_context(|| self.must_be("a list of strings")))
            .collect()
    }

    /// Whether it is what the toolkit takes for "not set".
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            DeValue::String(text) => text.is_empty(),
            DeValue::Array(list) => list.is_empty(),
            DeValue::Boolean(on) => !on,
            _ => false,
        }
    }

    fn must_be(&self, what: &str) -> String {
        format!("line {}: {} must be {what}", self.line, self.name)
    }
}

fn flatten<'a>(
    above: &str,
    table: DeTable<'a>,
    line: &dyn Fn(usize) -> usize,
    keys: &mut Vec<Key<'a>>,
) {
    for (key, value) in table {
        let name = match above {
            "" => key.get_ref().to_string(),
            above => format!("{above}.{}", key.get_ref()),
        };
        let at = line(key.span().start);
        match value.into_inner() {
            DeValue::Table(table) => flatten(&name, table, line, keys),
            value => keys.push(Key { name, line: at, value }),
        }
    }
}
