//! Applying an edit: what it finds, what it writes, and what it reports as changed.

use std::sync::Arc;

use serde_json::Value;

use super::list::{Identity, ListKind};
use super::read::{find, not_an_object, plain, wrong_type};
use super::scan::Scanner;
use super::shape::child;
use super::tree::{Item, List, Node, Object, Text};
use super::{
    Change, DeviceNode, DeviceRule, Document, DocumentError, Edit, Hook, HookPoint, Mount, entry,
};

type Changes = Result<Vec<Change>, DocumentError>;

impl Document {
    /// Applies one edit and says what it changed: nothing where the document says so already.
    ///
    /// Objects and lists that are absent or `null` are made when there is something to put into them.
    /// The same edits applied again leave the text as it is, if no two of them set the same key to
    /// different values and mounts are ordered after the last one is put. After an error the text is as
    /// it was.
    pub fn apply(&mut self, edit: &Edit) -> Changes {
        match edit {
            Edit::SetEnv { name, value } => self.set_env(name, value),
            Edit::PutDeviceNode(node) => self.put_device_node(node),
            Edit::AddDeviceRule(rule) => self.add_device_rule(rule),
            Edit::PutMount(mount) => self.put_mount(mount),
            Edit::SortMounts => self.sort_mounts(),
            Edit::AddHook { point, hook } => self.add_hook(*point, hook),
            Edit::RemoveHooks { point, path } => self.remove_hooks(*point, path),
            Edit::AddGid(gid) => self.add_gid(*gid),
            Edit::PutNetDevice { host_name, name } => {
                let entry = entry::net_device(name);
                self.put_member(&["linux", "netDevices"], host_name, entry)
            }
            Edit::SetRdt(rdt) => self.put_member(&["linux"], "intelRdt", entry::intel_rdt(rdt)),
        }
    }

    fn set_env(&mut self, name: &str, value: &str) -> Changes {
        let kind = ListKind::Env;
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let why = "a variable's name is not empty and has no `=`, and neither part has a NUL";
            return Err(invalid(kind.pointer(), why.to_owned()));
        }
        let entry = Value::from(format!("{name}={value}"));
        let identity = Identity::Variable(name.into());
        let mut list = self.writable(kind)?;
        // Of several with this name the runtimes use the last.
        let Some(index) = list.rposition(&identity) else {
            return Ok(vec![list.push(entry, identity)]);
        };
        if list.holds(index, &entry) {
            return Ok(Vec::new());
        }
        Ok(vec![list.replace(index, entry, identity)])
    }

    fn put_device_node(&mut self, node: &DeviceNode) -> Changes {
        let kind = ListKind::DeviceNodes;
        let entry = entry::device_node(node).map_err(|why| invalid(kind.pointer(), why))?;
        let identity = Identity::Path(node.path.as_str().into());
        let mut list = self.writable(kind)?;
        let same = list.positions(&identity);
        match same.as_slice() {
            [] => Ok(vec![list.push(entry, identity)]),
            [only] if list.holds(*only, &entry) => Ok(Vec::new()),
            [only] => Ok(vec![list.remove(*only), list.push(entry, identity)]),
            // As the CDI library does: the first goes, the second becomes the new one. It keeps a
            // third, so that the next time is different again; that goes too.
            [first, second, rest @ ..] => {
                let mut changes = vec![list.replace(*second, entry, identity)];
                changes.extend(rest.iter().rev().map(|index| list.remove(*index)));
                changes.push(list.remove(*first));
                Ok(changes)
            }
        }
    }

    fn add_device_rule(&mut self, rule: &DeviceRule) -> Changes {
        let kind = ListKind::DeviceRules;
        let entry = entry::device_rule(rule).map_err(|why| invalid(kind.pointer(), why))?;
        let identity = Identity::Rule(rule.clone());
        let mut list = self.writable(kind)?;
        // Later rules win, so one before a rule that denies may have no effect.
        let denies = |item: &Item| matches!(&item.identity, Identity::Rule(rule) if !rule.allow);
        let last_denial = list.items().iter().rposition(denies).unwrap_or_default();
        if list.rposition(&identity).is_some_and(|index| index >= last_denial) {
            return Ok(Vec::new());
        }
        Ok(vec![list.push(entry, identity)])
    }

    fn put_mount(&mut self, mount: &Mount) -> Changes {
        let kind = ListKind::Mounts;
        let entry = entry::mount(mount).map_err(|why| invalid(kind.pointer(), why))?;
        let identity = Identity::destination(&mount.destination);
        let mut list = self.writable(kind)?;
        // The last one at a destination is the one that is seen.
        if list.rposition(&identity).is_some_and(|index| list.holds(index, &entry)) {
            return Ok(Vec::new());
        }
        let first = list.positions(&identity).first().copied();
        let mut changes: Vec<Change> = first.map(|index| list.remove(index)).into_iter().collect();
        changes.push(list.push(entry, identity));
        Ok(changes)
    }

    /// The change lists the destinations only: entries of a list that moved are still themselves.
    fn sort_mounts(&mut self) -> Changes {
        let kind = ListKind::Mounts;
        let Some(list) = self.existing(kind)? else { return Ok(Vec::new()) };
        let before = destinations(list.items());
        if !list.list.sort_by_number(elements) {
            return Ok(Vec::new());
        }
        let after = destinations(list.items());
        Ok(vec![Change { pointer: kind.pointer(), before: Some(before), after: Some(after) }])
    }

    fn add_hook(&mut self, point: HookPoint, hook: &Hook) -> Changes {
        let kind = ListKind::Hooks(point);
        let entry = entry::hook(hook).map_err(|why| invalid(kind.pointer(), why))?;
        let identity = Identity::Hook(Box::new(hook.clone()));
        let mut list = self.writable(kind)?;
        if list.rposition(&identity).is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![list.push(entry, identity)])
    }

    fn remove_hooks(&mut self, point: HookPoint, path: &str) -> Changes {
        let Some(mut list) = self.existing(ListKind::Hooks(point))? else { return Ok(Vec::new()) };
        let runs =
            |item: &Item| matches!(&item.identity, Identity::Hook(hook) if hook.path == path);
        let found: Vec<usize> = (0..)
            .zip(list.items())
            .filter(|(_, item)| runs(item))
            .map(|(index, _)| index)
            .collect();
        // From the end, so that each pointer is where the entry stood.
        Ok(found.into_iter().rev().map(|index| list.remove(index)).collect())
    }

    fn add_gid(&mut self, gid: u32) -> Changes {
        // Group 0 is never given by a device (CDI, section "additionalGids").
        if gid == 0 {
            return Ok(Vec::new());
        }
        let mut list = self.writable(ListKind::Gids)?;
        let identity = Identity::Gid(gid);
        if list.rposition(&identity).is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![list.push(Value::from(gid), identity)])
    }

    fn put_member(&mut self, path: &[&str], key: &str, entry: Result<Value, String>) -> Changes {
        let at = || child(&path.iter().fold(String::new(), |p, name| p + "/" + name), key);
        if key.is_empty() {
            return Err(invalid(at(), "the name is empty".to_owned()));
        }
        let entry = entry.map_err(|why| invalid(at(), why))?;
        let source = &self.source;
        let object = make_object(&mut self.root, path, source)?;
        let before = object.get(key).map(|node| value_of(&node.text(source)));
        if before.as_ref() == Some(&entry) {
            return Ok(Vec::new());
        }
        object.put(key, Node::Raw(Text::new(entry.to_string())), source);
        Ok(vec![Change { pointer: at(), before, after: Some(entry) }])
    }

    /// A list to put something into: made where it is absent or `null`.
    fn writable(&mut self, kind: ListKind) -> Result<Entries<'_>, DocumentError> {
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
    fn existing(&mut self, kind: ListKind) -> Result<Option<Entries<'_>>, DocumentError> {
        let (path, key) = kind.place();
        match find(&self.root, path, &self.source)?.and_then(|object| object.get(key)) {
            Some(node) if !node.is_null(&self.source) => self.writable(kind).map(Some),
            _ => Ok(None),
        }
    }
}

