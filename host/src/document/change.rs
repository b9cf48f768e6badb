//! What an edit changed. A change shares the texts that it is about: it is shown by few, and made by
//! every edit.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::list::{Identity, ListKind};
use super::tree::{List, Text};

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
    /// The destinations of mounts.
    Destinations {
        mounts: Arc<[Json]>,
        /// Whether in the order of [`Edit::SortMounts`](super::Edit::SortMounts).
        sorted: bool,
    },
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

    /// The destinations of a list of mounts: as they stand, and in order.
    pub(super) fn destinations(list: &List, source: &Arc<str>) -> (Self, Self) {
        let mounts: Arc<[Json]> =
            list.items().iter().map(|item| Self::of(&item.value, source)).collect();
        let all = |sorted| Self(Content::Destinations { mounts: Arc::clone(&mounts), sorted });
        (all(false), all(true))
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
            Content::Destinations { mounts, sorted } => {
                let mut all: Vec<_> = mounts
                    .iter()
                    .filter_map(|mount| ListKind::Mounts.identity(mount.text()).ok())
                    .collect();
                if *sorted {
                    all.sort_by_key(|identity| identity.key().rank);
                }
                let path = |identity| match identity {
                    Identity::Destination(path) => Value::from(path),
                    _ => Value::Null,
                };
                all.into_iter().map(path).collect()
            }
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
