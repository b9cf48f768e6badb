//! A TOML file as text: what is written into it is whole lines, marked by comments, so that they can be
//! taken out again and leave every other byte as it was. Knows TOML and the marks, and no engine.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use toml_edit::{Document, Item, Key, Table};

use super::place::{Place, excerpt};

/// A table or a key, from the root.
pub(crate) type KeyPath = Vec<String>;

/// The first line of a file that was not there.
pub(crate) const MADE: &str = "# gantry: made this file; --remove deletes it";
/// Ends with the line that was there, as it was.
pub(crate) const BEFORE: &str = "# gantry: before: ";
/// Stands before a line whose key was not set.
pub(crate) const NOT_SET: &str = "# gantry: before: (not set)";
/// The file's last line had no newline.
pub(crate) const NO_NEWLINE: &str = "# gantry: before: (no newline at the end)";
/// Around a table's header that was not there.
pub(crate) const BEGIN_TABLE: &str = "# gantry: begin table";
pub(crate) const END_TABLE: &str = "# gantry: end table";

/// The mark before a runtime's lines.
pub(crate) fn begin_runtime(name: &str) -> String {
    format!("# gantry: begin runtime {name:?}")
}

/// The mark after a runtime's lines.
pub(crate) fn end_runtime(name: &str) -> String {
    format!("# gantry: end runtime {name:?}")
}

