//! The lists of a document that edits write, and what makes an entry of each the same as another.

use std::borrow::Cow;

use serde::Deserialize;

use super::wire::{self, Strict};
use super::{DeviceRule, Hook, HookPoint};
use crate::path::clean;

/// A list of `config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    Env,
    Gids,
    Mounts,
    Hooks(HookPoint),
    DeviceNodes,
    DeviceRules,
}

/// What an entry of a list is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// A variable's name.
    Variable(Box<str>),
    /// A group.
    Gid(u32),
    /// A mount's destination, cleaned: runtimes mount `/c` and `/c/` at the same place.
    Destination(Box<str>),
    /// All of a hook.
    Hook(Box<Hook>),
    /// A device node's path, as it is written.
    Path(Box<str>),
    /// All of a rule.
    Rule(DeviceRule),
}

impl Identity {
    /// Of a variable, or of a whole entry of `process.env`: what stands before the first `=`.
    pub(super) fn variable(entry: &str) -> Self {
        Self::Variable(entry.split_once('=').map_or(entry, |(name, _)| name).into())
    }

    /// Of a mount.
    pub(super) fn destination(path: &str) -> Self {
        Self::Destination(clean(path).into())
    }
}

impl ListKind {
    /// The objects on the way to the list, and its key.
    pub(super) fn place(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Env => (&["process"], "env"),
            Self::Gids => (&["process", "user"], "additionalGids"),
            Self::Mounts => (&[], "mounts"),
            Self::Hooks(point) => (&["hooks"], point.name()),
            Self::DeviceNodes => (&["linux"], "devices"),
            Self::DeviceRules => (&["linux", "resources"], "devices"),
        }
    }

    /// The list's RFC 6901 pointer.
    pub(super) fn pointer(self) -> String {
        let (objects, key) = self.place();
        pointer(objects, key)
    }

    /// What an entry is known by.
    pub(super) fn identity(self, raw: &str) -> serde_json::Result<Identity> {
        Ok(match self {
            Self::Env => match plain(raw) {
                Some(entry) => Identity::variable(entry),
                None => Identity::variable(&serde_json::from_str::<Cow<str>>(raw)?),
            },
            Self::Gids => Identity::Gid(serde_json::from_str(raw)?),
            Self::Mounts => {
                let mount: Strict<DestinationOnly> = serde_json::from_str(raw)?;
                Identity::destination(&mount.0.destination.unwrap_or_default())
            }
            Self::Hooks(_) => {
                let hook: Strict<wire::Hook> = serde_json::from_str(raw)?;
                Identity::Hook(Box::new(hook.0.into()))
            }
            Self::DeviceNodes => {
                let node: Strict<PathOnly> = serde_json::from_str(raw)?;
                Identity::Path(node.0.path.unwrap_or_default().into())
            }
            Self::DeviceRules => {
                let rule: Strict<wire::DeviceRule> = serde_json::from_str(raw)?;
                Identity::Rule(rule.0.into())
            }
        })
    }
}

/// The pointer of a key below objects whose names need no escape.
pub(super) fn pointer(objects: &[&str], key: &str) -> String {
    objects.iter().chain([&key]).fold(String::new(), |pointer, name| pointer + "/" + name)
}

/// A string without escapes.
fn plain(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"').filter(|inside| !inside.contains('\\'))
}

#[derive(Deserialize)]
struct DestinationOnly<'a> {
    #[serde(borrow)]
    destination: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct PathOnly<'a> {
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
}
