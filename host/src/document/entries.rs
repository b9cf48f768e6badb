//! A list of a document while it is edited: found or made, and changed entry by entry.

use std::sync::Arc;

use super::change::value_of;
use super::list::{Entry, Identity, ListKind};
use super::read::{find, not_an_object, plain, wrong_type};
use super::scan::Scanner;
use super::tree::{List, Node, Object, Text};
use super::{Change, Document, DocumentError, Edit, Json, Pointer, RuleRef};

/// Takes a list out of a document to put something into it: made where it is absent or `null`. Until it
/// is put back, something that is no list holds its place. It has room for more entries.
pub(super) fn open(
    document: &mut Document,
    kind: ListKind,
    more: usize,
) -> Result<Arc<List>, DocumentError> {
    let (path, key) = kind.place();
    let Document { root, source, .. } = document;
    // Read before anything is made: a list that cannot be used leaves the document as it was.
    let expanded = match find(root, path, source)?.and_then(|object| object.get(key)) {
        Some(Node::List(_)) => None,
        Some(node) if !node.is_null(source) => Some(expand(node, kind, source)?),
        _ => Some(List::default()),
    };
    let object = make_object(root, path, source)?;
    let taken = if let Some(node) = object.get_mut(key) {
        Some(std::mem::replace(node, placeholder()))
    } else {
        object.put(key, placeholder(), source);
        None
    };
    let mut list = match (expanded, taken) {
        (Some(list), _) => Arc::new(list),
        (None, Some(Node::List(list))) => list,
        // Not so: what is no list was expanded.
        (None, _) => return Err(wrong_type(kind.pointer(), "expected an array")),
    };
    match Arc::get_mut(&mut list) {
        Some(list) => list.reserve(more),
        None => list = Arc::new(list.with_room(more)),
    }
    Ok(list)
}

/// A copy of a list, with room for more entries: an empty one where it is absent or `null`.
pub(super) fn copy(
    document: &Document,
    kind: ListKind,
    more: usize,
) -> Result<Arc<List>, DocumentError> {
    let (path, key) = kind.place();
    let Document { root, source, .. } = document;
    let mut list = match find(root, path, source)?.and_then(|object| object.get(key)) {
        Some(Node::List(list)) => return Ok(Arc::new(list.with_room(more))),
        Some(node) if !node.is_null(source) => expand(node, kind, source)?,
        _ => List::default(),
    };
    list.reserve(more);
    Ok(Arc::new(list))
}

/// Holds the place of a list that was copied, where there is none.
pub(super) fn place(document: &mut Document, kind: ListKind) -> Result<(), DocumentError> {
    let (path, key) = kind.place();
    let Document { root, source, .. } = document;
    let object = make_object(root, path, source)?;
    if object.get(key).is_none() {
        object.put(key, placeholder(), source);
    }
    Ok(())
}

fn placeholder() -> Node {
    Node::Raw(Text::Source(0..0))
}

/// What an entry is made of.
pub(super) enum Of<'e> {
    Edit(&'e Edit),
    /// A device node at this path.
    Node(&'e str),
    Rule(&'e RuleRef<'e>),
}

impl<'e> Of<'e> {
    fn identity(&self) -> Option<Identity<'e>> {
        match self {
            Self::Edit(edit) => Identity::of(edit),
            Self::Node(path) => Some(Identity::Path((*path).into())),
            Self::Rule(rule) => Some(Identity::Rule((*rule).clone())),
        }
    }
}

/// An entry to put into a list.
struct New<'e> {
    entry: Entry,
    of: Of<'e>,
}

/// A list that is being edited, and where its changes are noted.
pub(super) struct Entries<'a> {
    pub(super) kind: ListKind,
    pub(super) list: &'a mut List,
    pub(super) source: &'a Arc<str>,
    pub(super) changes: &'a mut Vec<Change>,
}

