//! Patterns over names and paths. `*` stays within one element, `**` crosses `/`; nothing else is
//! special.

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

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut row: Vec<bool> = std::iter::once(true)
            .chain(text.chars().map(|_| false))
            .collect();
        let mut rest = self.0.chars().peekable();
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

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
