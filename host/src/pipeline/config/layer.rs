//! One file of the configuration: its text, and where in it a key stands.

use std::path::PathBuf;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Location};
use super::profile::ProfileName;

/// What a file may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `config.toml`: everything.
    Main,
    /// `conf.d/*.toml`: stages of its own.
    DropIn,
    /// `[profiles.NAME]` of `config.toml`, laid over all of it.
    Profile(ProfileName),
}

/// One file of the configuration. The text is kept, so that the origin of a value can be looked up
/// when someone asks, and costs nothing when nobody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Layer {
    /// Parses the text.
    pub(super) fn parse(&self) -> Result<DeTable<'_>, ConfigError> {
        DeTable::parse(&self.text).map(toml::Spanned::into_inner).map_err(|error| {
            ConfigError::Syntax {
                at: self.at(error.span().map_or(0, |span| span.start)),
                message: error.message().to_owned(),
            }
        })
    }

    /// A list of texts, even if the text around it is no valid TOML. `None` where it is not there,
    /// empty, or something else.
    pub(super) fn salvage(&self, key: &[&str]) -> Option<Vec<String>> {
        let (table, _errors) = DeTable::parse_recoverable(&self.text);
        let (first, rest) = key.split_first()?;
        let mut value = table.get_ref().get(*first)?.get_ref();
        for part in rest {
            value = value.as_table()?.get(*part)?.get_ref();
        }
        let list = value.as_array()?.iter();
        let text = |one: &toml::Spanned<DeValue<'_>>| {
            one.get_ref().as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        list.map(text).collect::<Option<Vec<String>>>().filter(|list| !list.is_empty())
    }

    /// The place of a byte offset.
    pub(super) fn at(&self, offset: usize) -> Location {
        let lines = self.text.bytes().take(offset).filter(|b| *b == b'\n');
        Location { path: self.path.clone(), line: 1 + lines.count() }
    }

    /// Where this file sets a key, if it does. An element of a list goes by its position.
    pub(super) fn find(&self, key: &[&str]) -> Option<Location> {
        let table = self.parse().ok()?;
        let full: Vec<&str> = match &self.kind {
            Kind::Profile(name) => ["profiles", name.as_str()].iter().chain(key).copied().collect(),
            Kind::Main | Kind::DropIn => key.to_vec(),
        };
        let (first, rest) = full.split_first()?;
        let mut at = table.get_key_value(*first)?.0.span().start;
        let mut value = table.get(*first)?.get_ref();
        for part in rest {
            match value {
                DeValue::Table(table) => {
                    let (key, next) = table.get_key_value(*part)?;
                    at = key.span().start;
                    value = next.get_ref();
                }
                DeValue::Array(list) => {
                    let next = list.get(part.parse::<usize>().ok()?)?;
                    at = next.span().start;
                    value = next.get_ref();
                }
                _ => return None,
            }
        }
        Some(self.at(at))
    }
}
