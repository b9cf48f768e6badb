//! A list of a document while it is edited: found or made, and changed entry by entry.

use std::sync::Arc;

use super::change::value_of;
use super::list::{Entry, Identity, ListKind};
use super::read::{find, not_an_object, plain, wrong_type};
use super::scan::Scanner;
use super::tree::{List, Node, Object, Text};
use super::{Change, Document, DocumentError, Json, Pointer};

impl Document {
    /// A list to put something into: made where it is absent or `null`.
    pub(super) fn writable<'a>(
        &'a mut self,
        kind: ListKind,
        changes: &'a mut Vec<Change>,
    ) -> Result<Entries<'a>, DocumentError> {
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
                Ok(Entries { kind, list: Arc::make_mut(list), source: &self.source, changes })
            }
            _ => Err(wrong_type(kind.pointer(), "expected an array")),
        }
    }

    /// A list that is there.
    pub(super) fn existing<'a>(
        &'a mut self,
        kind: ListKind,
        changes: &'a mut Vec<Change>,
    ) -> Result<Option<Entries<'a>>, DocumentError> {
        let (path, key) = kind.place();
        match find(&self.root, path, &self.source)?.and_then(|object| object.get(key)) {
            Some(node) if !node.is_null(&self.source) => self.writable(kind, changes).map(Some),
            _ => Ok(None),
        }
    }
}

/// A list that is being edited, and where its changes are noted.
pub(super) struct Entries<'a> {
    kind: ListKind,
    list: &'a mut List,
    source: &'a Arc<str>,
    changes: &'a mut Vec<Change>,
}

impl Entries<'_> {
    /// Puts an entry in, as the kind of the list has it. What is there already changes nothing.
    pub(super) fn put(&mut self, entry: Entry) {
        match self.kind {
            ListKind::Env => self.set(entry),
            ListKind::Mounts => self.put_mount(entry),
            ListKind::DeviceNodes => self.put_device_node(entry),
            ListKind::DeviceRules => self.add_device_rule(entry),
            ListKind::Hooks(_) | ListKind::Gids => {
                if self.last(&entry).is_none() {
                    self.push(entry);
                }
            }
        }
    }

    fn set(&mut self, entry: Entry) {
        // Of several with this name the runtimes use the last.
        match self.last(&entry) {
            None => self.push(entry),
            Some(index) if self.holds(index, &entry) => {}
            Some(index) => self.replace(index, entry),
        }
    }

    fn put_mount(&mut self, entry: Entry) {
        // The last one at a destination is the one that is seen.
        match self.last(&entry) {
            None => {}
            Some(last) if self.holds(last, &entry) => return,
            Some(last) => self.remove(self.first(&entry).unwrap_or(last)),
        }
        self.push(entry);
    }

    fn put_device_node(&mut self, entry: Entry) {
        match self.positions(&entry).as_slice() {
            [] => self.push(entry),
            [only] if self.holds(*only, &entry) => {}
            [only] => {
                self.remove(*only);
                self.push(entry);
            }
            // As the CDI library does: the first goes, the second becomes the new one. It keeps a
            // third, so that the next time is different again; that goes too.
            [first, second, rest @ ..] => {
                self.replace(*second, entry);
                rest.iter().rev().for_each(|index| self.remove(*index));
                self.remove(*first);
            }
        }
    }

    fn add_device_rule(&mut self, entry: Entry) {
        // Later rules win, so one before a rule that denies may have no effect.
        let last_denial = self.list.keys().iter().rposition(|key| key.rank > 0).unwrap_or_default();
        if self.last(&entry).is_none_or(|index| index < last_denial) {
            self.push(entry);
        }
    }

    /// The change lists the destinations only: entries of a list that moved are still themselves.
    pub(super) fn sort(&mut self) {
        if self.list.keys().is_sorted_by_key(|key| key.rank) {
            return;
        }
        let (before, after) = Json::destinations(self.list, self.source);
        let pointer = Pointer::list(self.kind);
        self.changes.push(Change { pointer, before: Some(before), after: Some(after) });
        self.list.sort();
    }

    /// Removes the hooks whose program is this path.
    pub(super) fn remove_hooks(&mut self, path: &str) {
        // From the end, so that each pointer is where the entry stood.
        for index in (0..self.list.items().len()).rev() {
            let identity = self.text(index).map(|text| self.kind.identity(text));
            if matches!(identity, Some(Ok(Identity::Hook(hook))) if hook.path == path) {
                self.remove(index);
            }
        }
    }

    fn text(&self, index: usize) -> Option<&str> {
        self.list.items().get(index).map(|item| item.value.of(self.source))
    }

    /// Where entries of the same identity stand.
    fn same(&self, entry: &Entry) -> impl DoubleEndedIterator<Item = usize> {
        let keys = self.list.keys();
        // All are looked at, several at once; mostly there is none.
        let any = keys.iter().fold(false, |any, key| any | (key.hash == entry.key.hash));
        let keys = if any { keys } else { &[] };
        let hashes = keys.iter().enumerate().filter(|(_, key)| key.hash == entry.key.hash);
        let is_same = |text| self.kind.is_same(text, &entry.text);
        hashes.map(|(index, _)| index).filter(move |&index| self.text(index).is_some_and(is_same))
    }

    fn positions(&self, entry: &Entry) -> Vec<usize> {
        self.same(entry).collect()
    }

    fn first(&self, entry: &Entry) -> Option<usize> {
        self.same(entry).next()
    }

    fn last(&self, entry: &Entry) -> Option<usize> {
        self.same(entry).next_back()
    }

    /// Whether the entry is this, with nothing more in it.
    fn holds(&self, index: usize, entry: &Entry) -> bool {
        self.text(index)
            .is_some_and(|text| *text == *entry.text || value_of(text) == value_of(&entry.text))
    }

    fn push(&mut self, entry: Entry) {
        self.note(self.list.items().len(), Some(&entry));
        self.list.push(entry, self.source);
    }

    fn replace(&mut self, index: usize, entry: Entry) {
        self.note(index, Some(&entry));
        self.list.replace(index, entry);
    }

    fn remove(&mut self, index: usize) {
        self.note(index, None);
        self.list.remove(index);
    }

    /// Notes a change, before it is made.
    fn note(&mut self, index: usize, after: Option<&Entry>) {
        let before = self.list.items().get(index);
        self.changes.push(Change {
            pointer: Pointer::entry(self.kind, index),
            before: before.map(|item| Json::of(&item.value, self.source)),
            after: after.map(|entry| Json::new(Arc::clone(&entry.text))),
        });
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
    let mut list = List::default();
    let close = scanner.array(|scanner, separator| {
        let start = scanner.position();
        scanner.value()?;
        let value = Text::Source(start..scanner.position());
        let identity = kind.identity(value.of(source)).map_err(|error| {
            wrong_type(format!("{}/{}", kind.pointer(), list.items().len()), &plain(&error))
        })?;
        let key = identity.key();
        list.push_read(Text::Source(separator), value, key);
        Ok(())
    })?;
    list.close = Text::Source(close);
    Ok(list)
}
