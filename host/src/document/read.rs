//! The views: what a document says, parsed from its text when it is asked for.

use serde::de::DeserializeOwned;

use super::fields::any_has;
use super::list::{ListKind, pointer};
use super::scan::Scanner;
use super::tree::{Node, Object, Text};
use super::wire::{self, Pairs, Strict};
use super::{
    Capabilities, DeviceNode, DeviceRule, Document, DocumentError, EnvEntry, Hook, HookPoint,
    Mount, Namespace, User,
};

impl Document {
    /// `process.env`, in order; a name that stands more than once is there as often.
    pub fn env(&self) -> Result<Vec<EnvEntry>, DocumentError> {
        let entries: Vec<String> = self.list(ListKind::Env)?;
        Ok(entries.into_iter().map(env_entry).collect())
    }

    /// `annotations`, sorted by key.
    pub fn annotations(&self) -> Result<Vec<(String, String)>, DocumentError> {
        let pairs = self.value::<Pairs>(&[], "annotations")?;
        Ok(pairs.map(|Pairs(pairs)| pairs).unwrap_or_default())
    }

    /// `mounts`, in order.
    pub fn mounts(&self) -> Result<Vec<Mount>, DocumentError> {
        self.objects::<wire::Mount, _>(ListKind::Mounts)
    }

    /// `hooks` of one point, in order.
    pub fn hooks(&self, point: HookPoint) -> Result<Vec<Hook>, DocumentError> {
        self.objects::<wire::Hook, _>(ListKind::Hooks(point))
    }

    /// `linux.devices`, in order.
    pub fn device_nodes(&self) -> Result<Vec<DeviceNode>, DocumentError> {
        self.objects::<wire::DeviceNode, _>(ListKind::DeviceNodes)
    }

    /// `linux.resources.devices`, in order.
    pub fn device_rules(&self) -> Result<Vec<DeviceRule>, DocumentError> {
        self.objects::<wire::DeviceRule, _>(ListKind::DeviceRules)
    }

    /// `process.user`; `None` where there is no `process`. What it leaves out is 0, as runtimes have it.
    pub fn user(&self) -> Result<Option<User>, DocumentError> {
        if find(&self.root, &["process"], &self.source)?.is_none() {
            return Ok(None);
        }
        Ok(Some(User {
            uid: self.value(&["process", "user"], "uid")?.unwrap_or_default(),
            gid: self.value(&["process", "user"], "gid")?.unwrap_or_default(),
            additional_gids: self.list(ListKind::Gids)?,
        }))
    }

    /// `process.capabilities`; none where there are none.
    pub fn capabilities(&self) -> Result<Capabilities, DocumentError> {
        let sets = self.value::<Strict<wire::Capabilities>>(&["process"], "capabilities")?;
        Ok(sets.map(|Strict(sets)| sets.into()).unwrap_or_default())
    }

    /// `linux.namespaces`, in order.
    pub fn namespaces(&self) -> Result<Vec<Namespace>, DocumentError> {
        let list = self.value::<Vec<Strict<wire::Namespace>>>(&["linux"], "namespaces")?;
        Ok(list.unwrap_or_default().into_iter().map(|Strict(namespace)| namespace.into()).collect())
    }

    /// Whether `linux.namespaces` has one of this type.
    pub(crate) fn has_namespace(&self, kind: &str) -> Result<bool, DocumentError> {
        let text = self.node(&["linux"], "namespaces")?.map(|node| node.text(&self.source));
        match text.and_then(|text| any_has(&text, "type", kind, "path")) {
            Some(any) => Ok(any),
            // None at all, or what only `serde_json` reads.
            None => Ok(self.namespaces()?.iter().any(|namespace| namespace.kind == kind)),
        }
    }

    /// The value of a key; `None` where it is absent or `null`.
    fn node(&self, path: &[&str], key: &str) -> Result<Option<&Node>, DocumentError> {
        let object = find(&self.root, path, &self.source)?;
        let node = object.and_then(|object| object.get(key));
        Ok(node.filter(|node| !node.is_null(&self.source)))
    }

