//! What `configure` and `--remove` do to a TOML file: a runtime's lines, and single keys that remember
//! what they were. Every result is parsed again and compared with what was there: nothing else changes.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use toml_edit::{Item, Key};

use super::toml_text::{
    BEFORE, BEGIN_TABLE, END_TABLE, KeyPath, MADE, NO_NEWLINE, NOT_SET, TomlText, begin_runtime,
    child, dotted, end_runtime, item,
};

/// A key to set, with the TOML text of its value.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) table: KeyPath,
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

impl Setting {
    pub(crate) fn path(&self) -> KeyPath {
        child(&self.table, self.key)
    }
}

/// What becomes of a key that was set.
pub(crate) enum Fate {
    /// It stays as it is.
    Leave,
    /// The line that was there comes back.
    Restore,
    /// This line stays, and what was there is forgotten.
    Unmark(String),
}

/// How a runtime is written.
pub(crate) enum Lines {
    /// Tables of its own, at the end of the file.
    Tables(Vec<String>),
    /// A line in this table.
    In(KeyPath, String),
}

impl TomlText {
    /// Sets a key. Equal already: nothing. A line that was there is kept as a comment above.
    pub(crate) fn set(&mut self, setting: &Setting) -> Result<()> {
        let wanted = format!("{} = {}", Key::new(setting.key).display_repr(), setting.value);
        let Some((key, value)) = self.find(setting)? else {
            let (at, indent) = self.room_in(&setting.table)?;
            self.insert(at, &indent, &[NOT_SET.into(), wanted]);
            return Ok(());
        };
        if same_value(self.text.get(value.clone()).unwrap_or(""), &setting.value) {
            return Ok(());
        }
        let start = self.line_start(key);
        let end = self.line_end(value.end.saturating_sub(1));
        let old = self.text.get(start..end).unwrap_or("").to_owned();
        let head = self.text.get(start..value.start).unwrap_or("").to_owned();
        let tail = self.text.get(value.end..end).unwrap_or("");
        if head.contains('\n') {
            bail!("{}: {} is spread over several lines", self.at(key), dotted(&setting.path()));
        }
        let line = format!("{head}{}{tail}", setting.value);
        let kept = if self.is_marked(start) {
            String::new()
        } else {
            let eol = self.eol();
            // A last line without a newline: it goes to the new one.
            let newline = if old.ends_with('\n') { "" } else { eol };
            let lines = old.split_inclusive('\n').flat_map(|line| [BEFORE, line]);
            lines.chain([newline]).collect()
        };
        self.text.replace_range(start..end, &(kept + &line));
        Ok(())
    }

    /// Where the key's name and its value are.
    fn find(&self, setting: &Setting) -> Result<Option<(usize, std::ops::Range<usize>)>> {
        let document = self.parse()?;
        let Some(table) = item(&document, &setting.table) else { return Ok(None) };
        let Some(table) = table.as_table_like() else {
            let at = table.span().map_or(0, |span| span.start);
            bail!("{}: {} is not a table", self.at(at), dotted(&setting.table));
        };
        let Some((key, found)) = table.get_key_value(setting.key) else { return Ok(None) };
        let key = key.span().map_or(0, |span| span.start);
        match found {
            Item::Value(value) if !is_inline(&document, &setting.table) => {
                Ok(value.span().map(|span| (key, span)))
            }
            Item::Value(_) => bail!(
                "{}: {} is in an inline table: write [{}] with a header of its own",
                self.at(key),
                dotted(&setting.path()),
                dotted(&setting.table)
            ),
            _ => bail!("{}: {} is a table, not a value", self.at(key), dotted(&setting.path())),
        }
    }

    /// Whether the line that begins here was set by us before.
    fn is_marked(&self, start: usize) -> bool {
        let before = self.text.get(..start).unwrap_or("");
        before.lines().next_back().is_some_and(is_key_mark)
    }