/// A list that is being edited.
struct Entries<'a> {
    kind: ListKind,
    list: &'a mut List,
    source: &'a str,
}

impl Entries<'_> {
    fn items(&self) -> &[Item] {
        &self.list.items
    }

    fn positions(&self, identity: &Identity) -> Vec<usize> {
        let items = (0..).zip(self.items());
        items.filter(|(_, item)| item.identity == *identity).map(|(index, _)| index).collect()
    }

    fn rposition(&self, identity: &Identity) -> Option<usize> {
        self.items().iter().rposition(|item| item.identity == *identity)
    }

    /// Whether the entry is this, with nothing more in it.
    fn holds(&self, index: usize, entry: &Value) -> bool {
        self.value(index).is_some_and(|value| value == *entry)
    }

    fn value(&self, index: usize) -> Option<Value> {
        self.items().get(index).map(|item| value_of(item.value.of(self.source)))
    }

    fn push(&mut self, entry: Value, identity: Identity) -> Change {
        let pointer = self.pointer(self.list.items.len());
        self.list.push(entry.to_string(), identity, self.source);
        Change { pointer, before: None, after: Some(entry) }
    }

    fn replace(&mut self, index: usize, entry: Value, identity: Identity) -> Change {
        let before = self.value(index);
        self.list.replace(index, entry.to_string(), identity);
        Change { pointer: self.pointer(index), before, after: Some(entry) }
    }

    fn remove(&mut self, index: usize) -> Change {
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
fn make_object<'a>(
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

/// How many elements a mount's destination has; `/` has one.
fn elements(identity: &Identity) -> usize {
    match identity {
        Identity::Destination(path) => path.matches('/').count(),
        _ => 0,
    }
}

fn destinations(items: &[Item]) -> Value {
    let destination = |item: &Item| match &item.identity {
        Identity::Destination(path) => Value::from(&**path),
        _ => Value::Null,
    };
    items.iter().map(destination).collect()
}

/// A value for comparison and the journal. A number that does not fit into one is kept as its text.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn invalid(pointer: String, why: String) -> DocumentError {
    DocumentError::InvalidEdit { pointer, why }
}
