//! One spec directory: the spec files in it, by the bytes of their names. What is below it in other
//! directories does not count.
//!
//! Looking at it ([`Directory::look`]) changes nothing; what has changed comes back and is put in
//! place by the registry. A file whose stamp is as it was is not read again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;

use super::files::{LoadError, Look, Outcome, ReadError, SpecFile, is_directory, load};
use super::listing::{Listed, Listing, Node, list, open};
use super::stamp::{Moment, Stamp};
use crate::cdi::prepared::PreparedFile;
use crate::cdi::spec::{Format, Parsed};
use crate::cdi::trust::TrustError;

/// A spec directory that was searched.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// What was found.
    pub state: DirectoryState,
    /// Its index; the highest wins.
    pub priority: usize,
    /// As it was when its names were read, if they were.
    pub(super) seen: Option<Seen>,
    pub(super) entries: BTreeMap<OsString, Entry>,
}

/// A directory as it was when its names were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    stamp: Stamp,
    /// Whether a name that came or went since must show in the stamp.
    settled: bool,
}

/// What a look at a spec directory gave.
#[derive(Debug, Clone)]
pub enum DirectoryState {
    /// It was read.
    Read,
    /// It is not there, which is no error.
    Missing,
    /// It could not be used.
    Failed(Arc<DirectoryError>),
}

impl DirectoryState {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Read, Self::Read) | (Self::Missing, Self::Missing) => true,
            (Self::Failed(a), Self::Failed(b)) => a.to_string() == b.to_string(),
            _ => false,
        }
    }
}

/// Why a spec directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The system does not let it be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// Others than root can change it.
    #[error("{}", .0.problem())]
    Untrusted(#[from] TrustError),
}

/// A name in a directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) node: Node,
    /// As it was when it was read; `None`: it has to be read again.
    pub(super) stamp: Option<Stamp>,
    pub(super) held: Held,
}

impl Entry {
    /// Whether it may have changed with no hint.
    fn is_unsure(&self) -> bool {
        self.node.linked || self.stamp.is_none()
    }
}

/// What is known of a file.
#[derive(Debug, Clone)]
pub(super) enum Held {
    Spec(Arc<SpecFile>),
    Rejected(Arc<LoadError>),
    /// Nothing: it does not define what somebody asked for, or is no file.
    Nothing,
}

impl Held {
    /// Whether these are the very same.
    pub(super) fn is_same(a: Option<&Self>, b: Option<&Self>) -> bool {
        match (a, b) {
            (Some(Self::Spec(a)), Some(Self::Spec(b))) => Arc::ptr_eq(a, b),
            (Some(Self::Rejected(a)), Some(Self::Rejected(b))) => Arc::ptr_eq(a, b),
            (None | Some(Self::Nothing), None | Some(Self::Nothing)) => true,
            _ => false,
        }
    }
}

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum How<'a> {
    /// Every file.
    Everything,
    /// What these hints say; and what nothing hints at: the directory itself, links, and files that
    /// changed when they were last read.
    Hinted {
        /// Read the names again.
        list: bool,
        /// Files that may have changed.
        names: &'a BTreeSet<OsString>,
    },
}

/// What has changed in a directory.
pub(super) struct Changed {
    pub(super) state: DirectoryState,
    pub(super) seen: Option<Seen>,
    /// `None`: it is gone.
    pub(super) entries: Vec<(OsString, Option<Entry>)>,
}

impl Changed {
    /// Of a directory that could be read.
    pub(super) fn read(
        moment: Moment,
        listing: &Listing,
        entries: Vec<(OsString, Option<Entry>)>,
    ) -> Self {
        let (stamp, settled) = (listing.stamp, listing.stamp.is_settled(moment));
        Self { state: DirectoryState::Read, seen: Some(Seen { stamp, settled }), entries }
    }

    /// Of one that could not.
    pub(super) fn unreadable(state: DirectoryState) -> Self {
        Self { state, seen: None, entries: Vec::new() }
    }
}

