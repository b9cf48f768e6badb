//! Applying an edit: what it finds, what it writes, and what it reports as changed.

use serde_json::Value;

use super::entries::{make_object, value_of};
use super::list::{Identity, ListKind};
use super::shape::child;
use super::tree::{Item, Node, Text};
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

fn invalid(pointer: String, why: String) -> DocumentError {
    DocumentError::InvalidEdit { pointer, why }
}
