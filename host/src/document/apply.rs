//! Applying edits: what each becomes, and where it is put.

use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

use super::change::value_of;
use super::entries::{self, Entries, Of, make_object};
use super::list::{Entry, Identity, ListKind};
use super::read::find;
use super::shape::child;
use super::tree::{List, Node, Object, Text};
use super::{Change, Document, DocumentError, Edit, Json, NodeRef, Pointer, RuleRef, entry};

type Done = Result<(), DocumentError>;

/// Why an entry is not put: the list cannot take it, or it cannot be written, in words.
type Why = Result<DocumentError, Cow<'static, str>>;

impl Document {
    /// Applies one edit and says what it changed: nothing where the document says so already.
    ///
    /// Objects and lists that are absent or `null` are made when there is something to put into them.
    /// The same edits applied again leave the text as it is, if no two of them set the same key to
    /// different values and mounts are ordered after the last one is put. After an error the text is as
    /// it was.
    pub fn apply(&mut self, edit: &Edit) -> Result<Vec<Change>, DocumentError> {
        self.edit(|editor| editor.apply(slice::from_ref(edit)).map(|()| editor.take_changes()))
    }

    /// Applies edits in one go. After an error those before it stand.
    pub(crate) fn edit<T>(&mut self, edits: impl FnOnce(&mut Editor<'_>) -> T) -> T {
        let mut editor = Editor::new(self, Before::Forgotten);
        let done = edits(&mut editor);
        editor.close();
        done
    }

    /// Applies edits in one go, all of them or none: after an error the document is as it was.
    pub(crate) fn edit_wholly<T, E>(
        &mut self,
        edits: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut editor = Editor::new(self, Before::Untouched);
        let done = edits(&mut editor);
        match (&done, editor.before) {
            (Ok(_), before) => Editor { before, ..editor }.close(),
            // What was changed are copies.
            (Err(_), Before::Untouched | Before::Forgotten) => {}
            (Err(_), Before::Was(root)) => editor.document.root = root,
        }
        done
    }
}

/// A list that is opened gets room for at least so many entries more.
const ROOM: usize = 16;

/// A document while it is edited: each list is looked up once for all edits that put something into it,
/// and held here until the end.
pub(crate) struct Editor<'d> {
    document: &'d mut Document,
    before: Before,
    open: Vec<(ListKind, Arc<List>)>,
    /// Room to write an entry.
    text: String,
    changes: Vec<Change>,
}

/// What the document was before it was edited.
enum Before {
    /// Nobody will ask.
    Forgotten,
    /// As it still is: lists are copied to be edited, and have their place when all is done. So an object
    /// that nobody shares need not be copied.
    Untouched,
    /// This.
    Was(Arc<Object>),
}

impl<'d> Editor<'d> {
    fn new(document: &'d mut Document, before: Before) -> Self {
        let (open, text, changes) = (Vec::new(), String::new(), Vec::new());
        Self { document, before, open, text, changes }
    }
}