impl Entries<'_> {
    /// Puts an entry in, as the kind of the list has it. What is there already changes nothing.
    #[inline]
    pub(super) fn put(&mut self, entry: Entry, of: Of<'_>) {
        // Mostly nothing like it is there. To count all is quicker than to look for the first: the
        // processor does several at once.
        let hash = entry.key.hash;
        let count: u32 = self.list.keys().iter().map(|key| u32::from(key.hash == hash)).sum();
        if count > 0 {
            self.put_beside(New { entry, of });
        } else {
            self.push(entry);
        }
    }

    /// Puts an entry in where there may be one like it.
    fn put_beside(&mut self, new: New<'_>) {
        match self.kind {
            ListKind::Env => self.set(new),
            ListKind::Mounts => self.put_mount(new),
            ListKind::DeviceNodes => self.put_device_node(new),
            ListKind::DeviceRules => self.add_device_rule(new),
            ListKind::Hooks(_) | ListKind::Gids => {
                if self.last(&new).is_none() {
                    self.push(new.entry);
                }
            }
        }
    }

    fn set(&mut self, new: New<'_>) {
        // Of several with this name the runtimes use the last.
        match self.last(&new) {
            None => self.push(new.entry),
            Some(index) if self.holds(index, &new) => {}
            Some(index) => self.replace(index, new),
        }
    }

    fn put_mount(&mut self, new: New<'_>) {
        // The last one at a destination is the one that is seen.
        match self.last(&new) {
            None => {}
            Some(last) if self.holds(last, &new) => return,
            Some(last) => self.remove(self.first(&new).unwrap_or(last)),
        }
        self.push(new.entry);
    }

    fn put_device_node(&mut self, new: New<'_>) {
        match self.positions(&new).as_slice() {
            [] => self.push(new.entry),
            [only] if self.holds(*only, &new) => {}
            [only] => {
                self.remove(*only);
                self.push(new.entry);
            }
            // As the CDI library does: the first goes, the second becomes the new one. It keeps a
            // third, so that the next time is different again; that goes too.
            [first, second, rest @ ..] => {
                self.replace(*second, new);
                rest.iter().rev().for_each(|index| self.remove(*index));
                self.remove(*first);
            }
        }
    }

    fn add_device_rule(&mut self, new: New<'_>) {
        // Later rules win, so one before a rule that denies may have no effect.
        let last_denial = self.list.keys().iter().rposition(|key| key.rank > 0).unwrap_or_default();
        if self.last(&new).is_none_or(|index| index < last_denial) {
            self.push(new.entry);
        }
    }

    /// Removes the hooks whose program is this path; whether that leaves an empty list.
    pub(super) fn remove_hooks(&mut self, path: &str) -> bool {
        let before = self.list.items().len();
        // From the end, so that each pointer is where the entry stood.
        for index in (0..self.list.items().len()).rev() {
            let identity = self.text(index).map(|text| self.kind.identity(text));
            if matches!(identity, Some(Ok(Identity::Hook(hook))) if hook.path == path) {
                self.remove(index);
            }
        }
        before > 0 && self.list.items().is_empty()
    }

    fn text(&self, index: usize) -> Option<&str> {
        self.list.items().get(index).map(|item| item.value.of(self.source))
    }

    /// Where entries of the same identity stand.
    fn same(&self, new: &New<'_>) -> impl DoubleEndedIterator<Item = usize> {
        let hash = new.entry.key.hash;
        let hashes = self.list.keys().iter().enumerate().filter(move |(_, key)| key.hash == hash);
        let is_same = move |text: &str| {
            *text == *new.entry.text
                || self.kind.identity(text).is_ok_and(|known| new.of.identity() == Some(known))
        };
        hashes.map(|(index, _)| index).filter(move |&index| self.text(index).is_some_and(is_same))
    }

    fn positions(&self, new: &New<'_>) -> Vec<usize> {
        self.same(new).collect()
    }

    fn first(&self, new: &New<'_>) -> Option<usize> {
        self.same(new).next()
    }

    fn last(&self, new: &New<'_>) -> Option<usize> {
        self.same(new).next_back()
    }

    /// Whether the entry is this, with nothing more in it.
    fn holds(&self, index: usize, new: &New<'_>) -> bool {
        self.text(index).is_some_and(|text| {
            *text == *new.entry.text || value_of(text) == value_of(&new.entry.text)
        })
    }

    fn push(&mut self, entry: Entry) {
        let pointer = Pointer::entry(self.kind, self.list.items().len());
        let after = Some(Json::new(Arc::clone(&entry.text)));
        self.changes.push(Change { pointer, before: None, after });
        self.list.push(entry, self.source);
    }

    fn replace(&mut self, index: usize, new: New<'_>) {
        self.note(index, Some(&new));
        self.list.replace(index, new.entry);
    }

    fn remove(&mut self, index: usize) {
        self.note(index, None);
        self.list.remove(index);
    }

    /// Notes a change of an entry, before it is made.
    fn note(&mut self, index: usize, after: Option<&New<'_>>) {
        let before = self.list.items().get(index);
        self.changes.push(Change {
            pointer: Pointer::entry(self.kind, index),
            before: before.map(|item| Json::of(&item.value, self.source)),
            after: after.map(|new| Json::new(Arc::clone(&new.entry.text))),
        });
    }
}

