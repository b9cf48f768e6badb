//! A quick way for YAML as programs write it: ASCII, blocks, one key or item a line, no comments,
//! anchors, tags or escapes. It is many times quicker than the whole language, and spec files are
//! nearly all of this form. Whatever it does not know, it leaves to the parser of the whole; what it
//! does know, it reads the same (a property test says so).

use super::super::tree::{MAX_DEPTH, Style, Tree, Value};

/// The longest key. The language allows 1024 characters.
const MAX_KEY: usize = 128;

/// The document's tree; `None` where it has to be parsed as a whole.
pub(super) fn tree(text: &str) -> Option<Tree<'_>> {
    if !text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)) {
        return None;
    }
    let mut reader = Reader { tree: Tree::default(), open: Vec::new(), pending: true, line: 0 };
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        reader.line += 1;
        if reader.line > 1 || line != "---" {
            reader.line(line)?;
        }
    }
    reader.finish()
}

/// A list or map that is open.
struct Open {
    list: bool,
    /// The column of its items' dashes or its keys, from 0.
    indent: usize,
    node: u32,
}

struct Reader<'i> {
    tree: Tree<'i>,
    open: Vec<Open>,
    /// Whether a value has to come: the root's, or that of a key at the end of a line.
    pending: bool,
    /// Counted from 1.
    line: usize,
}

impl<'i> Reader<'i> {
    fn line(&mut self, line: &'i str) -> Option<()> {
        let mut rest = line.trim_start_matches(' ');
        let mut indent = line.len() - rest.len();
        // An empty line, or the end of the document.
        if rest.is_empty() || indent == 0 && (rest.starts_with("---") || rest.starts_with("...")) {
            return None;
        }
        while let Some(item) = rest.strip_prefix("- ") {
            self.enter(true, indent)?;
            rest = item;
            indent += 2;
            self.pending = true;
            if let Some(text) = scalar(rest) {
                return self.scalar(text, indent);
            }
        }
        let (key, value) = key(rest)?;
        self.enter(false, indent)?;
        self.push(Value::Scalar { text: key.into(), style: Style::Plain }, indent)?;
        self.pending = true;
        match value {
            Some(value) => self.scalar(scalar(value)?, indent + key.len() + 2),
            None => Some(()),
        }
    }

    /// Makes the list or map at that column the innermost one.
    fn enter(&mut self, list: bool, indent: usize) -> Option<()> {
        if self.pending {
            // A list may stand at the column of the key that it belongs to. (The parser of the whole
            // says that it starts at its first item then.)
            let (fits, start) = match self.open.last() {
                None => (!list && indent == 0, indent),
                Some(parent) if list && !parent.list && indent == parent.indent => {
                    (true, indent + 2)
                }
                Some(parent) => (indent > parent.indent, indent),
            };
            if !fits || self.open.len() >= MAX_DEPTH {
                return None;
            }
            let node = self.push(if list { Value::Seq } else { Value::Map }, start)?;
            self.open.push(Open { list, indent, node });
            self.pending = false;
            return Some(());
        }
        while let Some(open) = self.open.last() {
            if open.indent < indent {
                return None;
            }
            if open.indent == indent && open.list == list {
                return Some(());
            }
            self.tree.close(open.node);
            self.open.pop();
        }
        None
    }

    fn scalar(&mut self, (text, style): (&'i str, Style), column: usize) -> Option<()> {
        self.pending = false;
        self.push(Value::Scalar { text: text.into(), style }, column).map(drop)
    }

    fn push(&mut self, value: Value<'i>, column: usize) -> Option<u32> {
        self.tree.push(value, (self.line, column + 1)).ok()
    }

    fn finish(mut self) -> Option<Tree<'i>> {
        if self.pending {
            return None;
        }
        while let Some(open) = self.open.pop() {
            self.tree.close(open.node);
        }
        Some(self.tree)
    }
}

/// `key: value` or `key:`.
fn key(text: &str) -> Option<(&str, Option<&str>)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-')))?;
    let (key, rest) = text.split_at_checked(end)?;
    if !key.starts_with(|c: char| c.is_ascii_alphabetic()) || key.len() > MAX_KEY {
        return None;
    }
    match rest.strip_prefix(':')? {
        "" => Some((key, None)),
        rest => Some((key, Some(rest.strip_prefix(' ')?))),
    }
}

/// A scalar that takes the rest of its line.
fn scalar(text: &str) -> Option<(&str, Style)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if matches!(first, '"' | '\'') {
        let inner = text.get(1..)?.strip_suffix(first)?;
        return (!inner.contains([first, '\\'])).then_some((inner, Style::Text));
    }
    let starts = first.is_ascii_alphanumeric()
        || matches!(first, '/' | '.' | '_' | '$')
        || first == '-'
            && chars.next().is_some_and(|second| second.is_ascii_alphanumeric() || second == '-');
    let plain =
        starts && !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #");
    plain.then_some((text, Style::Plain))
}
