//! Reading the container: views of the document, filtered by nothing and refused whole where a grant
//! is missing.

use std::collections::HashMap;

use crate::document::{Capabilities, DeviceNode, Hook, HookPoint, Mount, Namespace, User};
use crate::modifier::{Answer, ReadContainer, Refused, View};
use crate::path::clean;

use super::super::grants::GrantKey;
use super::{Host, unreadable};

impl Host {
    /// Values in the order asked. The same one can be asked for often: the answer is limited, since
    /// the request is not as large as what it asks for.
    fn answer<'a>(
        &self,
        values: impl Iterator<Item = Option<&'a String>>,
    ) -> Answer<Vec<Option<String>>> {
        let most = self.stage.limits.host_bytes;
        let mut bytes = 0;
        let counted = values.map(|value| {
            bytes += value.map_or(0, String::len) as u64;
            if bytes > most.0 {
                return Err(Refused::Limit(format!("{most} of one answer (limits.host-bytes)")));
            }
            Ok(value.cloned())
        });
        counted.collect()
    }

    fn absolute(path: &str) -> Answer<&str> {
        if super::super::grants::is_normal(path) {
            return Ok(path);
        }
        Err(Refused::Invalid(format!(
            "{path:?} is not an absolute path without `.`, `..` and repeated `/`"
        )))
    }
}

/// Whether a path as a document spells it is `directory` or lies below it.
fn is_below(path: &str, directory: &str) -> bool {
    let path = clean(path);
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || directory == "/")
}

impl ReadContainer for Host {
    fn env_get(&mut self, of: View, names: &[String]) -> Answer<Vec<Option<String>>> {
        if let Some(name) = names.iter().find(|name| !self.stage.grants.read.env_name(name)) {
            return self.refuse(GrantKey::ReadEnv, name);
        }
        let env = self.document(of).env().map_err(|error| unreadable(&error))?;
        // Of several entries with one name the last counts.
        let values: HashMap<&str, Option<&String>> =
            env.iter().map(|entry| (entry.name.as_str(), entry.value.as_ref())).collect();
        self.answer(names.iter().map(|name| values.get(name.as_str()).copied().flatten()))
    }

    fn env_with_prefix(&mut self, of: View, prefix: &str) -> Answer<Vec<(String, String)>> {
        if !self.stage.grants.read.env_prefix(prefix) {
            return self.refuse(GrantKey::ReadEnv, &format!("{prefix}*"));
        }
        let env = self.document(of).env().map_err(|error| unreadable(&error))?;
        let mut found = Vec::new();
        for entry in env.into_iter().filter(|entry| entry.name.starts_with(prefix)) {
            if !self.stage.grants.read.env_name(&entry.name) {
                return self.refuse(GrantKey::ReadEnv, &entry.name);
            }
            if let Some(value) = entry.value {
                // Of several entries with one name the last counts, at the first one's place.
                match found.iter_mut().find(|(name, _)| *name == entry.name) {
                    Some((_, old)) => *old = value,
                    None => found.push((entry.name, value)),
                }
            }
        }
        Ok(found)
    }

    fn env_malformed(&mut self, of: View) -> Answer<Vec<u32>> {
        if !self.stage.grants.read.any_env() {
            return self.refuse(GrantKey::ReadEnv, "*");
        }
        let env = self.document(of).env().map_err(|error| unreadable(&error))?;
        let without = env.iter().enumerate().filter(|(_, entry)| entry.value.is_none());
        Ok(without.filter_map(|(position, _)| u32::try_from(position).ok()).collect())
    }

    fn env_granted(&self, name: &str) -> bool {
        self.stage.grants.read.env_name(name)
    }

    fn annotations_get(&mut self, of: View, keys: &[String]) -> Answer<Vec<Option<String>>> {
        if let Some(key) = keys.iter().find(|key| !self.stage.grants.read.annotation(key)) {
            return self.refuse(GrantKey::ReadAnnotations, key);
        }
        let all = self.document(of).annotations().map_err(|error| unreadable(&error))?;
        // Of several entries with one key the first counts.
        let values: HashMap<&str, &String> =
            all.iter().rev().map(|(key, value)| (key.as_str(), value)).collect();
        self.answer(keys.iter().map(|key| values.get(key.as_str()).copied()))
    }

    fn annotations_with_prefix(&mut self, of: View, prefix: &str) -> Answer<Vec<(String, String)>> {
        if !self.stage.grants.read.annotation_prefix(prefix) {
            return self.refuse(GrantKey::ReadAnnotations, &format!("{prefix}*"));
        }
        let mut all = self.document(of).annotations().map_err(|error| unreadable(&error))?;
        all.retain(|(key, _)| key.starts_with(prefix));
        if let Some((key, _)) = all.iter().find(|(key, _)| !self.stage.grants.read.annotation(key))
        {
            return self.refuse(GrantKey::ReadAnnotations, key);
        }
        Ok(all)
    }

    fn annotation_granted(&self, key: &str) -> bool {
        self.stage.grants.read.annotation(key)
    }

    fn mounts_below(&mut self, of: View, directory: &str) -> Answer<Vec<Mount>> {
        if !self.stage.grants.read.mounts_below(Self::absolute(directory)?) {
            return self.refuse_below(GrantKey::ReadMounts, directory);
        }
        let mut mounts = self.document(of).mounts().map_err(|error| unreadable(&error))?;
        mounts.retain(|mount| is_below(&mount.destination, directory));
        Ok(mounts)
    }

    fn mount_granted(&self, destination: &str) -> bool {
        self.stage.grants.read.mount(destination)
    }

    fn hooks_at(&mut self, of: View, point: HookPoint) -> Answer<Vec<Hook>> {
        if !self.stage.grants.read.hooks_at(point) {
            return self.refuse(GrantKey::ReadHooks, point.name());
        }
        self.document(of).hooks(point).map_err(|error| unreadable(&error))
    }

    fn hooks_granted(&self, point: HookPoint) -> bool {
        self.stage.grants.read.hooks_at(point)
    }

    fn device_nodes_below(&mut self, of: View, directory: &str) -> Answer<Vec<DeviceNode>> {
        if !self.stage.grants.read.device_nodes_below(Self::absolute(directory)?) {
            return self.refuse_below(GrantKey::ReadDeviceNodes, directory);
        }
        let mut nodes = self.document(of).device_nodes().map_err(|error| unreadable(&error))?;
        nodes.retain(|node| is_below(&node.path, directory));
        Ok(nodes)
    }

    fn device_node_granted(&self, path: &str) -> bool {
        self.stage.grants.read.device_node(path)
    }

    fn user(&mut self, of: View) -> Answer<User> {
        if !self.stage.grants.read.process {
            return self.refuse_switch(GrantKey::ReadProcess);
        }
        self.document(of).user().map(Option::unwrap_or_default).map_err(|error| unreadable(&error))
    }

    fn capabilities(&mut self, of: View) -> Answer<Capabilities> {
        if !self.stage.grants.read.process {
            return self.refuse_switch(GrantKey::ReadProcess);
        }
        self.document(of).capabilities().map_err(|error| unreadable(&error))
    }

    fn namespaces(&mut self, of: View) -> Answer<Vec<Namespace>> {
        if !self.stage.grants.read.namespaces {
            return self.refuse_switch(GrantKey::ReadNamespaces);
        }
        self.document(of).namespaces().map_err(|error| unreadable(&error))
    }
}
