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
    /// A list.
    pub(super) fn list(list: List) -> Self {
        Self::List(Arc::new(list))
    }

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
    hashes: Vec<u32>,
    ranks: Vec<u32>,
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
        let (items, hashes, ranks) = Default::default();
        Self { items, hashes, ranks, close: Text::Source(0..0) }
    }
}

impl List {
    /// The entries.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The hash of each, as in [`Key`].
    pub(super) fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// The rank of each, as in [`Key`].
    pub(super) fn ranks(&self) -> &[u32] {
        &self.ranks
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
            hashes: copy(&self.hashes, more),
            ranks: copy(&self.ranks, more),
            close: self.close.clone(),
        }
    }

    /// Makes room for more entries.
    pub(super) fn reserve(&mut self, entries: usize) {
        self.items.reserve(entries);
        self.hashes.reserve(entries);
        self.ranks.reserve(entries);
    }

    /// Appends an entry that was read.
    pub(super) fn push_read(&mut self, separator: Text, value: Text, key: Key) {
        self.items.push(Item { separator, value });
        self.hashes.push(key.hash);
        self.ranks.push(key.rank);
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
        self.hashes.remove(index);
        self.ranks.remove(index);
        if index == 0
            && let Some(first) = self.items.first_mut()
        {
            // The first separator is the one without a comma.
            first.separator = removed.separator;
        }
    }

    /// Writes another value over an entry.
    pub(super) fn replace(&mut self, index: usize, entry: Entry) {
        let (hash, rank) = (self.hashes.get_mut(index), self.ranks.get_mut(index));
        if let (Some(item), Some(hash), Some(rank)) = (self.items.get_mut(index), hash, rank) {
            item.value = Text::New(entry.text);
            (*hash, *rank) = (entry.key.hash, entry.key.rank);
        }
    }

    /// Orders the entries by their ranks; equal ones keep their order. The text between them stays in
    /// its place.
    pub(super) fn sort(&mut self) {
        // A rank and an index in one number: quick to compare, and equal ranks keep their order.
        let number = |(index, rank): (usize, &u32)| u64::from(*rank) << 32 | index as u64;
        let mut order: Vec<u64> = self.ranks.iter().enumerate().map(number).collect();
        order.sort_unstable();
        let taken = |item: &mut Item| std::mem::replace(&mut item.value, Text::Source(0..0));
        let mut values: Vec<Text> = self.items.iter_mut().map(taken).collect();
        let hashes = std::mem::replace(&mut self.hashes, Vec::with_capacity(order.len()));
        self.ranks.clear();
        for (item, number) in self.items.iter_mut().zip(order) {
            #[allow(clippy::cast_possible_truncation, reason = "the lower half is the index")]
            let (rank, from) = ((number >> 32) as u32, number as u32 as usize);
            if let (Some(value), Some(hash)) = (values.get_mut(from), hashes.get(from)) {
                item.value = std::mem::replace(value, Text::Source(0..0));
                self.hashes.push(*hash);
                self.ranks.push(rank);
            }
        }
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