    /// Adds a runtime's lines.
    pub(crate) fn add_runtime(&mut self, name: &str, lines: &Lines) -> Result<()> {
        let fenced = |lines: &[String]| -> Vec<String> {
            [vec![begin_runtime(name)], lines.to_vec(), vec![end_runtime(name)]].concat()
        };
        match lines {
            Lines::Tables(lines) => self.append(&fenced(lines)),
            Lines::In(table, line) => {
                let (at, indent) = self.room_in(table)?;
                self.insert(at, &indent, &fenced(std::slice::from_ref(line)));
            }
        }
        Ok(())
    }

    /// Adds a table, which goes with the last runtime.
    pub(crate) fn add_table(&mut self, lines: &[String]) {
        self.append(&[vec![BEGIN_TABLE.into()], lines.to_vec(), vec![END_TABLE.into()]].concat());
    }

    /// Puts another value where one is, without a mark: for lines that are ours as a whole.
    pub(crate) fn replace_value(&mut self, path: &[String], value: &str) -> Result<()> {
        let document = self.parse()?;
        let Some(span) = item(&document, path).and_then(Item::span) else {
            bail!("{}: {} is not there", self.file.display(), dotted(path));
        };
        if !same_value(self.text.get(span.clone()).unwrap_or(""), value) {
            self.text.replace_range(span, value);
        }
        Ok(())
    }

    /// Takes a runtime's lines out. `false`: there are none of ours.
    pub(crate) fn cut_runtime(&mut self, name: &str) -> Result<bool> {
        self.cut(&begin_runtime(name), &end_runtime(name))
    }

    fn cut(&mut self, begin: &str, end: &str) -> Result<bool> {
        let Some(mut start) = self.line_of(begin, 0) else { return Ok(false) };
        let Some(end) = self.line_of(end, start) else {
            bail!(
                "{}: {begin:?} has no {end:?} after it: take its lines out by hand",
                self.at(start)
            );
        };
        let end = self.line_end(end);
        let inside = self.text.get(self.line_end(start)..end).unwrap_or("");
        // Tables of their own were put after an empty line.
        if inside.trim_start().starts_with('[') && start > 0 {
            let blank = self.line_start(start - 1);
            if self.text.get(blank..start).is_some_and(|line| line.trim().is_empty()) {
                start = blank;
            }
        }
        self.text.replace_range(start..end, "");
        Ok(true)
    }

    fn line_of(&self, wanted: &str, from: usize) -> Option<usize> {
        let mut at = from;
        for line in self.text.get(from..)?.split_inclusive('\n') {
            if line.trim() == wanted {
                return Some(at);
            }
            at += line.len();
        }
        None
    }

