//! Text from a modifier, an image, a spec (anything that is hostile) made safe for a log and a
//! terminal.

use std::fmt::Write;

/// The text on one line, with control characters, and those that change the direction or the look of
/// text, written as `\u{…}`; cut off after `limit` bytes.
#[must_use]
pub fn escape(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for c in text.chars() {
        if out.len() >= limit {
            out.push('…');
            break;
        }
        let unsafe_to_show = c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        if unsafe_to_show {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The text on one line, whole.
#[must_use]
pub fn one_line(text: &str) -> String {
    escape(text, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn hostile_text_becomes_one_plain_line() {
        for (text, limit, expected) in [
            ("plain, ünïcode", 99, "plain, ünïcode"),
            ("a\nb\r\tc", 99, "a\\u{a}b\\u{d}\\u{9}c"),
            ("\x1b[2Jx", 99, "\\u{1b}[2Jx"),
            ("\u{202e}evil", 99, "\\u{202e}evil"),
            ("\u{61c}a\u{ad}b\u{3164}\u{e0041}", 99, "\\u{61c}a\\u{ad}b\\u{3164}\\u{e0041}"),
            ("abcdef", 3, "abc…"),
            ("", 0, ""),
        ] {
            assert_eq!(escape(text, limit), expected, "{text:?}");
        }
    }
}
