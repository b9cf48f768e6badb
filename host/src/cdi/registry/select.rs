//! Loading what a few devices need and no more: what a process does that makes one container.
//!
//! What bounds it is one look at each file's stamp. Files that are as an index remembers them are read
//! only if they define a device that is wanted; the others are read, and parsed only if what is wanted
//! stands in them. Facts of the host are in no spec file and in no index.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::path::Path;

use super::directory::{Changed, Directory, Entry, Held, readable, stamp_of};
use super::files::Look;
use super::index::{Index, Section, Summary, Writer, is_possible};
use super::listing::{Listed, Listing, list};
use super::options::LoadOptions;
use super::sieve::Sieve;
use super::stamp::{Moment, Stamp};
use super::{Changes, Registry};
use crate::cdi::names::{Kind, QualifiedName};

/// With no more files than these an index saves nothing.
const FEW: usize = 32;
/// One in so many files has to be new before an index is written again: reading a few files costs
/// less than writing.
const SHARE: usize = 32;
/// So many files are parsed for the index only. What one process does not learn, the next ones do: none of
/// them has to parse all files because all have changed.
const LESSON: usize = 16;

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'w> {
    /// These devices.
    Devices(&'w [QualifiedName]),
    /// All devices of these kinds.
    Kinds(&'w [Kind]),
}

/// What a registry was loaded for: its own copy of [`Wanted`].
#[derive(Debug, Clone)]
pub(super) enum Scope {
    Devices(Vec<QualifiedName>),
    Kinds(Vec<Kind>),
}

impl Scope {
    /// Whether all files that may define a device were loaded.
    pub(super) fn has(&self, name: &QualifiedName) -> bool {
        match self {
            Self::Devices(names) => names.contains(name),
            Self::Kinds(kinds) => kinds.iter().any(|kind| kind.as_str() == name.kind_str()),
        }
    }
}

impl From<Wanted<'_>> for Scope {
    fn from(wanted: Wanted<'_>) -> Self {
        match wanted {
            Wanted::Devices(names) => Self::Devices(names.to_vec()),
            Wanted::Kinds(kinds) => Self::Kinds(kinds.to_vec()),
        }
    }
}

impl Wanted<'_> {
    /// Whether a file may be needed that defines these.
    fn needs(&self, summary: &Summary<'_>) -> bool {
        let Summary::Spec { kind, devices } = summary else {
            return false;
        };
        match self {
            Self::Kinds(kinds) => kinds.iter().any(|wanted| wanted.as_str() == *kind),
            Self::Devices(names) => names.iter().any(|wanted| {
                wanted.kind_str() == *kind && devices.clone().any(|name| name == wanted.name())
            }),
        }
    }
}

impl Registry {
    /// Loads what is needed to resolve what is wanted. Should a device not resolve,
    /// [`Registry::resolve`] loads everything to say why.
    ///
    /// A file in which what is wanted does not stand is not parsed. Where directories are large and
    /// [`LoadOptions::index`] names an index, a file that has not changed since is not even read unless
    /// it defines a wanted device.
    #[must_use]
    pub fn load_for<P: AsRef<Path>>(dirs: &[P], wanted: Wanted<'_>, options: &LoadOptions) -> Self {
        let mut registry = Self::empty(dirs, options);
        registry.scope = Some(wanted.into());
        let moment = Moment::now();
        let listings: Vec<_> =
            registry.directories.iter().map(|dir| readable(list(&dir.path, options))).collect();
        let files: usize = listings.iter().flatten().map(|listing| listing.names.len()).sum();
        let path = options.index.as_deref();
        let path = path.filter(|_| files > FEW && options.parse.validator.is_none());
        let bytes = path.map(|path| Index::read(path, options)).unwrap_or_default();
        let index = Index::parse(&bytes);
        // Without any, reading files wholly would be for nothing.
        let path = path.filter(|path| !bytes.is_empty() || is_possible(path));
        let sieve = Sieve::new(wanted);
        let learns = if path.is_some() { LESSON } else { 0 };
        let mut look = Look::new(options, moment);
        look.sieve = Some(&sieve);
        let mut search = Search { wanted, look, learns };
        let directories = registry.directories.iter().zip(&listings).map(|(dir, listing)| {
            let Ok(listing) = listing else { return Vec::new() };
            search.look(dir, listing, index.directory(&dir.path))
        });
        let mut seen: Vec<Vec<Seen<'_>>> = directories.collect();
        if let Some(path) = path.filter(|_| is_worth_writing(seen.iter().flatten())) {
            let mut writer = Writer::new(options);
            for (dir, seen) in registry.directories.iter().zip(&mut seen) {
                remember(&mut writer, dir, seen);
            }
            writer.write(path);
        }
        let found = seen.into_iter().zip(&listings).map(|(seen, listing)| match listing {
            Err(state) => Changed::unreadable(state.clone()),
            Ok(listing) => {
                Changed::read(moment, listing, seen.into_iter().filter_map(Seen::entry).collect())
            }
        });
        let changes = Changes(found.enumerate().collect());
        registry.apply(changes);
        registry
    }
}