impl Editor<'_> {
    /// What has been changed since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Makes room for so many changes.
    pub(crate) fn reserve(&mut self, changes: usize) {
        self.changes.reserve(changes);
    }

    /// [`Document::apply`] of one edit after the other. After an error those before it stand.
    pub(crate) fn apply(&mut self, edits: &[Edit]) -> Done {
        let is_row = |one: &Edit, next: &Edit| ListKind::of(one) == ListKind::of(next);
        edits.chunk_by(is_row).try_for_each(|row| match row.first().and_then(ListKind::of) {
            Some(kind) => self.put(kind, row),
            None => row.iter().try_for_each(|edit| self.other(edit)),
        })
    }

    /// Puts a device node, and a rule for it. After an error the document is as it was, but for the
    /// node if it is the rule that is wrong.
    pub(crate) fn put_device(&mut self, node: &NodeRef<'_>, rule: Option<&RuleRef<'_>>) -> Done {
        let kind = ListKind::DeviceNodes;
        let made = node_entry(node, &mut self.text).map_err(|why| invalid(kind.pointer(), why))?;
        self.list(kind, 1)?.put(made, Of::Node(node.path));
        let Some(rule) = rule else { return Ok(()) };
        let kind = ListKind::DeviceRules;
        let made = rule_entry(rule, &mut self.text).map_err(|why| invalid(kind.pointer(), why))?;
        self.list(kind, 1)?.put(made, Of::Rule(rule));
        Ok(())
    }

    /// Puts entries into a list.
    fn put(&mut self, kind: ListKind, edits: &[Edit]) -> Done {
        let mut text = std::mem::take(&mut self.text);
        let done = self.put_with(kind, edits, &mut text);
        self.text = text;
        done.map_err(|why| why.unwrap_or_else(|why| invalid(kind.pointer(), why)))
    }

    fn put_with(&mut self, kind: ListKind, edits: &[Edit], text: &mut String) -> Result<(), Why> {
        let [first, rest @ ..] = edits else { return Ok(()) };
        // Made before the list, which is not made for an edit that cannot be written.
        let made = entry(first, text).map_err(Err)?;
        let mut list = self.list(kind, edits.len()).map_err(Ok)?;
        list.put(made, Of::Edit(first));
        for edit in rest {
            list.put(entry(edit, text).map_err(Err)?, Of::Edit(edit));
        }
        Ok(())
    }

    /// A list to put so many entries into.
    fn list(&mut self, kind: ListKind, more: usize) -> Result<Entries<'_>, DocumentError> {
        let index = self.opened(kind, more)?;
        let (source, changes) = (&self.document.source, &mut self.changes);
        match self.open.get_mut(index) {
            Some((_, list)) => Ok(Entries { kind, list: Arc::make_mut(list), source, changes }),
            None => Err(invalid(kind.pointer(), "it is not open")),
        }
    }

    /// Where a list stands among those that are open, which it is then, with room for so many entries.
    fn opened(&mut self, kind: ListKind, more: usize) -> Result<usize, DocumentError> {
        if let Some(index) = self.position(kind) {
            return Ok(index);
        }
        let more = more.max(ROOM);
        let list = match self.before {
            Before::Untouched => entries::copy(self.document, kind, more)?,
            Before::Forgotten | Before::Was(_) => entries::open(self.document, kind, more)?,
        };
        self.open.push((kind, list));
        Ok(self.open.len() - 1)
    }

    /// Where a list stands among those that are open.
    fn position(&self, kind: ListKind) -> Option<usize> {
        self.open.iter().position(|(open, _)| *open == kind)
    }

    /// Whether the document has a list.
    fn has(&self, kind: ListKind) -> Result<bool, DocumentError> {
        let (path, key) = kind.place();
        let Document { root, source, .. } = &*self.document;
        let node = || Ok(find(root, path, source)?.and_then(|object| object.get(key)));
        let is_there = |node: Option<&Node>| node.is_some_and(|node| !node.is_null(source));
        Ok(self.position(kind).is_some() || is_there(node()?))
    }

    /// Before something else than a list is changed: keeps the document as it is, if it may have to be that
    /// again, and gives lists that have none their place, for keys stand in the order of the edits.
    fn touch(&mut self) -> Done {
        if let Before::Untouched = self.before {
            self.before = Before::Was(Arc::clone(&self.document.root));
            self.open.iter().try_for_each(|(kind, _)| entries::place(self.document, *kind))?;
        }
        Ok(())
    }

    /// Takes a list out of the document.
    fn drop_list(&mut self, kind: ListKind) -> Done {
        self.touch()?;
        self.open.retain(|(open, _)| *open != kind);
        let Document { root, source, .. } = &mut *self.document;
        let (path, key) = kind.place();
        make_object(root, path, source)?.remove(key);
        Ok(())
    }

    /// Puts the lists back.
    fn close(self) {
        let Document { root, source, .. } = self.document;
        for (kind, list) in self.open {
            let (path, key) = kind.place();
            // Nothing stands in the way: that was found when it was opened.
            if let Ok(object) = make_object(root, path, source) {
                object.put(key, Node::List(list), source);
            }
        }
    }

    /// Applies an edit that puts nothing into a list.
    fn other(&mut self, edit: &Edit) -> Done {
        match edit {
            Edit::SortMounts => {
                if self.has(ListKind::Mounts)? {
                    let index = self.opened(ListKind::Mounts, 0)?;
                    let list = self.open.get_mut(index).map(|(_, list)| list);
                    let change = list.and_then(|list| entries::sort(list, &self.document.source));
                    self.changes.extend(change);
                }
                Ok(())
            }
            Edit::RemoveHooks { point, path } => {
                let kind = ListKind::Hooks(*point);
                // An empty list of hooks is left out, as runtimes write it.
                if self.has(kind)? && self.list(kind, 0)?.remove_hooks(path) {
                    self.drop_list(kind)?;
                }
                Ok(())
            }
            Edit::PutNetDevice { host_name, name } => {
                let entry = entry::net_device(name);
                self.put_member(&["linux", "netDevices"], host_name, entry)
            }
            Edit::SetRdt(rdt) => self.put_member(&["linux"], "intelRdt", entry::intel_rdt(rdt)),
            Edit::SetEnv { .. }
            | Edit::PutDeviceNode(_)
            | Edit::AddDeviceRule(_)
            | Edit::PutMount(_)
            | Edit::AddHook { .. }
            | Edit::AddGid(_) => Ok(()),
        }
    }

    fn put_member(&mut self, path: &[&str], key: &str, entry: String) -> Done {
        let at = || child(&path.iter().fold(String::new(), |p, name| p + "/" + name), key);
        if key.is_empty() {
            return Err(invalid(at(), "the name is empty"));
        }
        find(&self.document.root, path, &self.document.source)?;
        self.touch()?;
        let Document { root, source, .. } = &mut *self.document;
        let object = make_object(root, path, source)?;
        let before = object.get(key).map(|node| match node {
            Node::Raw(text) => Json::of(text, source),
            node => Json::new(node.text(source).into()),
        });
        if before.as_ref().is_some_and(|before| before.value() == value_of(&entry)) {
            return Ok(());
        }
        let entry: std::sync::Arc<str> = entry.into();
        object.put(key, Node::Raw(Text::New(entry.clone())), source);
        let pointer = Pointer::member(at());
        self.changes.push(Change { pointer, before, after: Some(Json::new(entry)) });
        Ok(())
    }
}

