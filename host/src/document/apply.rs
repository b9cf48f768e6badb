//! Applying edits: what each becomes, and where it is put.

use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

use super::change::value_of;
use super::entries::make_object;
use super::list::{Entry, Identity, ListKind};
use super::read::find;
use super::shape::child;
use super::tree::{Node, Text};
use super::{Change, Document, DocumentError, Edit, Json, Pointer, entry};

type Done = Result<(), DocumentError>;

impl Document {
    /// Applies one edit and says what it changed: nothing where the document says so already.
    ///
    /// Objects and lists that are absent or `null` are made when there is something to put into them.
    /// The same edits applied again leave the text as it is, if no two of them set the same key to
    /// different values and mounts are ordered after the last one is put. After an error the text is as
    /// it was.
    pub fn apply(&mut self, edit: &Edit) -> Result<Vec<Change>, DocumentError> {
        let mut changes = Vec::new();
        self.apply_all(slice::from_ref(edit), &mut changes)?;
        Ok(changes)
    }

    /// [`Document::apply`] of one after the other. Each list is looked up once for all edits in a row
    /// that put something into it. After an error those before it stand.
    pub(crate) fn apply_all(&mut self, edits: &[Edit], changes: &mut Vec<Change>) -> Done {
        let is_row = |one: &Edit, next: &Edit| {
            let list = ListKind::of(one);
            list.is_some() && list == ListKind::of(next)
        };
        edits.chunk_by(is_row).try_for_each(|row| match row.first().and_then(ListKind::of) {
            Some(kind) => self.put(kind, row, changes),
            None => row.iter().try_for_each(|edit| self.other(edit, changes)),
        })
    }

    /// Puts entries into a list.
    fn put(&mut self, kind: ListKind, edits: &[Edit], changes: &mut Vec<Change>) -> Done {
        let entry = |edit| entry(edit).map_err(|why| invalid(kind.pointer(), why));
        let [first, rest @ ..] = edits else { return Ok(()) };
        // Made before the list, which is not made for an edit that cannot be written.
        let made = entry(first)?;
        let mut list = self.writable(kind, changes)?;
        list.reserve(edits.len());
        list.put(made, first);
        for edit in rest {
            list.put(entry(edit)?, edit);
        }
        Ok(())
    }

    /// Applies an edit that puts nothing into a list.
    fn other(&mut self, edit: &Edit, changes: &mut Vec<Change>) -> Done {
        match edit {
            Edit::SortMounts => {
                if let Some(mut list) = self.existing(ListKind::Mounts, changes)? {
                    list.sort();
                }
                Ok(())
            }
            Edit::RemoveHooks { point, path } => {
                if let Some(mut list) = self.existing(ListKind::Hooks(*point), changes)? {
                    list.remove_hooks(path);
                }
                Ok(())
            }
            Edit::PutNetDevice { host_name, name } => {
                let entry = entry::net_device(name);
                self.put_member(&["linux", "netDevices"], host_name, entry, changes)
            }
            Edit::SetRdt(rdt) => {
                self.put_member(&["linux"], "intelRdt", entry::intel_rdt(rdt), changes)
            }
            Edit::SetEnv { .. }
            | Edit::PutDeviceNode(_)
            | Edit::AddDeviceRule(_)
            | Edit::PutMount(_)
            | Edit::AddHook { .. }
            | Edit::AddGid(_) => Ok(()),
        }
    }

    fn put_member(
        &mut self,
        path: &[&str],
        key: &str,
        entry: String,
        changes: &mut Vec<Change>,
    ) -> Done {
        let at = || child(&path.iter().fold(String::new(), |p, name| p + "/" + name), key);
        if key.is_empty() {
            return Err(invalid(at(), "the name is empty"));
        }
        let source = &self.source;
        find(&self.root, path, source)?;
        let object = make_object(&mut self.root, path, source)?;
        let before = object.get(key).map(|node| match node {
            Node::Raw(text) => Json::of(text, source),
            node => Json::new(node.text(source).into()),
        });
        if before.as_ref().is_some_and(|before| before.value() == value_of(&entry)) {
            return Ok(());
        }
        let entry: Arc<str> = entry.into();
        object.put(key, Node::Raw(Text::New(Arc::clone(&entry))), source);
        let pointer = Pointer::member(at());
        changes.push(Change { pointer, before, after: Some(Json::new(entry)) });
        Ok(())
    }
}

/// The entry that an edit puts into a list, or why there is none, in words.
fn entry(edit: &Edit) -> Result<Entry, Cow<'static, str>> {
    let path = |path| Identity::Path(Cow::Borrowed(path));
    match edit {
        Edit::SetEnv { name, value } => {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                return Err(
                    "a variable's name is not empty and has no `=`, and neither part has a \
                            NUL"
                    .into(),
                );
            }
            let text = entry::text(&format!("{name}={value}"));
            Ok(Entry::new(text, &Identity::Variable(Cow::Borrowed(name))))
        }
        Edit::PutDeviceNode(node) => {
            Ok(Entry::new(entry::device_node(node)?, &path(node.path.as_str())))
        }
        Edit::AddDeviceRule(rule) => {
            Ok(Entry::new(entry::device_rule(rule)?, &Identity::Rule(Cow::Borrowed(rule))))
        }
        Edit::PutMount(mount) if mount.destination.is_empty() => {
            Err("it has no destination".into())
        }
        Edit::PutMount(mount) => Ok(mount.entry()),
        Edit::AddHook { hook, .. } if hook.path.is_empty() => Err("it has no program".into()),
        Edit::AddHook { hook, .. } => Ok(hook.entry()),
        Edit::AddGid(gid) => Ok(Entry::new(gid.to_string(), &Identity::Gid(*gid))),
        Edit::SortMounts
        | Edit::RemoveHooks { .. }
        | Edit::PutNetDevice { .. }
        | Edit::SetRdt(_) => Err("it puts nothing into a list".into()),
    }
}

fn invalid(pointer: String, why: impl Into<String>) -> DocumentError {
    DocumentError::InvalidEdit { pointer, why: why.into() }
}
