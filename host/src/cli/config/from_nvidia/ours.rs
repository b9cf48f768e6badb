//! The configuration that is written, with a comment for each key that was not taken over.

use std::fmt::Write as _;

use gantry::text::one_line;
use toml::Value;

use super::toolkit::Key;

/// A configuration of ours, as far as it differs from what is built in.
#[derive(Default)]
pub(super) struct Ours {
    tables: Vec<(String, Vec<Line>)>,
    /// Keys without effect, and why.
    unused: Vec<String>,
}

struct Line {
    key: String,
    value: Value,
    /// Where it comes from.
    from: String,
}

impl Ours {
    /// Sets a key of a table, `stages.csv.roots`; the last value counts.
    pub(super) fn set(&mut self, table: &str, key: &str, value: impl Into<Value>, from: &str) {
        let line = Line { key: key.to_owned(), value: value.into(), from: from.to_owned() };
        match self.tables.iter_mut().find(|(name, _)| name == table) {
            Some((_, lines)) => {
                lines.retain(|other| other.key != line.key);
                lines.push(line);
            }
            None => self.tables.push((table.to_owned(), vec![line])),
        }
    }

    /// Says that a key has no effect.
    pub(super) fn unused(&mut self, key: &Key<'_>, why: &str) {
        self.unused.push(format!("line {}: {}: {why}", key.line, key.name));
    }

    /// The whole as TOML.
    pub(super) fn text(&self, of: &str) -> String {
        let mut text = format!("# Made by `gantry config from-nvidia` from {}.\n", one_line(of));
        if !self.unused.is_empty() {
            text += "#\n# What has no effect here:\n";
            for line in &self.unused {
                let _ = writeln!(text, "# {}", one_line(line));
            }
        }
        for (table, lines) in &self.tables {
            let _ = writeln!(text, "\n[{table}]");
            for Line { key, value, from } in lines {
                let _ = writeln!(text, "{key} = {value}  # {}", one_line(from));
            }
        }
        text
    }
}