/// The entry that an edit puts into a list, or why there is none, in words. `text` is room to write it.
fn entry(edit: &Edit, text: &mut String) -> Result<Entry, Cow<'static, str>> {
    text.clear();
    match edit {
        Edit::SetEnv { name, value } => {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                return Err(
                    "a variable's name is not empty and has no `=`, and neither part has a \
                            NUL"
                    .into(),
                );
            }
            entry::variable(text, name, value);
            Ok(Entry::new(text, &Identity::Variable(Cow::Borrowed(name))))
        }
        Edit::PutDeviceNode(node) => Ok(node_entry(&node.into(), text)?),
        Edit::AddDeviceRule(rule) => Ok(rule_entry(&rule.into(), text)?),
        Edit::PutMount(mount) if mount.destination.is_empty() => {
            Err("it has no destination".into())
        }
        Edit::PutMount(mount) => Ok(mount.entry()),
        Edit::AddHook { hook, .. } if hook.path.is_empty() => Err("it has no program".into()),
        Edit::AddHook { hook, .. } => Ok(hook.entry()),
        Edit::AddGid(gid) => {
            entry::push_number(text, (*gid).into());
            Ok(Entry::new(text, &Identity::Gid(*gid)))
        }
        Edit::SortMounts
        | Edit::RemoveHooks { .. }
        | Edit::PutNetDevice { .. }
        | Edit::SetRdt(_) => Err("it puts nothing into a list".into()),
    }
}

fn node_entry(node: &NodeRef<'_>, text: &mut String) -> Result<Entry, String> {
    text.clear();
    entry::device_node(text, node)?;
    Ok(Entry::new(text, &Identity::Path(Cow::Borrowed(node.path))))
}

fn rule_entry(rule: &RuleRef<'_>, text: &mut String) -> Result<Entry, String> {
    text.clear();
    entry::device_rule(text, rule)?;
    Ok(Entry::new(text, &Identity::Rule(rule.clone())))
}

fn invalid(pointer: String, why: impl Into<String>) -> DocumentError {
    DocumentError::InvalidEdit { pointer, why: why.into() }
}
