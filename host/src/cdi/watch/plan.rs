//! What is watched and for whom: each directory on the way to a spec directory, or to the target of a
//! spec file that is a link, with the names in it that matter. Knows nothing of how it is watched.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::inbox::Batch;
use crate::cdi::spec::Format;

/// How many directories are watched at most.
pub(super) const MAX_NODES: usize = 1024;

/// For whom a directory is watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// The spec directory with that index.
    Dir(usize),
    /// A name in it.
    File(usize, OsString),
}

impl Subject {
    pub(super) fn dir(&self) -> usize {
        match self {
            Self::Dir(dir) | Self::File(dir, _) => *dir,
        }
    }

    /// The name, with its directory.
    pub(super) fn file(&self) -> Option<(usize, OsString)> {
        match self {
            Self::Dir(_) => None,
            Self::File(dir, name) => Some((*dir, name.clone())),
        }
    }
}

/// What is of interest in a directory.
pub(super) enum Interest<'a> {
    /// A component of the subject's path is looked up there.
    LookedUp(&'a OsStr, &'a Subject),
    /// It is the spec directory with that index.
    Listed(usize),
}

/// What happened to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It was made, renamed or removed.
    Entry,
    /// Its owner, mode or the like changed.
    Facts,
    /// It was closed by one who could write it.
    Content,
}

/// One file of the system, by device and inode.
pub(super) type Id = (u64, u64);

/// A watched directory.
#[derive(Debug)]
struct Node {
    id: Id,
    looked_up: BTreeMap<OsString, BTreeSet<Subject>>,
    listed: BTreeSet<usize>,
}

/// The directories that are watched, by a path without links.
#[derive(Debug, Default)]
pub(super) struct Plan {
    nodes: HashMap<PathBuf, Node>,
    /// Whether some directory is reached by two such paths (it is mounted twice). The system watches it
    /// once, so that what befalls one path may end the watch for the other.
    aliased: bool,
}

/// What adding an interest came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// The directory is watched already.
    Known,
    /// It has to be watched.
    New,
    /// There are too many.
    Full,
}

impl Plan {
    /// Whether a directory is known by that path.
    pub(super) fn knows(&self, path: &Path) -> bool {
        self.nodes.contains_key(path)
    }

    /// Notes an interest in a directory.
    pub(super) fn add(&mut self, path: &Path, id: Id, interest: &Interest<'_>) -> Added {
        let mut known = path.to_owned();
        if !self.nodes.contains_key(path)
            && let Some((other, _)) = self.nodes.iter().find(|(_, node)| node.id == id)
        {
            known.clone_from(other);
            self.aliased = true;
        }
        let (count, mut added) = (self.nodes.len(), Added::Known);
        let node = self.nodes.entry(known).or_insert_with(|| {
            added = if count < MAX_NODES { Added::New } else { Added::Full };
            Node { id, looked_up: BTreeMap::new(), listed: BTreeSet::new() }
        });
        match *interest {
            Interest::LookedUp(name, subject) => {
                node.looked_up.entry(name.to_owned()).or_default().insert(subject.clone());
            }
            Interest::Listed(dir) => {
                node.listed.insert(dir);
            }
        }
        added
    }

    /// Forgets a directory.
    pub(super) fn remove(&mut self, path: &Path) {
        self.nodes.remove(path);
    }

    /// Whether what befell the way of one of these subjects may have ended a watch for others.
    pub(super) fn is_entangled(&self, stale: &BTreeSet<Subject>) -> bool {
        let on_way = |subject: &Subject| {
            self.nodes
                .values()
                .flat_map(|node| node.looked_up.values())
                .any(|of| of.contains(subject))
        };
        self.aliased && stale.iter().any(on_way)
    }

    /// Forgets the subjects, and returns the directories that are watched for no other.
    pub(super) fn forget(&mut self, gone: impl Fn(&Subject) -> bool) -> Vec<PathBuf> {
        for node in self.nodes.values_mut() {
            for subjects in node.looked_up.values_mut() {
                subjects.retain(|subject| !gone(subject));
            }
            node.looked_up.retain(|_, subjects| !subjects.is_empty());
            node.listed.retain(|dir| !gone(&Subject::Dir(*dir)));
        }
        let unused = |node: &mut Node| node.looked_up.is_empty() && node.listed.is_empty();
        let unwatch = self.nodes.extract_if(|_, node| unused(node)).map(|(path, _)| path).collect();
        if self.nodes.is_empty() {
            self.aliased = false;
        }
        unwatch
    }

    /// What a change of a path means for whom.
    pub(super) fn route(&self, change: Change, path: &Path, batch: &mut Batch) {
        // The directory itself: its parent tells the same, but for the root.
        if change != Change::Content
            && let Some(node) = self.nodes.get(path)
        {
            batch.stale.extend(node.looked_up.values().flatten().cloned());
            batch.stale.extend(node.listed.iter().map(|dir| Subject::Dir(*dir)));
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        let Some(node) = self.nodes.get(parent) else {
            return;
        };
        if let Some(subjects) = node.looked_up.get(name) {
            batch.stale.extend(subjects.iter().cloned());
        }
        if Format::of_path(path).is_none() {
            return;
        }
        for &dir in &node.listed {
            batch.names.insert((dir, name.to_owned()));
            if change == Change::Entry {
                // It may be a link now, or no longer.
                batch.stale.insert(Subject::File(dir, name.to_owned()));
            }
        }
    }
}
