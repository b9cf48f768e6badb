//! Where in a text something is.

use std::fmt;

/// Line and column, from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// That of a byte.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A parser's message on one line.
pub(crate) fn excerpt(message: &str) -> String {
    gantry::text::escape(&message.trim().replace('\n', ", "), 200)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn lines_and_columns_count_from_one() {
        for (text, offset, line, column) in
            [("", 0, 1, 1), ("ab", 1, 1, 2), ("a\nb", 2, 2, 1), ("ü\nüx", 5, 2, 2), ("a", 99, 1, 2)]
        {
            assert_eq!(Place::of(text, offset), Place { line, column }, "{text:?} {offset}");
        }
    }
}
