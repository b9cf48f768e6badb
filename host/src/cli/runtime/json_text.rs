//! A JSON file as text: members are put in, replaced and taken out where they stand, and no other byte
//! changes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::place::{Place, excerpt};

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Object(Vec<Member>),
    Text(String),
    Other,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// Of the key.
    pub(crate) start: usize,
    pub(crate) value: Node,
}

/// A file's text, and the path it is called by in messages.
pub(crate) struct JsonText {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

impl Node {
    pub(crate) fn member(&self, key: &str) -> Option<&Member> {
        match &self.kind {
            Kind::Object(members) => members.iter().find(|member| member.key == key),
            _ => None,
        }
    }

    pub(crate) fn get(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.member(key).map(|member| &member.value))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }
}

impl JsonText {
    pub(crate) fn new(file: &Path, text: String) -> Self {
        Self { file: file.to_owned(), text }
    }

    /// Parses it. The whole must be an object; a key that stands twice is an error, since engines take the
    /// last and people read the first.
    pub(crate) fn parse(&self) -> Result<Node> {
        let text = self.text.as_str();
        let shown = self.file.display();
        if text.starts_with('\u{feff}') {
            bail!("{shown}:1:1: begins with a byte-order mark: save it without");
        }
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
            let message = error.to_string();
            let message =
                message.rsplit_once(" at line").map_or(message.as_str(), |(what, _)| what);
            let hint = match text.get(offset(text, error.line(), error.column())..) {
                Some(rest) if rest.starts_with('/') || rest.starts_with('#') => {
                    ": JSON has no comments"
                }
                _ => "",
            };
            bail!("{shown}:{}:{}: {}{hint}", error.line(), error.column(), excerpt(message));
        }
        let mut reader = Reader { json: self, at: 0 };
        let root = reader.value()?;
        if !matches!(root.kind, Kind::Object(_)) {
            bail!("{}: must hold an object", self.at(root.span.start));
        }
        Ok(root)
    }

    /// Where a byte is, for messages.
    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.file.display(), Place::of(&self.text, offset))
    }

    /// The text of a value as it stands.
    pub(crate) fn raw(&self, node: &Node) -> String {
        self.text.get(node.span.clone()).unwrap_or("").to_owned()
    }

    /// Sets a member of the object that `parent` leads to, which is there.
    pub(crate) fn set(
        &mut self,
        parent: &[&str],
        key: &str,
        value: &serde_json::Value,
    ) -> Result<()> {
        let root = self.parse()?;
        let Some(object) = root.get(parent) else { return Ok(()) };
        let Kind::Object(members) = &object.kind else {
            bail!("{}: {:?} is not an object", self.at(object.span.start), parent.join("."));
        };
        if let Some(found) = object.member(key) {
            let indent = self.indent_of(found.start);
            let value = self.render(value, indent.as_deref());
            self.text.replace_range(found.value.span.clone(), &value);
            return Ok(());
        }
        let key = serde_json::Value::from(key).to_string();
        if let Some(last) = members.last() {
            let blank = self.blank_before(last.start);
            let indent = self.indent_of(last.start);
            let member = format!(",{blank}{key}: {}", self.render(value, indent.as_deref()));
            self.text.insert_str(last.value.span.end, &member);
        } else {
            let outer = "    ".repeat(parent.len());
            let outer = self.indent_at(object.span.start).unwrap_or(outer);
            let inner = outer.clone() + &self.unit();
            let value = self.render(value, Some(&inner));
            let object = object.span.clone();
            self.text.replace_range(object, &format!("{{\n{inner}{key}: {value}\n{outer}}}"));
        }
        Ok(())
    }

    /// Puts this text where a value is.
    pub(crate) fn put_raw(&mut self, path: &[&str], raw: &str) -> Result<()> {
        if let Some(node) = self.parse()?.get(path) {
            self.text.replace_range(node.span.clone(), raw);
        }
        Ok(())
    }

    /// Takes a member out, and its comma.
    pub(crate) fn remove(&mut self, parent: &[&str], key: &str) -> Result<()> {
        let root = self.parse()?;
        let Some(Node { kind: Kind::Object(members), span }) = root.get(parent) else {
            return Ok(());
        };
        let Some(index) = members.iter().position(|member| member.key == key) else {
            return Ok(());
        };
        let previous = index.checked_sub(1).and_then(|index| members.get(index));
        let range = match (previous, members.get(index), members.get(index + 1)) {
            (Some(previous), Some(member), _) => previous.value.span.end..member.value.span.end,
            (None, Some(member), Some(next)) => member.start..next.start,
            _ => span.start + 1..span.end - 1,
        };
        self.text.replace_range(range, "");
        Ok(())
    }

    /// One level: that of the first member.
    fn unit(&self) -> String {
        let first = self.parse().ok().and_then(|root| match root.kind {
            Kind::Object(members) => {
                members.first().and_then(|member| self.indent_of(member.start))
            }
            _ => None,
        });
        first.filter(|unit| !unit.is_empty()).unwrap_or_else(|| "    ".into())
    }

    fn blank_before(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or("");
        before.get(before.trim_end().len()..).unwrap_or("").to_owned()
    }

    /// How far in a key stands. None: not at the beginning of its line.
    fn indent_of(&self, at: usize) -> Option<String> {
        self.blank_before(at).rsplit_once('\n').map(|(_, indent)| indent.to_owned())
    }

    /// How far in the line of a byte is.
    fn indent_at(&self, at: usize) -> Option<String> {
        let line = self.text.get(..at)?.rsplit('\n').next()?;
        Some(line.chars().take_while(|c| c.is_whitespace()).collect())
    }

    /// A value, over several lines where what is around it is.
    fn render(&self, value: &serde_json::Value, indent: Option<&str>) -> String {
        let (Some(indent), serde_json::Value::Object(members)) = (indent, value) else {
            return value.to_string();
        };
        let inner = format!("{indent}{}", self.unit());
        let members: Vec<_> = members
            .iter()
            .map(|(key, value)| {
                let key = serde_json::Value::from(key.as_str());
                format!("\n{inner}{key}: {}", self.render(value, Some(&inner)))
            })
            .collect();
        if members.is_empty() {
            "{}".into()
        } else {
            format!("{{{}\n{indent}}}", members.join(","))
        }
    }
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    lines.map(str::len).sum::<usize>() + column.saturating_sub(1)
}

