//! What an edit changed. A change shares the texts that it is about: it is shown by few, and made by
//! every edit.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::list::{Identity, ListKind};
use super::tree::{Item, List, Text};

/// What an edit changed in the document. Of several, each is as the ones before it left the document.
///
/// For [`Edit::SortMounts`](super::Edit::SortMounts) the values are lists of the destinations: the
/// mounts themselves are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub pointer: Pointer,
    /// What stood there; `None` where nothing did.
    pub before: Option<Json>,
    /// What stands there now; `None` where it was removed.
    pub after: Option<Json>,
}

/// A place in a document, shown as an RFC 6901 JSON pointer: `/process/env/3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(Place);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    List(ListKind),
    Entry(ListKind, usize),
    Member(Arc<str>),
}

impl Pointer {
    pub(super) fn list(kind: ListKind) -> Self {
        Self(Place::List(kind))
    }

    pub(super) fn entry(kind: ListKind, index: usize) -> Self {
        Self(Place::Entry(kind, index))
    }

    pub(super) fn member(pointer: String) -> Self {
        Self(Place::Member(pointer.into()))
    }

    /// Whether it is `process.env` or an entry of it.
    #[must_use]
    pub fn is_env(&self) -> bool {
        matches!(self.0, Place::List(ListKind::Env) | Place::Entry(ListKind::Env, _))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::List(kind) => f.write_str(&kind.pointer()),
            Place::Entry(kind, index) => write!(f, "{}/{index}", kind.pointer()),
            Place::Member(pointer) => f.write_str(pointer),
        }
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::member)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self::from)
    }
}

/// A JSON value of a document. It is parsed when it is looked at.
#[derive(Clone)]
pub struct Json(Content);

#[derive(Clone)]
enum Content {
    /// A piece of a text.
    Text(Arc<str>, Range<usize>),
    /// The destinations of mounts that were sorted.
    Destinations {
        sorted: Arc<Sorted>,
        /// Whether as they were before.
        before: bool,
    },
}

/// Mounts in the order of [`Edit::SortMounts`](super::Edit::SortMounts).
struct Sorted {
    list: Arc<List>,
    /// Where each stood before.
    from: Vec<usize>,
    source: Arc<str>,
}

impl Sorted {
    fn destinations(&self, before: bool) -> Value {
        let path = |item: &Item| match ListKind::Mounts.identity(item.value.of(&self.source)) {
            Ok(Identity::Destination(path)) => Some(Value::from(path)),
            _ => None,
        };
        let mut all: Vec<_> = self.list.items().iter().map(path).zip(&self.from).collect();
        if before {
            all.sort_unstable_by_key(|(_, from)| *from);
        }
        all.into_iter().filter_map(|(path, _)| path).collect()
    }
}

impl Json {
    /// A piece of a document.
    pub(super) fn of(text: &Text, source: &Arc<str>) -> Self {
        match text {
            Text::Source(range) => Self(Content::Text(Arc::clone(source), range.clone())),
            Text::New(text) => Self::new(Arc::clone(text)),
        }
    }

    /// A whole text.
    pub(super) fn new(text: Arc<str>) -> Self {
        let all = 0..text.len();
        Self(Content::Text(text, all))
    }

    /// The destinations of mounts that were sorted: as they stood, and in order. `from` says where each
    /// stood.
    pub(super) fn destinations(
        list: Arc<List>,
        from: Vec<usize>,
        source: Arc<str>,
    ) -> (Self, Self) {
        let sorted = Arc::new(Sorted { list, from, source });
        let before = Content::Destinations { sorted: Arc::clone(&sorted), before: true };
        (Self(before), Self(Content::Destinations { sorted, before: false }))
    }

    fn text(&self) -> &str {
        match &self.0 {
            Content::Text(text, range) => text.get(range.clone()).unwrap_or_default(),
            Content::Destinations { .. } => "",
        }
    }

    /// The value. A number that does not fit into one is a string of its digits.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.0 {
            Content::Text(..) => value_of(self.text()),
            Content::Destinations { sorted, before } => sorted.destinations(*before),
        }
    }
}

/// A value for comparison and the journal. A number that does not fit into one is kept as its text.
pub(super) fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self::new(value.to_string().into())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
