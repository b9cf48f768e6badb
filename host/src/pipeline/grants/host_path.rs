//! Paths of the host in grants to edit: below a named root (`driver-root:/usr/lib/**`), or absolute.

use std::fmt;
use std::str::FromStr;

use super::Pattern;
use super::path::{is_normal, pattern_problem};

/// A path of the host, after links were resolved.
#[derive(Debug, Clone, Copy)]
pub struct HostPath<'a> {
    /// From the host's `/`.
    pub absolute: &'a str,
    /// The root that it was asked for in, by name, and the path below it.
    pub in_root: Option<(&'a str, &'a str)>,
}

impl<'a> From<&'a str> for HostPath<'a> {
    fn from(absolute: &'a str) -> Self {
        Self { absolute, in_root: None }
    }
}

/// As an operator writes it: `driver-root:/usr/lib/x`, or the absolute path.
impl fmt::Display for HostPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_root {
            Some((root, path)) => write!(f, "{root}:{path}"),
            None => f.write_str(self.absolute),
        }
    }
}

/// A pattern over paths of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    /// The root that the pattern is below, by name; `None`: the host's `/`.
    pub root: Option<Box<str>>,
    /// Over the path in that root.
    pub pattern: Pattern,
}

impl HostPattern {
    /// Whether the path matches. A pattern below a root matches what was asked for in that root; one
    /// from the host's `/` matches whatever leads there.
    #[must_use]
    pub fn matches(&self, host: HostPath<'_>) -> bool {
        let path = match (self.root.as_deref(), host.in_root) {
            (None, _) => host.absolute,
            (Some(root), Some((asked, path))) if root == asked => path,
            (Some(_), _) => return false,
        };
        is_normal(path) && self.pattern.matches(path)
    }
}

impl FromStr for HostPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (root, path) = match text.split_once(":/") {
            Some((root, _)) if is_root_name(root) => (Some(root), text.split_at(root.len() + 1).1),
            _ => (None, text),
        };
        Ok(Self { root: root.map(Into::into), pattern: path_pattern(path)? })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(root) = &self.root {
            write!(f, "{root}:")?;
        }
        f.write_str(self.pattern.as_str())
    }
}

fn is_root_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// A pattern over paths, or what is wrong with it.
pub(super) fn path_pattern(text: &str) -> Result<Pattern, String> {
    if text.contains("=>") {
        return Err("has `=>` without blanks around it; write `HOST => CONTAINER`".into());
    }
    if let Some(problem) = pattern_problem(text) {
        return Err(format!("{text:?} {problem}"));
    }
    Pattern::parse(text).map_err(|error| format!("{text:?} {error}"))
}
