//! What can be read of the container. Names and signatures are those of the bindings.
#![allow(missing_docs, clippy::must_use_candidate, reason = "a stand-in for the bindings")]

use super::edit::point_name;
use crate::bindings::gantry::modifier::types::Error;
use crate::testing::Host;
use crate::testing::patterns::{below_wanted, wanted, wanted_at_all};
use crate::testing::running::{ask, test};
use crate::{HookPoint, View};

/// Checks the grants for these keys, then answers.
pub(super) fn answer<T>(
    grant: &str,
    keys: &[&str],
    with: impl FnOnce(&Host) -> Result<T, Error>,
) -> Result<T, Error> {
    ask(|run| {
        for key in keys {
            run.need(wanted(&run.wants, grant, key), grant, key)?;
        }
        with(&run.host)
    })
}

/// As [`answer`], where the directory and everything below it must be granted.
fn below<T>(grant: &str, directory: &str, with: impl FnOnce(&Host) -> T) -> Result<T, Error> {
    ask(|run| {
        let granted = below_wanted(&run.wants, grant, directory);
        let what = [directory, "/**"].concat();
        run.need(granted, grant, &what)?;
        Ok(with(&run.host))
    })
}

pub(super) fn granted(grant: &str, key: &str) -> bool {
    test(|run| wanted(&run.wants, grant, key))
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub mod container_env {
    use super::{Error, Host, View, answer, ask, wanted_at_all};
    use crate::env::Variable;

    fn variables(host: &Host) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        host.env.iter().filter_map(|entry| entry.split_once('='))
    }

    pub fn get(_: View, names: &[&str]) -> Result<Vec<Option<String>>, Error> {
        answer("read.env", names, |host| {
            let value = |name: &&str| variables(host).rfind(|(n, _)| n == name);
            Ok(names.iter().map(|name| value(name).map(|(_, value)| value.into())).collect())
        })
    }

    pub fn with_prefix(_: View, prefix: &str) -> Result<Vec<Variable>, Error> {
        answer("read.env", &[&format!("{prefix}*")], |host| {
            let these = variables(host).filter(|(name, _)| name.starts_with(prefix));
            Ok(these
                .map(|(name, value)| Variable { name: name.into(), value: value.into() })
                .collect())
        })
    }

    pub fn malformed(_: View) -> Result<Vec<u32>, Error> {
        ask(|run| {
            run.need(wanted_at_all(&run.wants, "read.env"), "read.env", "process.env")?;
            let entries = (0..).zip(&run.host.env);
            Ok(entries.filter(|(_, entry)| !entry.contains('=')).map(|(at, _)| at).collect())
        })
    }

    pub fn granted(name: &str) -> bool {
        super::granted("read.env", name)
    }
}

pub mod container_annotations {
    use super::{Error, View, answer};
    use crate::annotations::Annotation;

    pub fn get(_: View, keys: &[&str]) -> Result<Vec<Option<String>>, Error> {
        answer("read.annotations", keys, |host| {
            Ok(keys.iter().map(|key| host.annotations.get(*key).cloned()).collect())
        })
    }

    pub fn with_prefix(_: View, prefix: &str) -> Result<Vec<Annotation>, Error> {
        answer("read.annotations", &[&format!("{prefix}*")], |host| {
            let these = host.annotations.iter().filter(|(key, _)| key.starts_with(prefix));
            Ok(these
                .map(|(key, value)| Annotation { key: key.clone(), value: value.clone() })
                .collect())
        })
    }

    pub fn granted(key: &str) -> bool {
        super::granted("read.annotations", key)
    }
}

pub mod container_mounts {
    use super::{Error, View, is_below};
    use crate::mounts::Mount;

    pub fn below(_: View, directory: &str) -> Result<Vec<Mount>, Error> {
        super::below("read.mounts", directory, |host| {
            let these = host.mounts.iter().filter(|mount| is_below(&mount.destination, directory));
            these.cloned().collect()
        })
    }

    pub fn granted(destination: &str) -> bool {
        super::granted("read.mounts", destination)
    }
}

pub mod container_hooks {
    use super::{Error, HookPoint, View, answer, point_name};
    use crate::hooks::Hook;

    pub fn at(_: View, point: HookPoint) -> Result<Vec<Hook>, Error> {
        answer("read.hooks", &[point_name(point)], |host| {
            let these = host.hooks.iter().filter(|(at, _)| *at == point);
            Ok(these.map(|(_, hook)| hook.clone()).collect())
        })
    }

    pub fn granted(point: HookPoint) -> bool {
        super::granted("read.hooks", point_name(point))
    }
}

pub mod container_device_nodes {
    use super::{Error, View, is_below};
    use crate::device_nodes::DeviceNode;

    pub fn below(_: View, directory: &str) -> Result<Vec<DeviceNode>, Error> {
        super::below("read.device-nodes", directory, |host| {
            let these = host.device_nodes.iter().filter(|node| is_below(&node.path, directory));
            these.cloned().collect()
        })
    }

    pub fn granted(path: &str) -> bool {
        super::granted("read.device-nodes", path)
    }
}

pub mod container_process {
    use super::{Error, View, answer};
    use crate::process::{Capabilities, User};

    pub fn get_user(_: View) -> Result<User, Error> {
        answer("read.process", &["*"], |host| {
            let (uid, gid, additional_gids) = host.user.clone();
            Ok(User { uid, gid, additional_gids })
        })
    }

    pub fn get_capabilities(_: View) -> Result<Capabilities, Error> {
        answer("read.process", &["*"], |host| {
            let set = || host.capabilities.clone();
            Ok(Capabilities {
                bounding: set(),
                effective: set(),
                inheritable: set(),
                permitted: set(),
                ambient: Vec::new(),
            })
        })
    }
}

pub mod container_namespaces {
    use super::{Error, View, answer};
    use crate::namespaces::Namespace;

    pub fn all(_: View) -> Result<Vec<Namespace>, Error> {
        answer("read.namespaces", &["*"], |host| Ok(host.namespaces.clone()))
    }
}
