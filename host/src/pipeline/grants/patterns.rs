//! A list of patterns of one grant. An empty one matches nothing.

use super::Pattern;
use super::cover::{self, Piece};
use super::path::is_normal;

/// The patterns of one grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Whether there is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.0.iter()
    }

    /// Whether one of them matches this name.
    #[must_use]
    pub fn name(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether one of them matches this path; never where it is not absolute and normal.
    #[must_use]
    pub fn path(&self, path: &str) -> bool {
        is_normal(path) && self.name(path)
    }

    /// Whether one of them matches every name that begins with `prefix` (and has no `/` after it).
    #[must_use]
    pub fn prefix(&self, prefix: &str) -> bool {
        let mut asked = cover::literal(prefix);
        asked.push(Piece::Star);
        self.covers(&asked)
    }

    /// Whether they match this directory, and one of them everything below it.
    #[must_use]
    pub fn below(&self, directory: &str) -> bool {
        if !self.path(directory) {
            return false;
        }
        let mut asked = cover::literal(directory.trim_end_matches('/'));
        asked.extend([Piece::Byte(b'/'), Piece::DoubleStar]);
        self.covers(&asked)
    }

    /// Whether one of them matches every path that the pattern `asked` matches.
    #[must_use]
    pub fn glob(&self, asked: &str) -> bool {
        is_normal(asked) && self.covers(&cover::pattern(asked))
    }

    fn covers(&self, asked: &[Piece]) -> bool {
        self.0.iter().any(|pattern| cover::covers(pattern.as_str(), asked))
    }
}

impl FromIterator<Pattern> for Patterns {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}