/// The listing, or what is the matter with the directory.
pub(super) fn readable(
    listed: Result<Option<Listing>, DirectoryError>,
) -> Result<Listing, DirectoryState> {
    match listed {
        Ok(Some(listing)) => Ok(listing),
        Ok(None) => Err(DirectoryState::Missing),
        Err(error) => Err(DirectoryState::Failed(Arc::new(error))),
    }
}

impl Directory {
    pub(super) fn new(path: PathBuf, priority: usize) -> Self {
        let state = DirectoryState::Missing;
        Self { path, state, priority, seen: None, entries: BTreeMap::new() }
    }

    /// What has changed since the last look; `None`: nothing.
    pub(super) fn look(&self, look: &mut Look<'_>, how: How<'_>) -> Option<Changed> {
        let how = self.narrowed(how);
        if let How::Hinted { list: false, names } = how
            && names.is_empty()
            && !self.entries.values().any(Entry::is_unsure)
        {
            return None;
        }
        let listed = match how {
            How::Hinted { list: false, .. } => open(&self.path, look.options),
            _ => list(&self.path, look.options),
        };
        let listing = match readable(listed) {
            Ok(listing) => listing,
            Err(state) => return self.unreadable(state),
        };
        let entries = match how {
            How::Everything => self.listed(look, &listing, None),
            How::Hinted { list: true, names } => self.listed(look, &listing, Some(names)),
            How::Hinted { list: false, names } => self.named(look, &listing, names),
        };
        let changed = Changed::read(look.moment, &listing, entries);
        let same = matches!(self.state, DirectoryState::Read) && self.seen == changed.seen;
        (!same || !changed.entries.is_empty()).then_some(changed)
    }

