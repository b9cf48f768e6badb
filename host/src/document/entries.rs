//! A list of a document while it is edited: found or made, and changed entry by entry.

use std::sync::Arc;

use serde_json::Value;

use super::list::{Identity, ListKind};
use super::read::{find, not_an_object, plain, wrong_type};
use super::scan::Scanner;
use super::tree::{Item, List, Node, Object, Text};
use super::{Change, Document, DocumentError};

impl Document {
    /// A list to put something into: made where it is absent or `null`.
    pub(super) fn writable(&mut self, kind: ListKind) -> Result<Entries<'_>, DocumentError> {
        let (path, key) = kind.place();
        let source = &self.source;
        // Read before anything is made: a list that cannot be used leaves the document as it was.
        let expanded = match find(&self.root, path, source)?.and_then(|object| object.get(key)) {
            Some(Node::List(_)) => None,
            Some(node) if !node.is_null(source) => Some(expand(node, kind, source)?),
            _ => Some(List::default()),
        };
        let object = make_object(&mut self.root, path, source)?;
        if let Some(list) = expanded {
            object.put(key, Node::List(Arc::new(list)), source);
        }
        match object.get_mut(key) {
            Some(Node::List(list)) => {
                Ok(Entries { kind, list: Arc::make_mut(list), source: &self.source })
            }
            _ => Err(wrong_type(kind.pointer(), "expected an array")),
        }
    }

    /// A list that is there.
    pub(super) fn existing(
        &mut self,
        kind: ListKind,
    ) -> Result<Option<Entries<'_>>, DocumentError> {
        let (path, key) = kind.place();
        match find(&self.root, path, &self.source)?.and_then(|object| object.get(key)) {
            Some(node) if !node.is_null(&self.source) => self.writable(kind).map(Some),
            _ => Ok(None),
        }
    }
}

/// A list that is being edited.
pub(super) struct Entries<'a> {
    kind: ListKind,
    pub(super) list: &'a mut List,
    source: &'a str,
}

impl Entries<'_> {
    pub(super) fn items(&self) -> &[Item] {
        &self.list.items
    }

    pub(super) fn positions(&self, identity: &Identity) -> Vec<usize> {
        let items = (0..).zip(self.items());
        items.filter(|(_, item)| item.identity == *identity).map(|(index, _)| index).collect()
    }

    pub(super) fn rposition(&self, identity: &Identity) -> Option<usize> {
        self.items().iter().rposition(|item| item.identity == *identity)
    }

    /// Whether the entry is this, with nothing more in it.
    pub(super) fn holds(&self, index: usize, entry: &Value) -> bool {
        self.value(index).is_some_and(|value| value == *entry)
    }

    fn value(&self, index: usize) -> Option<Value> {
        self.items().get(index).map(|item| value_of(item.value.of(self.source)))
    }

    pub(super) fn push(&mut self, entry: Value, identity: Identity) -> Change {
        let pointer = self.pointer(self.list.items.len());
        self.list.push(entry.to_string(), identity, self.source);
        Change { pointer, before: None, after: Some(entry) }
    }

    pub(super) fn replace(&mut self, index: usize, entry: Value, identity: Identity) -> Change {
        let before = self.value(index);
        self.list.replace(index, entry.to_string(), identity);
        Change { pointer: self.pointer(index), before, after: Some(entry) }
    }

    pub(super) fn remove(&mut self, index: usize) -> Change {
        let before = self.value(index);
        self.list.remove(index);
        Change { pointer: self.pointer(index), before, after: None }
    }

    fn pointer(&self, index: usize) -> String {
        format!("{}/{index}", self.kind.pointer())
    }
}

/// The object at the end of a path. What is absent or `null` on the way is made, which cannot fail
/// half-way: nothing lies below it.
pub(super) fn make_object<'a>(
    root: &'a mut Arc<Object>,
    path: &[&str],
    source: &str,
) -> Result<&'a mut Object, DocumentError> {
    find(root, path, source)?;
    let mut object = Arc::make_mut(root);
    for (depth, name) in path.iter().enumerate() {
        if object.get(name).is_none_or(|node| node.is_null(source)) {
            object.put(name, Node::Object(Arc::default()), source);
        }
        object = match object.get_mut(name) {
            Some(Node::Object(below)) => Arc::make_mut(below),
            _ => return Err(not_an_object(path, depth)),
        };
    }
    Ok(object)
}

/// The entries of a list that is one piece of text.
fn expand(node: &Node, kind: ListKind, source: &str) -> Result<List, DocumentError> {
    let not_an_array = || wrong_type(kind.pointer(), "expected an array");
    let Node::Raw(Text::Source(range)) = node else { return Err(not_an_array()) };
    let mut scanner = Scanner::new(source, range.start);
    if scanner.peek() != Some(b'[') {
        return Err(not_an_array());
    }
    let mut items = Vec::new();
    let close = scanner.array(|scanner, separator| {
        let start = scanner.position();
        scanner.value()?;
        let value = Text::Source(start..scanner.position());
        let identity = kind.identity(value.of(source)).map_err(|error| {
            wrong_type(format!("{}/{}", kind.pointer(), items.len()), &plain(&error))
        })?;
        items.push(Item { separator: Text::Source(separator), value, identity });
        Ok(())
    })?;
    Ok(List { items, close: Text::Source(close) })
}

/// A value for comparison and the journal. A number that does not fit into one is kept as its text.
pub(super) fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