/// Sorts mounts. The change, if any, lists the destinations only: entries of a list that moved are still
/// themselves. It shares the list, which is copied should it be changed again.
pub(super) fn sort(list: &mut Arc<List>, source: &Arc<str>) -> Option<Change> {
    if list.keys().is_sorted_by_key(|key| key.rank) {
        return None;
    }
    let from = Arc::make_mut(list).sort();
    let (before, after) = Json::destinations(Arc::clone(list), from, Arc::clone(source));
    let pointer = Pointer::list(ListKind::Mounts);
    Some(Change { pointer, before: Some(before), after: Some(after) })
}

/// The object at the end of a path that [`find`] did not refuse. What is absent or `null` on the way is
/// made, which cannot fail half-way: nothing lies below it.
pub(super) fn make_object<'a>(
    root: &'a mut Arc<Object>,
    path: &[&str],
    source: &str,
) -> Result<&'a mut Object, DocumentError> {
    let mut object = Arc::make_mut(root);
    for (depth, name) in path.iter().enumerate() {
        object = object.make_below(name, source).ok_or_else(|| not_an_object(path, depth))?;
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
        let identity = kind.pass(scanner)?;
        let value = Text::Source(start..scanner.position());
        let identity =
            identity.map_or_else(|| kind.read(value.of(source)), Ok).map_err(|error| {
                wrong_type(format!("{}/{}", kind.pointer(), list.items().len()), &plain(&error))
            })?;
        let key = identity.key();
        list.push_read(Text::Source(separator), value, key);
        Ok(())
    })?;
    list.close = Text::Source(close);
    Ok(list)
}

/// A longer list is not expanded before it is edited: its entries take more room than its text.
const LONGEST_AT_ONCE: usize = 4096;

/// Passes a list; its entries, where what each is known by is plain to see.
pub(super) fn pass(kind: ListKind, scanner: &mut Scanner) -> Result<Node, DocumentError> {
    let start = scanner.position();
    let mut list = List::default();
    let mut is_plain = true;
    let close = scanner.array(|scanner, separator| {
        if !is_plain {
            return scanner.value();
        }
        let start = scanner.position();
        match kind.pass(scanner)? {
            Some(identity) if list.items().len() < LONGEST_AT_ONCE => {
                let value = Text::Source(start..scanner.position());
                list.push_read(Text::Source(separator), value, identity.key());
            }
            _ => is_plain = false,
        }
        Ok(())
    })?;
    if !is_plain {
        return Ok(Node::Raw(Text::Source(start..scanner.position())));
    }
    list.close = Text::Source(close);
    Ok(Node::List(Arc::new(list)))
}
