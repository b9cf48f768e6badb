//! The lists of a document that edits write, and what makes an entry of each the same as another.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::Deserialize;

use super::scan::Scanner;
use super::wire::{self, Strict};
use super::{Edit, Hook, HookPoint, RuleRef, view};
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

/// A new entry of a list. A clone shares the text.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) text: Arc<str>,
    pub(super) key: Key,
}

impl Entry {
    pub(super) fn new(text: &str, identity: &Identity<'_>) -> Self {
        Self { text: text.into(), key: identity.key() }
    }
}

/// What is kept of an [`Identity`] beside each entry of a list. Small, so that a long list is looked
/// through in no time; of entries with equal hashes the identities themselves are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) hash: u32,
    /// Of a mount the number of elements of its destination, of a rule 1 if it denies; else 0.
    pub(super) rank: u32,
}

/// What makes an entry the same as another.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity<'a> {
    /// A variable's name.
    Variable(Cow<'a, str>),
    /// A group.
    Gid(u32),
    /// A mount's destination, cleaned: runtimes mount `/c` and `/c/` at the same place.
    Destination(Cow<'a, str>),
    /// All of a hook.
    Hook(Cow<'a, Hook>),
    /// A device node's path, as it is written.
    Path(Cow<'a, str>),
    /// All of a rule.
    Rule(RuleRef<'a>),
}

impl<'a> Identity<'a> {
    /// Of a whole entry of `process.env`: what stands before the first `=`.
    pub(super) fn variable(entry: Cow<'a, str>) -> Self {
        let end = entry.find('=').unwrap_or(entry.len());
        Self::Variable(match entry {
            Cow::Borrowed(entry) => entry.get(..end).unwrap_or(entry).into(),
            Cow::Owned(mut entry) => {
                entry.truncate(end);
                entry.into()
            }
        })
    }

    /// Of a mount.
    pub(super) fn destination(path: &'a str) -> Self {
        Self::Destination(clean(path))
    }

    /// Of the entry that an edit puts into a list.
    pub(super) fn of(edit: &'a Edit) -> Option<Self> {
        match edit {
            Edit::SetEnv { name, .. } => Some(Self::Variable(Cow::Borrowed(name))),
            Edit::PutDeviceNode(node) => Some(Self::Path(Cow::Borrowed(&node.path))),
            Edit::AddDeviceRule(rule) => Some(Self::Rule(rule.into())),
            Edit::PutMount(mount) => Some(Self::destination(&mount.destination)),
            Edit::AddHook { hook, .. } => Some(Self::Hook(Cow::Borrowed(hook))),
            Edit::AddGid(gid) => Some(Self::Gid(*gid)),
            Edit::SortMounts
            | Edit::RemoveHooks { .. }
            | Edit::PutNetDevice { .. }
            | Edit::SetRdt(_) => None,
        }
    }

    pub(super) fn key(&self) -> Key {
        let mut hasher = Mixer::default();
        self.hash(&mut hasher);
        let hash = hasher.finish();
        let rank = match self {
            // `/` has one.
            Self::Destination(path) => path.bytes().filter(|&byte| byte == b'/').count(),
            Self::Rule(rule) => usize::from(!rule.allow),
            _ => 0,
        };
        #[allow(clippy::cast_possible_truncation, reason = "the half of a hash is a hash")]
        Key { hash: hash as u32, rank: rank.try_into().unwrap_or(u32::MAX) }
    }
}

/// A quick hash. Not one against which nobody could find equal ones: those cost a comparison each.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, last) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_ne_bytes(*word));
        }
        if !last.is_empty() {
            let word = last.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.write_u64(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        // An odd number whose bits are those of the golden ratio spreads a word over the upper bits,
        // and turning brings them down.
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
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

    /// The list that an edit puts an entry into; `None` for other edits.
    pub(super) fn of(edit: &Edit) -> Option<Self> {
        match edit {
            Edit::SetEnv { .. } => Some(Self::Env),
            Edit::PutDeviceNode(_) => Some(Self::DeviceNodes),
            Edit::AddDeviceRule(_) => Some(Self::DeviceRules),
            Edit::PutMount(_) => Some(Self::Mounts),
            Edit::AddHook { point, .. } => Some(Self::Hooks(*point)),
            // Group 0 is never given by a device (CDI, section "additionalGids").
            Edit::AddGid(gid) => (*gid != 0).then_some(Self::Gids),
            Edit::SortMounts
            | Edit::RemoveHooks { .. }
            | Edit::PutNetDevice { .. }
            | Edit::SetRdt(_) => None,
        }
    }

    /// The list at a key of an object that is expanded. Not hooks: few documents have any.
    pub(super) fn at(object: &str, key: &str) -> Option<Self> {
        match (object, key) {
            ("/process", "env") => Some(Self::Env),
            ("/process/user", "additionalGids") => Some(Self::Gids),
            ("", "mounts") => Some(Self::Mounts),
            ("/linux", "devices") => Some(Self::DeviceNodes),
            ("/linux/resources", "devices") => Some(Self::DeviceRules),
            _ => None,
        }
    }

    /// The list's RFC 6901 pointer.
    pub(super) fn pointer(self) -> String {
        let (objects, key) = self.place();
        pointer(objects, key)
    }

    /// What an entry is known by.
    pub(super) fn identity(self, raw: &str) -> serde_json::Result<Identity<'_>> {
        match self.pass(&mut Scanner::new(raw, 0)) {
            Ok(Some(identity)) => Ok(identity),
            _ => self.read(raw),
        }
    }

    /// The same, where it is not plain.
    pub(super) fn read(self, raw: &str) -> serde_json::Result<Identity<'_>> {
        Ok(match self {
            Self::Env => Identity::variable(serde_json::from_str::<String>(raw)?.into()),
            Self::Gids => Identity::Gid(serde_json::from_str(raw)?),
            Self::Mounts => {
                let mount: Strict<DestinationOnly> = serde_json::from_str(raw)?;
                Identity::Destination(match mount.0.destination.unwrap_or_default() {
                    Cow::Borrowed(path) => clean(path),
                    Cow::Owned(path) => clean(&path).into_owned().into(),
                })
            }
            Self::Hooks(_) => {
                let hook: Strict<wire::Hook> = serde_json::from_str(raw)?;
                Identity::Hook(Cow::Owned(hook.0.into()))
            }
            Self::DeviceNodes => {
                let node: Strict<PathOnly> = serde_json::from_str(raw)?;
                Identity::Path(node.0.path.unwrap_or_default())
            }
            Self::DeviceRules => {
                let rule: Strict<wire::DeviceRule> = serde_json::from_str(raw)?;
                Identity::Rule(view::DeviceRule::from(rule.0).into())
            }
        })
    }
}

/// The pointer of a key below objects whose names need no escape.
pub(super) fn pointer(objects: &[&str], key: &str) -> String {
    objects.iter().chain([&key]).fold(String::new(), |pointer, name| pointer + "/" + name)
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
