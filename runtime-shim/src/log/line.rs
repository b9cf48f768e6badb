//! One line of a log, in the two forms that runc writes: what containerd and CRI-O look for in the file of `--log`.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::Level;

/// The longest message kept, in bytes. An error may quote what a container's image holds.
const LONGEST: usize = 8 * 1024;

/// The form of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `time="…" level=error msg="…"`
    #[default]
    Text,
    /// `{"level":"error","msg":"…","time":"…"}`
    Json,
}

/// A line with its newline. `fields` are names and values beside the message.
pub(crate) fn line(
    format: Format,
    time: SystemTime,
    level: Level,
    message: &str,
    fields: &[(&str, String)],
) -> String {
    let (time, level, message) = (rfc3339(time), name(level), printable(message));
    let mut out = String::with_capacity(message.len() + 96);
    match format {
        Format::Text => {
            out.push_str("time=\"");
            out.push_str(&time);
            out.push_str("\" level=");
            out.push_str(level);
            out.push_str(" msg=");
            quote(&mut out, &message);
            for (name, value) in fields {
                out.push(' ');
                out.push_str(name);
                out.push('=');
                quote(&mut out, &printable(value));
            }
        }
        Format::Json => {
            out.push_str("{\"level\":\"");
            out.push_str(level);
            out.push_str("\",\"msg\":");
            quote(&mut out, &message);
            out.push_str(",\"time\":\"");
            out.push_str(&time);
            out.push('"');
            for (name, value) in fields {
                out.push(',');
                quote(&mut out, name);
                out.push(':');
                quote(&mut out, &printable(value));
            }
            out.push('}');
        }
    }
    out.push('\n');
    out
}

/// As JSON and Go both read it: after [`printable`] only quotes and backslashes are left to escape.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

/// The names that logrus uses.
fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// Text as one line that a terminal only shows: characters that control it, break the line or reorder it are escaped,
/// and what is too long is cut.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST) + 16);
    for character in text.chars() {
        if out.len() >= LONGEST {
            out.push('…');
            break;
        }
        let reorders = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if character.is_control() || reorders => {
                let _infallible = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}

/// The time in UTC, to the second: `2026-09-01T12:00:00Z`. A time before 1970 counts as 1970.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that a leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468; // since 0000-03-01
    const FOUR_CENTURIES: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / FOUR_CENTURIES, days % FOUR_CENTURIES);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}