/// What was found at a name.
struct Seen<'s> {
    listed: &'s Listed,
    /// What the index rightly remembers of it.
    remembered: Option<(&'s Stamp, &'s Summary<'s>)>,
    /// `None`: it was not read, or is gone.
    entry: Option<Entry>,
}

impl Seen<'_> {
    fn entry(self) -> Option<(OsString, Option<Entry>)> {
        let entry = self.entry.filter(|entry| !matches!(entry.held, Held::Nothing))?;
        Some((self.listed.name.clone(), Some(entry)))
    }
}

/// A search for what is wanted.
struct Search<'s> {
    wanted: Wanted<'s>,
    look: Look<'s>,
    /// How many files may still be parsed for the index only.
    learns: usize,
}

impl Search<'_> {
    /// What a directory's files hold: from the index where that is right, from the files where not.
    fn look<'s>(
        &mut self,
        dir: &Directory,
        listing: &'s Listing,
        known: Option<&'s Section<'s>>,
    ) -> Vec<Seen<'s>> {
        let mut was_stale = false;
        let seen = |listed: &'s Listed| {
            let known = LazyCell::new(|| known.and_then(|known| known.get(&listed.name)));
            let is_so = |now: Stamp| known.filter(|(stamp, _)| now == **stamp);
            // After one that has changed the next has probably, too: it is not looked at, but read.
            let mut remembered = if was_stale || known.is_none() {
                None
            } else {
                stamp_of(listing, &listed.name).and_then(is_so)
            };
            if remembered.is_some_and(|(_, summary)| !self.wanted.needs(summary)) {
                return Seen { listed, remembered, entry: None };
            }
            self.look.learns = remembered.is_none() && self.learns > 0;
            let entry = dir.entry(&mut self.look, listing, listed, None).flatten();
            let learned = self.look.learns && is_lesson(entry.as_ref());
            self.learns -= usize::from(learned);
            let stamp = entry.as_ref().and_then(|entry| entry.stamp);
            remembered = remembered.or_else(|| stamp.and_then(is_so));
            // One that has just changed need not be looked for to be sure of that.
            let is_stale = || was_stale && stamp.is_none() || known.is_some();
            was_stale = remembered.is_none() && is_stale();
            Seen { listed, remembered, entry }
        };
        listing.names.iter().map(seen).collect()
    }
}

/// Whether what was found is something for an index to remember.
fn is_lesson(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.stamp.is_some() && !matches!(entry.held, Held::Nothing))
}

/// Whether an index of these is so much better than the one that is there.
fn is_worth_writing<'s>(seen: impl Iterator<Item = &'s Seen<'s>>) -> bool {
    let (mut kept, mut learned) = (0, 0);
    for Seen { remembered, entry, .. } in seen {
        kept += usize::from(remembered.is_some());
        learned += usize::from(remembered.is_none() && is_lesson(entry.as_ref()));
    }
    // After a full lesson there may be more to learn.
    learned * SHARE > kept || learned >= LESSON
}

/// Writes down what was found. What was not parsed is learned another time.
fn remember(writer: &mut Writer, dir: &Directory, seen: &mut [Seen<'_>]) {
    seen.sort_unstable_by(|a, b| a.listed.name.cmp(&b.listed.name));
    writer.directory(&dir.path);
    for Seen { listed, remembered, entry } in seen {
        match (remembered, entry) {
            (Some((stamp, summary)), _) => writer.keep(&listed.name, stamp, summary),
            (None, Some(Entry { stamp: Some(stamp), held: Held::Spec(file), .. })) => {
                writer.learn(&listed.name, stamp, Some(file));
            }
            (None, Some(Entry { stamp: Some(stamp), held: Held::Rejected(_), .. })) => {
                writer.learn(&listed.name, stamp, None);
            }
            // Without a stamp it has to be read again.
            (None, _) => {}
        }
    }
}