    /// The same, or more: what is not the directory that the hints are about is looked at wholly.
    fn narrowed<'h>(&self, how: How<'h>) -> How<'h> {
        let How::Hinted { list, names } = how else {
            return how;
        };
        let Ok(now) = rustix::fs::stat(&self.path).map(|stat| Stamp::of(&stat)) else {
            return How::Everything;
        };
        match self.seen {
            Some(Seen { stamp, settled: true }) if stamp == now => How::Hinted { list, names },
            Some(Seen { stamp, .. }) if (stamp.dev, stamp.ino) == (now.dev, now.ino) => {
                How::Hinted { list: true, names }
            }
            _ => How::Everything,
        }
    }

    fn unreadable(&self, state: DirectoryState) -> Option<Changed> {
        let same = self.state.is_same(&state);
        let gone: Vec<_> = self.entries.keys().map(|name| (name.clone(), None)).collect();
        let changed = Changed { entries: gone, ..Changed::unreadable(state) };
        (!same || !changed.entries.is_empty()).then_some(changed)
    }

    /// Compares all names with those that are known. Without hints, each file's stamp is compared;
    /// with them, only that of a file that is hinted at or another one than before.
    pub(super) fn listed(
        &self,
        look: &mut Look<'_>,
        listing: &Listing,
        hints: Option<&BTreeSet<OsString>>,
    ) -> Vec<(OsString, Option<Entry>)> {
        let mut changed = Vec::new();
        let mut known_names = 0;
        for listed in &listing.names {
            let known = self.entries.get(&listed.name);
            known_names += usize::from(known.is_some());
            if let (Some(known), Some(hints)) = (known, hints)
                && known.stamp.is_some()
                && known.node == listed.node
                && !listed.node.linked
                && !hints.contains(&listed.name)
            {
                continue;
            }
            if let Some(entry) = self.entry(look, listing, listed, known) {
                changed.push((listed.name.clone(), entry));
            }
        }
        if known_names < self.entries.len() {
            let there: HashSet<&OsStr> =
                listing.names.iter().map(|listed| listed.name.as_os_str()).collect();
            let gone = self.entries.keys().filter(|name| !there.contains(name.as_os_str()));
            changed.extend(gone.map(|name| (name.clone(), None)));
        }
        changed
    }

    /// Looks at these names, and at those whose changes nothing shows.
    fn named(
        &self,
        look: &mut Look<'_>,
        listing: &Listing,
        names: &BTreeSet<OsString>,
    ) -> Vec<(OsString, Option<Entry>)> {
        let unsure =
            self.entries.iter().filter(|(_, entry)| entry.is_unsure()).map(|(name, _)| name);
        let names: BTreeSet<&OsString> = names.iter().chain(unsure).collect();
        let mut changed = Vec::new();
        for name in names {
            let known = self.entries.get(name);
            let Some(format) = Format::of_name(name) else {
                continue;
            };
            let node = match rustix::fs::statat(&listing.dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Directory => {
                    let linked = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
                    Node { ino: Stamp::of(&stat).ino, linked }
                }
                _ => {
                    changed.extend(known.map(|_| (name.clone(), None)));
                    continue;
                }
            };
            let listed = Listed { name: name.clone(), format, node };
            if let Some(entry) = self.entry(look, listing, &listed, known) {
                changed.push((listed.name, entry));
            }
        }
        changed
    }

    /// Looks at a file: what has changed, which may be that it is gone.
    #[allow(clippy::option_option, reason = "no change, no file, and a file are three things")]
    pub(super) fn entry(
        &self,
        look: &mut Look<'_>,
        listing: &Listing,
        listed: &Listed,
        known: Option<&Entry>,
    ) -> Option<Option<Entry>> {
        let dir = listing.dir.as_fd();
        if let Some(known) = known
            && known.stamp.is_some()
            && known.stamp == stamp_of(listing, &listed.name)
        {
            // Another link to the same file, or a directory that numbers it otherwise.
            let moved = known.node != listed.node;
            return moved.then(|| Some(Entry { node: listed.node, ..known.clone() }));
        }
        let name = &*listed.name;
        let path = || self.path.join(name);
        let (stamp, outcome) = load(dir, name, path, listed.format, look);
        let held = match outcome {
            Outcome::Loaded(parsed) => {
                let Parsed { spec, kind, warnings } = *parsed;
                Held::Spec(match known.map(|known| &known.held) {
                    Some(Held::Spec(file)) if *file.spec == spec && file.warnings == warnings => {
                        Arc::clone(file)
                    }
                    _ => {
                        let (path, priority, spec) = (path().into(), self.priority, Arc::new(spec));
                        let prepared = PreparedFile::default();
                        Arc::new(SpecFile { path, priority, kind, spec, warnings, prepared })
                    }
                })
            }
            Outcome::Unwanted => Held::Nothing,
            Outcome::Failed(ReadError::NotAFile, _) if is_directory(dir, name) => Held::Nothing,
            // Removed since it was listed; a link whose target is gone is an error.
            Outcome::Failed(ReadError::Io(error), _)
                if error.kind() == io::ErrorKind::NotFound && !exists(listing, name) =>
            {
                return known.map(|_| None);
            }
            Outcome::Failed(error, kind) => {
                let error = LoadError { path: path(), priority: self.priority, kind, error };
                Held::Rejected(match known.map(|known| &known.held) {
                    Some(Held::Rejected(same)) if same.to_string() == error.to_string() => {
                        Arc::clone(same)
                    }
                    _ => Arc::new(error),
                })
            }
        };
        let stamp = stamp.filter(|stamp| stamp.is_settled(look.moment));
        let same = known.is_some_and(|known| {
            (known.node, known.stamp) == (listed.node, stamp)
                && Held::is_same(Some(&known.held), Some(&held))
        });
        (!same).then_some(Some(Entry { node: listed.node, stamp, held }))
    }
}

/// The stamp of a file, or of what a link leads to.
pub(super) fn stamp_of(listing: &Listing, name: &OsStr) -> Option<Stamp> {
    rustix::fs::statat(&listing.dir, name, AtFlags::empty()).ok().map(|stat| Stamp::of(&stat))
}

fn exists(listing: &Listing, name: &OsStr) -> bool {
    let found = rustix::fs::statat(&listing.dir, name, AtFlags::SYMLINK_NOFOLLOW);
    !matches!(found, Err(Errno::NOENT))
}