/// Names as one key path.
pub(crate) fn path(names: &[&str]) -> KeyPath {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The path one key further.
pub(crate) fn child(path: &[String], key: &str) -> KeyPath {
    path.iter().cloned().chain([key.to_owned()]).collect()
}

/// The path as TOML writes it.
pub(crate) fn dotted(path: &[String]) -> String {
    let keys: Vec<_> = path.iter().map(|key| Key::new(key).display_repr().into_owned()).collect();
    keys.join(".")
}

/// Text as a TOML string.
pub(crate) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// Texts as a TOML array, on one line.
pub(crate) fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A file's text, and the path it is called by in messages.
#[derive(Clone)]
pub(crate) struct TomlText {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

impl TomlText {
    pub(crate) fn new(file: &Path, text: String) -> Self {
        Self { file: file.to_owned(), text }
    }

    /// Parses it.
    pub(crate) fn parse(&self) -> Result<Document<&str>> {
        if self.text.starts_with('\u{feff}') {
            bail!("{}:1:1: begins with a byte-order mark: save it without", self.file.display());
        }
        Document::parse(self.text.as_str()).map_err(|error| {
            let place = Place::of(&self.text, error.span().map_or(0, |span| span.start));
            anyhow::anyhow!("{}:{place}: {}", self.file.display(), excerpt(error.message()))
        })
    }

    /// Where a byte is, for messages: `FILE:LINE`.
    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.file.display(), Place::of(&self.text, offset).line)
    }

    /// The end of a line as this file writes it.
    pub(crate) fn eol(&self) -> &'static str {
        match self.text.split_once('\n') {
            Some((line, _)) if line.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Whether the text has this line, but for blanks around it.
    pub(crate) fn has_line(&self, wanted: &str) -> bool {
        self.text.lines().any(|line| line.trim() == wanted)
    }

    /// Whether any runtime of ours is in it.
    pub(crate) fn has_runtimes(&self) -> bool {
        self.text.lines().any(|line| line.trim().starts_with("# gantry: begin runtime "))
    }

    /// Notes that the last line has no newline, and gives it one.
    pub(crate) fn end_last_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            let eol = self.eol();
            self.text.extend([eol, NO_NEWLINE, eol]);
        }
    }

    /// Appends lines of their own, after an empty one.
    pub(crate) fn append(&mut self, lines: &[String]) {
        self.end_last_line();
        let eol = self.eol();
        if !self.text.is_empty() {
            self.text += eol;
        }
        for line in lines {
            self.text += line;
            self.text += eol;
        }
    }

    /// Puts lines at a byte that begins a line, as far in as the line before it.
    pub(crate) fn insert(&mut self, at: usize, indent: &str, lines: &[String]) {
        let eol = self.eol();
        let lines: String = lines.iter().flat_map(|line| [indent, line, eol]).collect();
        self.text.insert_str(at.min(self.text.len()), &lines);
    }

    /// Where a table's next key belongs, and how far in: after its last one. The header is appended where
    /// there is none.
    pub(crate) fn room_in(&mut self, table: &[String]) -> Result<(usize, String)> {
        self.end_last_line();
        if let Some(found) = self.find_room(table)? {
            return Ok(found);
        }
        self.append(&[BEGIN_TABLE.into(), format!("[{}]", dotted(table)), END_TABLE.into()]);
        match self.find_room(table)? {
            Some(found) => Ok(found),
            None => bail!("{}: [{}] cannot be added", self.file.display(), dotted(table)),
        }
    }

    /// That tables can be added below a path: no inline table is on the way.
    pub(crate) fn check_open(&self, path: &[String]) -> Result<()> {
        let document = self.parse()?;
        let closed = (1..path.len()).filter_map(|depth| path.get(..depth)).find_map(|upto| {
            Some((upto, item(&document, upto).filter(|item| item.is_value())?.span()?.start))
        });
        closed.map_or(Ok(()), |(upto, at)| Err(self.without_header(upto, at)))
    }

    fn without_header(&self, path: &[String], at: usize) -> anyhow::Error {
        let (at, path) = (self.at(at), dotted(path));
        anyhow::anyhow!(
            "{at}: {path} is not written as a table with a header of its own, so nothing can be added to it: \
             write it as [{path}]"
        )
    }

    pub(crate) fn find_room(&self, path: &[String]) -> Result<Option<(usize, String)>> {
        let document = self.parse()?;
        let mut table = document.as_table();
        for (depth, key) in path.iter().enumerate() {
            let upto = path.get(..=depth).unwrap_or(path);
            match table.get_key_value(key) {
                None => return Ok(None),
                Some((_, Item::Table(found))) if !found.is_dotted() => table = found,
                Some((key, _)) => {
                    let at = key.span().map_or(0, |span| span.start);
                    return Err(self.without_header(upto, at));
                }
            }
        }
        if !path.is_empty() && table.is_implicit() {
            return Ok(None);
        }
        let header = if path.is_empty() { None } else { table.span().map(|span| span.start) };
        let last = last_value(table).max(header);
        let Some(last) = last else { return Ok(Some((self.after_top_comment(), String::new()))) };
        let start = self.line_start(last);
        let indent: String = self
            .text
            .get(start..last)
            .unwrap_or("")
            .chars()
            .take_while(|c| c.is_whitespace())
            .collect();
        let end = last_end(table).max(header.map(|at| self.line_end(at)));
        let mut at = self.line_end(end.unwrap_or(last).saturating_sub(1).max(last));
        // What closes a runtime's lines stays with them.
        while self
            .text
            .get(at..)
            .and_then(|rest| rest.lines().next())
            .is_some_and(|line| line.trim().starts_with("# gantry: end runtime "))
        {
            at = self.line_end(at);
        }
        Ok(Some((at, indent)))
    }

    /// Behind the line that says who made the file; else its beginning.
    fn after_top_comment(&self) -> usize {
        if self.text.starts_with(MADE) { self.line_end(0) } else { 0 }
    }

    pub(crate) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Behind the newline of the line that a byte is in.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let newline = self.text.get(at..).and_then(|after| after.find('\n'));
        newline.map_or(self.text.len(), |newline| at + newline + 1)
    }
}

/// What a path leads to.
pub(crate) fn item<'a>(document: &'a Document<&str>, path: &[String]) -> Option<&'a Item> {
    path.iter().try_fold(document.as_item(), |item, key| item.as_table_like()?.get(key))
}

/// The text that a path leads to.
pub(crate) fn text_at(document: &Document<&str>, path: &[String]) -> Option<String> {
    item(document, path)?.as_str().map(str::to_owned)
}

/// Where a table's last value begins: those under dotted keys are its own.
fn last_value(table: &Table) -> Option<usize> {
    values(table).map(|(start, _)| start).max()
}

fn last_end(table: &Table) -> Option<usize> {
    values(table).map(|(_, end)| end).max()
}

fn values(table: &Table) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
    Box::new(table.iter().flat_map(|(name, item)| -> Box<dyn Iterator<Item = _>> {
        match item {
            Item::Value(value) => {
                let key = table.key(name).and_then(Key::span);
                Box::new(
                    key.zip(value.span()).map(|(key, value)| (key.start, value.end)).into_iter(),
                )
            }
            Item::Table(dotted) if dotted.is_dotted() => values(dotted),
            _ => Box::new(std::iter::empty()),
        }
    }))
}