/// Walks text that is known to be JSON.
struct Reader<'a> {
    json: &'a JsonText,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.json.text.get(self.at..).unwrap_or("")
    }

    fn skip_blank(&mut self) {
        self.at =
            self.json.text.len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.skip_blank();
        let is = self.rest().starts_with(wanted);
        self.at += usize::from(is);
        is
    }

    fn value(&mut self) -> Result<Node> {
        self.skip_blank();
        let start = self.at;
        let kind = match self.rest().chars().next() {
            Some('{') => self.object()?,
            Some('[') => {
                self.at += 1;
                while !self.next_is(']') && !self.rest().is_empty() {
                    self.value()?;
                    self.next_is(',');
                }
                Kind::Other
            }
            Some('"') => Kind::Text(self.text()?),
            _ => {
                let end = self.rest().find([',', ']', '}', ' ', '\t', '\r', '\n']);
                self.at += end.unwrap_or(self.rest().len());
                Kind::Other
            }
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn object(&mut self) -> Result<Kind> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        while !self.next_is('}') && !self.rest().is_empty() {
            self.skip_blank();
            let start = self.at;
            let key = self.text()?;
            if members.iter().any(|member| member.key == key) {
                bail!("{}: the key {key:?} stands twice in one object", self.json.at(start));
            }
            self.next_is(':');
            let value = self.value()?;
            members.push(Member { key, start, value });
            self.next_is(',');
        }
        Ok(Kind::Object(members))
    }

    fn text(&mut self) -> Result<String> {
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find_map(|(at, c)| {
            let end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            end.then_some(at + 1)
        });
        let raw = self.rest().get(..end.unwrap_or(0)).unwrap_or("").to_owned();
        self.at += raw.len().max(1);
        Ok(serde_json::from_str(&raw)?)
    }
}
