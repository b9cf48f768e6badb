//! Scalars for readers of YAML 1.1 and 1.2 alike: which texts need quotes, and how numbers are written.

use std::fmt::Write as _;

use crate::cdi::spec::tree::is_text;

/// Writes a number, `true`, `false` or `null`. YAML 1.1 wants a point and a sign where there is an
/// exponent.
pub(super) fn number(text: &str, out: &mut String) {
    let Some((mantissa, exponent)) =
        text.split_once(['e', 'E']).filter(|_| text.starts_with(['-', '+']) || starts_number(text))
    else {
        return out.push_str(text);
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with(['-', '+']) {
        out.push('+');
    }
    out.push_str(exponent);
}

fn starts_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Writes a text, quoted if it has to be.
pub(super) fn text(text: &str, out: &mut String) {
    if is_surely_plain(text) {
        // Most of a spec; it passes all that follows.
        out.push_str(text);
    } else if text.contains(is_special) || !is_text(text) || looks_like_number(text) {
        double_quoted(text, out);
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        let _ = write!(out, "'{}'", text.replace('\'', "''"));
    }
}

/// Whether this is a path, an option or a word, of letters, digits and what means nothing to YAML in it.
fn is_surely_plain(text: &str) -> bool {
    let begins = match text.as_bytes() {
        [b'/', ..] | [b'.', b'.', b'/', ..] | [b'-', b'-', b'a'..=b'z', ..] => true,
        [b'a'..=b'z' | b'A'..=b'Z', ..] => is_text(text),
        _ => false,
    };
    let means_nothing =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'-'..=b':' | b'_' | b'+' | b'=');
    begins && text.bytes().all(means_nothing) && !text.ends_with(':')
}

/// Characters that YAML does not allow as they are, that are line breaks in YAML 1.1, or that change
/// how a terminal shows the text.
fn is_special(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

/// Whether some reader might see a number (also one to the base of 60, or one that is too large for
/// ours) or a date.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.replace('_', "");
    let of = |text: &str, rest: &str| text.chars().all(|c| c.is_ascii_digit() || rest.contains(c));
    match digits.as_bytes() {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', rest @ ..] => {
            rest.iter().all(u8::is_ascii_hexdigit)
        }
        [b'0'..=b'9', ..] => {
            let exponents = digits.matches(['e', 'E']).count();
            let points = digits.matches('.').count();
            of(&digits, ".eE+-") && exponents <= 1 && points <= 1
                || unsigned.contains([':', '-']) && of(&digits, ":-+.TZtz ")
        }
        [b'.', ..] => of(&digits, ".eE+-"),
        [] => unsigned.len() < text.len(),
        _ => false,
    }
}

/// Whether the text needs no quotes in a block.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first_fits = match chars.next() {
        None => false,
        Some('-' | '?' | ':') => chars.next().is_some_and(|second| second != ' '),
        Some(c) => !" ,[]{}#&*!|>'\"%@`=".contains(c),
    };
    first_fits
        && text != "---"
        && text != "..."
        && text != "<<"
        && !text.starts_with("--- ")
        && !text.starts_with("... ")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
}

/// YAML's double quotes take JSON's escapes.
fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_special(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