    fn value<T: DeserializeOwned>(
        &self,
        path: &[&str],
        key: &str,
    ) -> Result<Option<T>, DocumentError> {
        match self.node(path, key)? {
            Some(node) => parse(&node.text(&self.source), || pointer(path, key)).map(Some),
            None => Ok(None),
        }
    }

    fn objects<W: DeserializeOwned, T: From<W>>(
        &self,
        kind: ListKind,
    ) -> Result<Vec<T>, DocumentError> {
        let list: Vec<Strict<W>> = self.list(kind)?;
        Ok(list.into_iter().map(|Strict(entry)| entry.into()).collect())
    }

    fn list<T: DeserializeOwned>(&self, kind: ListKind) -> Result<Vec<T>, DocumentError> {
        let (path, key) = kind.place();
        match self.node(path, key)? {
            None => Ok(Vec::new()),
            Some(Node::List(list)) => {
                let entry = |(index, text): (usize, &Text)| {
                    parse(text.of(&self.source), || format!("{}/{index}", kind.pointer()))
                };
                list.items().iter().map(|item| &item.value).enumerate().map(entry).collect()
            }
            Some(node) => {
                let text = node.text(&self.source);
                match serde_json::from_str(&text) {
                    Ok(list) => Ok(list),
                    Err(_) => entry_by_entry(&text, kind),
                }
            }
        }
    }
}

/// Parses a list again to name the entry that is wrong.
fn entry_by_entry<T: DeserializeOwned>(
    text: &str,
    kind: ListKind,
) -> Result<Vec<T>, DocumentError> {
    let mut scanner = Scanner::new(text, 0);
    if scanner.peek() != Some(b'[') {
        return Err(wrong_type(kind.pointer(), "expected an array"));
    }
    let mut entries = Vec::new();
    scanner.array(|scanner, _| {
        let start = scanner.position();
        scanner.value()?;
        let entry = text.get(start..scanner.position()).unwrap_or_default();
        entries.push(parse(entry, || format!("{}/{}", kind.pointer(), entries.len()))?);
        Ok(())
    })?;
    Ok(entries)
}

fn parse<T: DeserializeOwned>(
    text: &str,
    pointer: impl FnOnce() -> String,
) -> Result<T, DocumentError> {
    serde_json::from_str(text).map_err(|error| wrong_type(pointer(), &plain(&error)))
}

/// What `serde_json` says, without the line and column, which count from the value's own beginning.
pub(super) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// The object at the end of a path of keys; `None` where it is absent or `null`.
pub(super) fn find<'a>(
    root: &'a Object,
    path: &[&str],
    source: &str,
) -> Result<Option<&'a Object>, DocumentError> {
    let mut object = root;
    for (depth, name) in path.iter().enumerate() {
        object = match object.get(name) {
            Some(Node::Object(below)) => below,
            None => return Ok(None),
            Some(node) if node.is_null(source) => return Ok(None),
            Some(_) => return Err(not_an_object(path, depth)),
        };
    }
    Ok(Some(object))
}

/// Of the key at a depth of a path.
pub(super) fn not_an_object(path: &[&str], depth: usize) -> DocumentError {
    let (above, name) = (path.get(..depth).unwrap_or_default(), path.get(depth));
    wrong_type(pointer(above, name.copied().unwrap_or_default()), "expected an object")
}

pub(super) fn wrong_type(pointer: String, why: &str) -> DocumentError {
    DocumentError::WrongType { pointer, why: why.to_owned() }
}

fn env_entry(entry: String) -> EnvEntry {
    match entry.split_once('=') {
        Some((name, value)) => EnvEntry { name: name.to_owned(), value: Some(value.to_owned()) },
        None => EnvEntry { name: entry, value: None },
    }
}
