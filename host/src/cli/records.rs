//! What the journal has of containers: `gantry explain --container` and `--list`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use gantry::pipeline::{Journal, Record, Records, is_redacted};
use gantry::text::{escape, one_line};
use serde_json::{Value, json};

use super::explain::{Format, changes, stages};
use super::output;

/// Bytes of an error that are shown in a list.
const ERROR: usize = 200;

/// Shows one record.
pub(crate) fn show(records: &Records, container: &OsStr, format: Format) -> Result<ExitCode> {
    let record = records.of(container)?;
    match format {
        Format::Text => output::print(&text(&record)?)?,
        Format::Json => {
            let mut value = serde_json::to_value(&record)?;
            if let Value::Object(object) = &mut value {
                object.insert("time".into(), json!(rfc3339(record.unix_time)));
                let changed = record.error.is_none() && !record.journal.is_empty();
                object.insert("changed".into(), json!(changed));
                object.insert("error".into(), json!(record.error));
            }
            output::json(&value)?;
        }
    }
    Ok(if record.error.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(record: &Record) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "container: {}", one_line(&record.container))?;
    writeln!(out, "time: {}, gantry {}", rfc3339(record.unix_time), one_line(&record.gantry))?;
    out += &stages(&record.journal)?;
    match &record.error {
        Some(error) => writeln!(out, "\nthe container was not created: {}", one_line(error))?,
        None if record.journal.is_empty() => writeln!(out, "\nconfig.json stayed as it was")?,
        None => writeln!(out, "\n{}", changes(applied(&record.journal)))?,
    }
    if is_redacted(&serde_json::to_string(record)?) {
        writeln!(out, "values that look like secrets were not kept: (redacted) stands for them")?;
    }
    Ok(out)
}

fn applied(journal: &Journal) -> usize {
    journal.edits.iter().filter(|edit| edit.applied).count()
}

/// Lists all records. One that cannot be read is named as such, and the others are listed.
pub(crate) fn list(records: &Records, format: Format) -> Result<ExitCode> {
    let mut rows = Vec::new();
    for name in records.names()? {
        rows.push((one_line(&name.to_string_lossy()), records.named(&name).map(Row::of)));
    }
    match format {
        Format::Text => {
            let mut out = String::new();
            let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            for (name, row) in rows {
                let (time, ended) = match row {
                    Ok(row) => (rfc3339(row.unix_time), row.ended()),
                    Err(error) => ("-".to_owned(), format!("unreadable: {error}")),
                };
                writeln!(out, "{name:width$}  {time:20}  {}", escape(&ended, ERROR))?;
            }
            output::print(&out)?;
        }
        Format::Json => {
            let rows = rows.into_iter().map(|(name, row)| match row {
                Ok(row) => json!({
                    "container": name,
                    "time": rfc3339(row.unix_time),
                    "unix-time": row.unix_time,
                    "changes": row.changes,
                    "error": row.error,
                }),
                Err(error) => json!({ "container": name, "unreadable": error.to_string() }),
            });
            output::json(&rows.collect::<Vec<_>>())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a list keeps of a record: there may be a million of them.
struct Row {
    unix_time: u64,
    changes: usize,
    error: Option<String>,
}

impl Row {
    fn of(record: Record) -> Self {
        let changes = if record.error.is_none() { applied(&record.journal) } else { 0 };
        Self { unix_time: record.unix_time, changes, error: record.error }
    }

    fn ended(&self) -> String {
        match &self.error {
            Some(error) => format!("FAILED: {error}"),
            None if self.changes == 0 => "no change".to_owned(),
            None => changes(self.changes),
        }
    }
}

/// Seconds since 1970 as `2026-09-01T12:00:00Z`; as they are, where no year has four digits.
fn rfc3339(unix_time: u64) -> String {
    /// 10000-01-01.
    const END: u64 = 253_402_300_800;
    if unix_time >= END {
        return format!("{unix_time} s");
    }
    let (mut days, rest) = (unix_time / 86_400, unix_time % 86_400);
    let leap = |year: u64| {
        let century = year.is_multiple_of(100);
        u64::from(if century { year.is_multiple_of(400) } else { year.is_multiple_of(4) })
    };
    let mut year = 1970;
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "253402300800 s"),
            (u64::MAX, "18446744073709551615 s"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }
}