    /// Decides about each key that was set: `fate` is asked with the lines that were there, and ours.
    pub(crate) fn restore(&mut self, fate: impl Fn(&[&str], &str) -> Fate) {
        let mut out = String::with_capacity(self.text.len());
        let mut lines = self.text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            if !is_key_mark(line) {
                out += line;
                continue;
            }
            let mut marks = vec![line];
            while let Some(mark) = lines.next_if(|line| is_key_mark(line)) {
                marks.push(mark);
            }
            let ours = lines.next().unwrap_or("");
            let kept: Vec<_> = marks.iter().filter_map(|mark| kept_line(mark)).collect();
            match fate(&kept, ours) {
                Fate::Leave => {
                    out += &marks.concat();
                    out += ours;
                }
                Fate::Unmark(line) => out += &line,
                Fate::Restore => {
                    out += &kept.concat();
                    if !kept.is_empty() && !ours.ends_with('\n') {
                        out.truncate(out.trim_end_matches(['\r', '\n']).len());
                    }
                }
            }
        }
        self.text = out;
    }

    /// After the last runtime: tables that were added, and the newline.
    pub(crate) fn restore_rest(&mut self) -> Result<()> {
        while self.cut(BEGIN_TABLE, END_TABLE)? {}
        if let Some(mark) = self.line_of(NO_NEWLINE, 0) {
            let end = self.line_end(mark);
            let start = if end == self.text.len() {
                self.text
                    .get(..mark)
                    .unwrap_or("")
                    .trim_end_matches('\n')
                    .trim_end_matches('\r')
                    .len()
            } else {
                mark
            };
            self.text.replace_range(start..end, "");
        }
        Ok(())
    }

    /// Whether nothing is left of a file that we made.
    pub(crate) fn is_ours_alone(&self) -> bool {
        self.text.trim() == MADE
    }

    /// Every value, by its path.
    pub(crate) fn values(&self) -> Result<BTreeMap<KeyPath, String>> {
        let document = self.parse()?;
        let mut values = BTreeMap::new();
        flatten(document.as_item(), &mut Vec::new(), &mut values);
        Ok(values)
    }

    /// That nothing differs from `before` but below these paths.
    pub(crate) fn check_only(&self, before: &Self, allowed: &[KeyPath]) -> Result<()> {
        let (old, new) = (before.values()?, self.values()?);
        let differing = old.keys().chain(new.keys()).find(|path| {
            old.get(*path) != new.get(*path)
                && !allowed.iter().any(|prefix| path.starts_with(prefix))
        });
        let Some(path) = differing else { return Ok(()) };
        let document = before.parse()?;
        let at = item(&document, path).and_then(Item::span).map_or(0, |span| span.start);
        bail!(
            "{}: {} stands among lines that gantry wrote and is not its own, so the change would touch \
             it: move it out of them first",
            before.at(at),
            dotted(path)
        )
    }
}

fn is_inline(document: &toml_edit::Document<&str>, table: &[String]) -> bool {
    (0..=table.len()).any(|depth| {
        let upto = table.get(..depth).unwrap_or(table);
        item(document, upto).is_some_and(Item::is_value)
    })
}

fn is_key_mark(line: &str) -> bool {
    line.trim_start().starts_with(BEFORE) && line.trim() != NO_NEWLINE
}

/// The line that a mark keeps. None: there was none.
fn kept_line(mark: &str) -> Option<&str> {
    if mark.trim() == NOT_SET { None } else { mark.split_once(BEFORE).map(|(_, line)| line) }
}

fn same_value(one: &str, other: &str) -> bool {
    let parse = |text: &str| text.parse::<toml_edit::Value>().ok().map(|value| canonical(&value));
    one == other || parse(one).zip(parse(other)).is_some_and(|(one, other)| one == other)
}

fn canonical(value: &toml_edit::Value) -> String {
    match value {
        toml_edit::Value::String(text) => format!("{:?}", text.value()),
        toml_edit::Value::Array(array) => {
            format!("[{}]", array.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        toml_edit::Value::InlineTable(table) => {
            let pairs = table.iter().map(|(key, value)| format!("{key:?}={}", canonical(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        toml_edit::Value::Integer(number) => number.value().to_string(),
        toml_edit::Value::Float(number) => format!("{:?}", number.value()),
        toml_edit::Value::Boolean(value) => value.value().to_string(),
        toml_edit::Value::Datetime(time) => time.value().to_string(),
    }
}

fn flatten(item: &Item, path: &mut KeyPath, values: &mut BTreeMap<KeyPath, String>) {
    match item {
        Item::Table(table) => {
            for (key, item) in table {
                path.push(key.to_owned());
                flatten(item, path, values);
                path.pop();
            }
        }
        Item::ArrayOfTables(tables) => {
            for (index, table) in tables.iter().enumerate() {
                path.push(index.to_string());
                flatten(&Item::Table(table.clone()), path, values);
                path.pop();
            }
        }
        Item::Value(value) => {
            values.insert(path.clone(), canonical(value));
        }
        Item::None => {}
    }
}
