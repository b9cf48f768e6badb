//! Text from files that we do not trust, made fit for a message: one line, and short.

use std::fmt;
use std::path::Path;

/// How much of a foreign text a message repeats, in characters.
const SHOWN: usize = 160;

/// Shows a text in quotes, escaped, and cut where it is long.
pub(crate) fn quoted(text: &str) -> impl fmt::Display + '_ {
    Quoted(text)
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => fmt::Debug::fmt(self.0, f),
            Some((end, _)) => {
                write!(f, "{:?}… ({} bytes)", self.0.get(..end).unwrap_or_default(), self.0.len())
            }
        }
    }
}

/// A message of a library that may repeat foreign text: control characters escaped, and cut where it
/// is long.
pub(crate) fn one_line(text: &str) -> String {
    crate::text::escape(text, 3 * SHOWN)
}

/// Shows a path: as it is, or escaped in quotes where it has spaces or control characters in it.
pub(crate) fn shown(path: &Path) -> impl fmt::Display + '_ {
    Shown(path)
}

struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.to_str() {
            Some(text) if !text.contains(|c: char| c.is_control() || c.is_whitespace()) => {
                f.write_str(text)
            }
            _ => fmt::Debug::fmt(self.0, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_one_short_line() {
        assert_eq!(quoted("a\n\"b").to_string(), r#""a\n\"b""#);
        assert_eq!(
            quoted(&"é".repeat(1000)).to_string(),
            format!("\"{}\"… (2000 bytes)", "é".repeat(160))
        );
        assert_eq!(shown(Path::new("/a/b.json")).to_string(), "/a/b.json");
        assert_eq!(shown(Path::new("/a b\n")).to_string(), r#""/a b\n""#);
        assert_eq!(one_line("a\nb\u{1b}[c"), "a\\u{a}b\\u{1b}[c");
        assert_eq!(one_line(&"x".repeat(1_000_000)).chars().count(), 481);
    }
}
