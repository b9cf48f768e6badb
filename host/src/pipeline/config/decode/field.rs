//! One key of a table with its place in the file, and the value taken as what it must be.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::pipeline::config::error::{ConfigError, Place, suggest};
use crate::pipeline::config::layer::Layer;
use crate::pipeline::config::limits::Time;
use crate::pipeline::grants::{Pattern, Patterns, is_normal, pattern_problem};

/// A table of the file that is being read.
pub(super) struct Scope<'a> {
    pub(super) layer: &'a Layer,
    /// The table around it, and its key there; `None` at the top.
    parent: Option<(&'a Scope<'a>, &'a str)>,
}

/// A key and its value.
pub(super) struct Field<'a> {
    scope: &'a Scope<'a>,
    pub(super) key: &'a str,
    /// Byte offset of the key; of the element in a list.
    at: usize,
    value: &'a Spanned<DeValue<'a>>,
}

type Result<T> = std::result::Result<T, ConfigError>;

impl<'a> Scope<'a> {
    pub(super) fn top(layer: &'a Layer) -> Self {
        Self { layer, parent: None }
    }

    /// Its keys from the top.
    fn keys(&self) -> Vec<&str> {
        match self.parent {
            Some((parent, key)) => {
                let mut keys = parent.keys();
                keys.push(key);
                keys
            }
            None => Vec::new(),
        }
    }

    /// Hands every key of the table to `each`.
    pub(super) fn each(
        &self,
        table: &DeTable<'_>,
        mut each: impl FnMut(Field<'_>) -> Result<()>,
    ) -> Result<()> {
        table.iter().try_for_each(|(key, value)| {
            each(Field { scope: self, key: key.get_ref(), at: key.span().start, value })
        })
    }
}

impl<'a> Field<'a> {
    pub(super) fn layer(&self) -> &'a Layer {
        self.scope.layer
    }

    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    /// The error of a key that means nothing here.
    pub(super) fn unknown(&self, known: &[&str]) -> ConfigError {
        let keys = self.scope.keys();
        ConfigError::UnknownKey {
            at: self.layer().at(self.at),
            key: self.key.to_owned(),
            table: if keys.is_empty() {
                "at the top".to_owned()
            } else {
                format!("in [{}]", keys.join("."))
            },
            remedy: suggest(self.key, known.iter().copied()),
        }
    }

    /// The key, dotted from the top.
    pub(super) fn dotted(&self) -> String {
        let mut keys = self.scope.keys();
        keys.push(self.key);
        keys.join(".")
    }

    /// The error of a value that cannot be.
    pub(super) fn bad(&self, problem: impl Display) -> ConfigError {
        ConfigError::Value {
            at: Place::File(self.layer().at(self.at)),
            key: self.dotted(),
            problem: problem.to_string(),
        }
    }

    /// The error of a key that a drop-in may not have.
    pub(super) fn not_in_drop_in(&self, problem: &str) -> ConfigError {
        ConfigError::NotInDropIn {
            at: self.layer().at(self.at),
            key: self.dotted(),
            problem: problem.to_owned(),
        }
    }

    /// The error of a key that a profile may not have.
    pub(super) fn not_in_profile(&self, problem: &str) -> ConfigError {
        ConfigError::NotInProfile {
            at: self.layer().at(self.at),
            key: self.dotted(),
            problem: problem.to_owned(),
        }
    }

    fn expected(&self, what: &str) -> ConfigError {
        let is = self.value().type_str();
        let article = if matches!(is, "integer" | "array") { "an" } else { "a" };
        self.bad(format!("must be {what}, not {article} {is}"))
    }

    /// Hands every key of a table to `each`.
    pub(super) fn table(&self, each: impl FnMut(Field<'_>) -> Result<()>) -> Result<()> {
        match self.value() {
            DeValue::Table(table) => {
                Scope { layer: self.layer(), parent: Some((self.scope, self.key)) }
                    .each(table, each)
            }
            _ => Err(self.expected("a table")),
        }
    }

    /// A list, each element through `each`.
    pub(super) fn list<T>(&self, each: impl FnMut(Field<'_>) -> Result<T>) -> Result<Vec<T>> {
        let DeValue::Array(list) = self.value() else {
            return Err(self.expected("a list"));
        };
        let element = |value: &'a Spanned<DeValue<'a>>| Field {
            scope: self.scope,
            key: self.key,
            at: value.span().start,
            value,
        };
        list.iter().map(element).map(each).collect()
    }

    pub(super) fn string(&self) -> Result<&'a str> {
        self.value().as_str().ok_or_else(|| self.expected("a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        self.value().as_bool().ok_or_else(|| self.expected("true or false"))
    }

    pub(super) fn integer(&self, range: RangeInclusive<u64>) -> Result<u64> {
        let DeValue::Integer(integer) = self.value() else {
            return Err(self.expected("an integer"));
        };
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|value| range.contains(value))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                self.bad(format!("must be from {least} to {most}, not {integer}"))
            })
    }

    /// As [`Self::integer`], where the range fits.
    pub(super) fn integer32(&self, range: RangeInclusive<u32>) -> Result<u32> {
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        let value = self.integer(wide)?;
        u32::try_from(value).map_err(|error| self.bad(error))
    }

    /// A string that parses.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T> {
        self.string()?.parse().map_err(|error| self.bad(error))
    }

    /// A length of time that something may take.
    pub(super) fn time(&self) -> Result<Time> {
        let time: Time = self.parsed()?;
        if time.0.is_zero() || time.0.as_secs() > 600 {
            return Err(self.bad(format!("must be from 1us to 600s, not {time}")));
        }
        Ok(time)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T> {
        let text = self.string()?;
        let found = all.iter().copied().find(|one| name(*one) == text);
        found.ok_or_else(|| {
            let hint = suggest(text, all.iter().map(|one| name(*one)));
            self.bad(format!("{text:?} is not known here; {hint}"))
        })
    }

    /// An absolute and normal path.
    pub(super) fn path(&self) -> Result<&'a str> {
        let text = self.string()?;
        if is_normal(text) {
            Ok(text)
        } else {
            Err(self.bad(format!(
                "{text:?} must be an absolute path without `.`, `..`, repeated or last `/`"
            )))
        }
    }

    /// A list of patterns over names.
    pub(super) fn names(&self) -> Result<Patterns> {
        let list = self.list(|field| field.pattern())?;
        Ok(list.into_iter().collect())
    }

    /// A list of patterns over paths.
    pub(super) fn paths(&self) -> Result<Patterns> {
        let list = self.list(|field| field.path_pattern())?;
        Ok(list.into_iter().collect())
    }

    /// One pattern over names.
    pub(super) fn pattern(&self) -> Result<Pattern> {
        let text = self.string()?;
        Pattern::parse(text).map_err(|error| self.bad(format!("{text:?} {error}")))
    }

    /// One pattern over paths.
    pub(super) fn path_pattern(&self) -> Result<Pattern> {
        let text = self.string()?;
        match pattern_problem(text) {
            Some(problem) => Err(self.bad(format!("{text:?} {problem}"))),
            None => self.pattern(),
        }
    }
}
