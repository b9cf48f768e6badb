//! A document as pieces of its own text. What is not expanded is one piece; what no edit touched is
//! written as it was read, white space included.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::entry::push_text;
use super::list::{Entry, Key};

/// Longer white space between two entries is not repeated before a new one: it would let a small
/// document grow with every edit.
const LONGEST_SEPARATOR: usize = 256;

/// A piece of JSON text.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// Bytes of the source, which it was cut from at bytes of ASCII.
    Source(Range<usize>),
    /// Written by an edit.
    New(Arc<str>),
}

impl Text {
    /// The text itself.
    pub(super) fn of<'a>(&'a self, source: &'a str) -> &'a str {
        match self {
            Self::Source(range) => source.get(range.clone()).unwrap_or_default(),
            Self::New(text) => text,
        }
    }

    /// Text that an edit writes.
    pub(super) fn new(text: impl Into<Arc<str>>) -> Self {
        Self::New(text.into())
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Not expanded.
    Raw(Text),
    /// An object, one level of it expanded.
    Object(Arc<Object>),
    /// An array whose entries are known by what makes them the same.
    List(Arc<List>),
}

impl Node {
    /// The `null` that stands for an absent object or array.
    pub(super) fn is_null(&self, source: &str) -> bool {
        matches!(self, Self::Raw(text) if text.of(source) == "null")
    }

    /// The value's text.
    pub(super) fn text<'a>(&'a self, source: &'a str) -> Cow<'a, str> {
        if let Self::Raw(text) = self {
            return text.of(source).into();
        }
        let mut out = String::new();
        self.write(source, &mut out);
        out.into()
    }

    fn write(&self, source: &str, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text.of(source)),
            Self::Object(object) => object.write(source, out),
            Self::List(list) => list.write(source, out),
        }
    }
}

/// An object with its members.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    /// White space before the closing brace.
    pub(super) close: Text,
}

/// One member of an object.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// From the value before, or the opening brace, to the key: white space, and a comma if it is not
    /// the first.
    pub(super) separator: Text,
    /// The key as it is written, the colon and the white space after it.
    pub(super) head: Text,
    /// The key.
    pub(super) name: Arc<str>,
    pub(super) value: Node,
}

impl Clone for Object {
    /// A copy is made to be edited, and has room for more members.
    fn clone(&self) -> Self {
        let mut members = Vec::with_capacity(self.members.len() + 4);
        members.extend_from_slice(&self.members);
        Self { members, close: self.close.clone() }
    }
}

impl Default for Object {
    fn default() -> Self {
        Self { members: Vec::new(), close: Text::Source(0..0) }
    }
}

impl Object {
    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.members.iter().find(|member| &*member.name == name).map(|member| &member.value)
    }

    /// The value of a key, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let mut members = self.members.iter_mut();
        members.find(|member| &*member.name == name).map(|member| &mut member.value)
    }

    /// Replaces the value of a key where it stands, or appends it.
    pub(super) fn put(&mut self, name: &str, value: Node, source: &str) {
        match self.get_mut(name) {
            Some(there) => *there = value,
            None => self.push(name, value, source),
        }
    }

    /// Removes a key, and with it the text before it.
    pub(super) fn remove(&mut self, name: &str) {
        let Some(index) = self.members.iter().position(|member| &*member.name == name) else {
            return;
        };
        let removed = self.members.remove(index);
        if index == 0
            && let Some(first) = self.members.first_mut()
        {
            // The first separator is the one without a comma.
            first.separator = removed.separator;
        }
    }

    /// The object at a key, to be changed; made where it is absent or `null`.
    pub(super) fn make_below(&mut self, name: &str, source: &str) -> Option<&mut Object> {
        let known = self.members.iter().position(|member| &*member.name == name);
        if known.is_none() {
            self.push(name, Node::Object(Arc::default()), source);
        }
        let member = match known {
            Some(index) => self.members.get_mut(index),
            None => self.members.last_mut(),
        }?;
        if member.value.is_null(source) {
            member.value = Node::Object(Arc::default());
        }
        match &mut member.value {
            Node::Object(below) => Some(Arc::make_mut(below)),
            _ => None,
        }
    }

    fn push(&mut self, name: &str, value: Node, source: &str) {
        let mut separators = self.members.iter().map(|member| &member.separator);
        let separator = next_separator(separators.next(), separators.next_back(), source);
        let colon = self.members.last().map_or(":", |last| after_key(last.head.of(source)));
        let mut head = String::with_capacity(name.len() + 2 + colon.len());
        push_text(&mut head, name);
        head.push_str(colon);
        let name = name.into();
        self.members.push(Member { separator, head: Text::new(head), name, value });
    }

    pub(super) fn write(&self, source: &str, out: &mut String) {
        out.push('{');
        for member in &self.members {
            out.push_str(member.separator.of(source));
            out.push_str(member.head.of(source));
            member.value.write(source, out);
        }
        out.push_str(self.close.of(source));
        out.push('}');
    }
}

