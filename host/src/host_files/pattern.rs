//! Patterns over names and paths. `*` stays within one element, `**` crosses `/`; nothing else is
//! special.

use std::fmt;

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Box<str>);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(&'static str);

impl Pattern {
    /// Takes a text as a pattern. It is an error when it is empty or has NUL in it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError("is empty"));
        }
        if text.contains('\0') {
            return Err(PatternError("has a NUL character"));
        }
        Ok(Self(text.into()))
    }

    /// Whether the whole text matches. The time is proportional to the product of both lengths,
    /// whatever the pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let head = self.literal_head();
        let Some(text) = text.strip_prefix(head) else { return false };
        let Some(tail) = self.0.get(head.len()..) else { return false };
        if tail.is_empty() {
            return text.is_empty();
        }
        // `row` says which beginnings of the text the pattern so far matches.
        let mut row: Vec<bool> = std::iter::once(true).chain(text.chars().map(|_| false)).collect();
        let mut rest = tail.chars().peekable();
        while let Some(c) = rest.next() {
            if c != '*' {
                row = std::iter::once(false)
                    .chain(row.iter().zip(text.chars()).map(|(r, t)| *r && t == c))
                    .collect();
                continue;
            }
            let crosses = rest.next_if_eq(&'*').is_some();
            let mut on = false;
            let before = std::iter::once(None).chain(text.chars().map(Some));
            row = row
                .iter()
                .zip(before)
                .map(|(r, t)| {
                    on = *r || (on && t.is_some_and(|t| crosses || t != '/'));
                    on
                })
                .collect();
        }
        row.last().copied().unwrap_or(false)
    }

    /// What stands before the first star: the whole pattern where there is none.
    #[must_use]
    pub fn literal_head(&self) -> &str {
        self.0.split('*').next().unwrap_or_default()
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    /// The definition, as slow as it likes to be.
    fn naive(pattern: &str, text: &str) -> bool {
        if let Some(rest) = pattern.strip_prefix("**") {
            return (0..=text.len()).any(|at| naive(rest, &text[at..]));
        }
        if let Some(rest) = pattern.strip_prefix('*') {
            let end = text.find('/').unwrap_or(text.len());
            return (0..=end).any(|at| naive(rest, &text[at..]));
        }
        match (pattern.chars().next(), text.chars().next()) {
            (None, None) => true,
            (Some(p), Some(t)) if p == t => naive(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matches_as_defined(pattern in "[ab/*]{1,8}", text in "[ab/]{0,8}") {
            prop_assert_eq!(Pattern::parse(&pattern).unwrap().matches(&text), naive(&pattern, &text));
        }
    }

    #[test]
    fn a_star_stays_within_an_element() {
        for (pattern, text, matches) in [
            ("/dev/acme*", "/dev/acme0", true),
            ("/dev/acme*", "/dev/acme", true),
            ("/dev/acme*", "/dev/acme/0", false),
            ("/dev/acme*", "/dev/acm", false),
            ("/opt/**", "/opt/a/b", true),
            ("/opt/**", "/opt", false),
            ("/opt/**", "/optional", false),
            ("nvidia.com/gpu=*", "nvidia.com/gpu=0", true),
            ("nvidia.com/gpu=*", "nvidia.com/gpus=0", false),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a?c", "abc", false),
            ("a[b]c", "a[b]c", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let pattern = Pattern::parse(&"*a".repeat(200)).unwrap();
        assert!(!pattern.matches(&format!("{}b", "a".repeat(2000))));
    }
}
