//! Values to YAML, in the form in which `pkg/cdi` writes specs. Readers of YAML 1.1 and of YAML 1.2
//! see the same: every text that either could take for something else is quoted.

mod scalar;
mod tokens;

use serde::Serialize;

use self::scalar::{number, text};
use self::tokens::{Token, Tokens};

/// The longest key that stands before its `:` as it is. YAML allows 1024 characters there; a longer
/// one is written with a `?` before it.
const MAX_KEY: usize = 1000;

/// Why a value is not written as YAML.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// It has no form as JSON: a map's keys are no texts, or its own code fails.
    #[error("cannot be written: {0}")]
    Value(#[from] serde_json::Error),
    /// It nests deeper than what can be written.
    #[error("cannot be written: nested deeper than {limit}")]
    TooDeep {
        /// How deep it may nest.
        limit: usize,
    },
}

/// The value as a YAML document: what `serde_json` would write, as a block, fields in their order. A
/// [`super::super::Spec`] is written as `pkg/cdi` writes it.
///
/// Strings that a reader of YAML 1.1 or 1.2 could take for a number, a truth, a date or nothing are
/// quoted; characters that a terminal must not see are escaped.
///
/// ```
/// let yaml = gantry::cdi::to_yaml(&[("a", "yes"), ("b", "x")])?;
/// assert_eq!(yaml, "---\n- - a\n  - \"yes\"\n- - b\n  - x\n");
/// # Ok::<(), gantry::cdi::YamlError>(())
/// ```
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, YamlError> {
    let json = serde_json::to_string(value)?;
    let mut tokens = Tokens::new(&json);
    // Spaces and quotes come and go; most often this holds all.
    let mut out = String::with_capacity(json.len() + json.len() / 2);
    out.push_str("---\n");
    let first = tokens.take()?;
    item(&first, &mut tokens, 0, &mut out)?;
    Ok(out)
}

/// Writes a collection's entries, each on lines of its own; the first where `out` ends, if it is
/// `inline`. The tokens bound the depth.
fn collection(
    is_list: bool,
    tokens: &mut Tokens<'_>,
    indent: usize,
    mut inline: bool,
    out: &mut String,
) -> Result<(), YamlError> {
    while !tokens.is_at_end() {
        if !std::mem::take(&mut inline) {
            pad(indent, out);
        }
        let first = tokens.take()?;
        if is_list {
            out.push_str("- ");
            item(&first, tokens, indent + 2, out)?;
        } else {
            key(&first, indent, out);
            let value = tokens.take()?;
            self::value(&value, tokens, indent, out)?;
        }
    }
    tokens.take().map(drop)
}

/// Writes `key:`.
fn key(key: &Token<'_>, indent: usize, out: &mut String) {
    let start = out.len();
    flat(key, out);
    if out.len() - start > MAX_KEY {
        out.insert_str(start, "? ");
        out.push('\n');
        pad(indent, out);
    }
    out.push(':');
}

/// Writes what follows `key:`.
fn value(
    first: &Token<'_>,
    tokens: &mut Tokens<'_>,
    indent: usize,
    out: &mut String,
) -> Result<(), YamlError> {
    if matches!(first, Token::List | Token::Map) && !tokens.is_at_end() {
        out.push('\n');
        // The next column that 4 divides, as the reference's writer has it.
        let is_list = matches!(first, Token::List);
        return collection(is_list, tokens, (indent + 4) / 4 * 4, false, out);
    }
    out.push(' ');
    item(first, tokens, indent, out)
}

/// Writes what follows `- `: a collection starts on the same line, whose entries stand in column `indent`.
fn item(
    first: &Token<'_>,
    tokens: &mut Tokens<'_>,
    indent: usize,
    out: &mut String,
) -> Result<(), YamlError> {
    if matches!(first, Token::List | Token::Map) {
        if !tokens.is_at_end() {
            return collection(matches!(first, Token::List), tokens, indent, true, out);
        }
        tokens.take()?;
    }
    flat(first, out);
    out.push('\n');
    Ok(())
}

/// Writes a scalar, or a collection with nothing in it.
fn flat(token: &Token<'_>, out: &mut String) {
    match token {
        Token::Text(scalar) => text(scalar, out),
        Token::Plain(scalar) => number(scalar, out),
        Token::List => out.push_str("[]"),
        Token::Map => out.push_str("{}"),
        Token::End => {}
    }
}

fn pad(indent: usize, out: &mut String) {
    const SPACES: &str = "                ";
    let mut left = indent;
    while left > 0 {
        let some = left.min(SPACES.len());
        out.push_str(SPACES.get(..some).unwrap_or_default());
        left -= some;
    }
}

#[cfg(test)]
mod tests;