/// An array with its entries.
#[derive(Debug, Clone)]
pub(super) struct List {
    items: Vec<Item>,
    /// Of each item what it is known by: beside them, so that looking through all is quick.
    keys: Vec<Key>,
    /// White space before the closing bracket.
    pub(super) close: Text,
}

/// One entry of an array.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// As in [`Member`].
    separator: Text,
    pub(super) value: Text,
}

impl Default for List {
    fn default() -> Self {
        Self { items: Vec::new(), keys: Vec::new(), close: Text::Source(0..0) }
    }
}

impl List {
    /// The entries.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// What each is known by.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// A copy with room for more entries.
    pub(super) fn with_room(&self, more: usize) -> Self {
        fn copy<T: Clone>(all: &[T], more: usize) -> Vec<T> {
            let mut copy = Vec::with_capacity(all.len() + more);
            copy.extend_from_slice(all);
            copy
        }
        Self {
            items: copy(&self.items, more),
            keys: copy(&self.keys, more),
            close: self.close.clone(),
        }
    }

    /// Makes room for more entries.
    pub(super) fn reserve(&mut self, entries: usize) {
        self.items.reserve(entries);
        self.keys.reserve(entries);
    }

    /// Appends an entry that was read.
    pub(super) fn push_read(&mut self, separator: Text, value: Text, key: Key) {
        self.items.push(Item { separator, value });
        self.keys.push(key);
    }

    /// Appends an entry.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry, source: &str) {
        let separator = match self.items.as_slice() {
            // Mostly so.
            [_, .., Item { separator: Text::Source(last), .. }]
                if last.len() <= LONGEST_SEPARATOR =>
            {
                Text::Source(last.clone())
            }
            items => {
                let mut separators = items.iter().map(|item| &item.separator);
                next_separator(separators.next(), separators.next_back(), source)
            }
        };
        self.push_read(separator, Text::New(entry.text), entry.key);
    }

    /// Removes an entry, and with it the text before it.
    pub(super) fn remove(&mut self, index: usize) {
        if index >= self.items.len() {
            return;
        }
        let removed = self.items.remove(index);
        self.keys.remove(index);
        if index == 0
            && let Some(first) = self.items.first_mut()
        {
            // The first separator is the one without a comma.
            first.separator = removed.separator;
        }
    }

    /// Writes another value over an entry.
    pub(super) fn replace(&mut self, index: usize, entry: Entry) {
        if let (Some(item), Some(key)) = (self.items.get_mut(index), self.keys.get_mut(index)) {
            (item.value, *key) = (Text::New(entry.text), entry.key);
        }
    }

    /// Orders the entries by their ranks; equal ones keep their order. The text between them stays in
    /// its place. Returns where each stood.
    pub(super) fn sort(&mut self) -> Vec<usize> {
        // A rank and an index in one number: quick to compare, and equal ranks keep their order.
        let number = |(index, key): (usize, &Key)| u64::from(key.rank) << 32 | index as u64;
        let mut order: Vec<u64> = self.keys.iter().enumerate().map(number).collect();
        order.sort_unstable();
        #[allow(clippy::cast_possible_truncation, reason = "the lower half is the index")]
        let order: Vec<usize> = order.into_iter().map(|number| number as u32 as usize).collect();
        let taken = |item: &mut Item| std::mem::replace(&mut item.value, Text::Source(0..0));
        let mut values: Vec<Text> = self.items.iter_mut().map(taken).collect();
        let keys = std::mem::replace(&mut self.keys, Vec::with_capacity(order.len()));
        for (item, &from) in self.items.iter_mut().zip(&order) {
            if let (Some(value), Some(key)) = (values.get_mut(from), keys.get(from)) {
                item.value = std::mem::replace(value, Text::Source(0..0));
                self.keys.push(*key);
            }
        }
        order
    }

    fn write(&self, source: &str, out: &mut String) {
        out.push('[');
        for item in &self.items {
            out.push_str(item.separator.of(source));
            out.push_str(item.value.of(source));
        }
        out.push_str(self.close.of(source));
        out.push(']');
    }
}

/// What stands before a new last entry: the same as before the last one.
fn next_separator(first: Option<&Text>, last: Option<&Text>, source: &str) -> Text {
    let short = |text: &Text| text.of(source).len() <= LONGEST_SEPARATOR;
    match (first, last) {
        (None, _) => Text::Source(0..0),
        (_, Some(last)) if short(last) => last.clone(),
        (Some(only), None) if short(only) => Text::new(format!(",{}", only.of(source))),
        _ => Text::new(","),
    }
}

/// The colon after a key, with the white space around it.
fn after_key(head: &str) -> &str {
    match head.rsplit_once('"') {
        Some((_, colon)) if colon.len() <= LONGEST_SEPARATOR => colon,
        _ => ":",
    }
}
