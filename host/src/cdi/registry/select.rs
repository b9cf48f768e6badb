//! Loading what a few devices need and no more: what a process does that makes one container.
//!
//! What bounds it is one look at each file's stamp. Files that are as an index remembers them are read
//! only if they define a device that is wanted; the others are read, and parsed only if what is wanted
//! stands in them. Facts of the host are in no spec file and in no index.

use std::ffi::OsString;
use std::path::Path;

use super::directory::{Changed, Directory, Entry, Held, Look, readable, stamp_of};
use super::index::{Index, Section, Summary, Writer, is_possible};
use super::listing::{Listed, Listing, list};
use super::options::LoadOptions;
use super::share::shared;
use super::sieve::Sieve;
use super::stamp::{Moment, Stamp};
use super::{Changes, Registry};
use crate::cdi::names::{Kind, QualifiedName};

/// With no more files than these an index saves nothing.
const FEW: usize = 32;
/// So many files a thread parses for the index only. What one process does not learn, the next ones do: none
/// of them has to parse all files because all have changed.
const LESSON: usize = 32;

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
        let mut writer = path.map(|_| Writer::new(options));
        let sieve = Sieve::new(wanted);
        let learns = if writer.is_some() { LESSON } else { 0 };
        let search = Search { options, wanted, sieve: &sieve, moment, learns };
        let mut changes = Changes::default();
        for (i, (dir, listing)) in registry.directories.iter().zip(listings).enumerate() {
            let found = match listing {
                Err(state) => Changed::unreadable(state),
                Ok(mut listing) => {
                    if writer.is_some() {
                        listing.names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                    }
                    let known = index.directory(&dir.path);
                    let seen =
                        shared(&listing.names, &|share| search.look(dir, &listing, share, known));
                    if let Some(writer) = &mut writer {
                        remember(writer, dir, &seen);
                    }
                    let entries = seen.into_iter().filter_map(Seen::entry).collect();
                    Changed::read(moment, &listing, entries)
                }
            };
            changes.0.push((i, found));
        }
        registry.apply(changes);
        if let (Some(path), Some(writer)) = (path, writer) {
            writer.write(path);
        }
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
    options: &'s LoadOptions,
    wanted: Wanted<'s>,
    sieve: &'s Sieve<'s>,
    moment: Moment,
    /// How many files are parsed that need not be.
    learns: usize,
}

impl Search<'_> {
    /// What a share of a directory's files holds: from the index where that is right, from the files
    /// where not.
    fn look<'s>(
        &self,
        dir: &Directory,
        listing: &Listing,
        share: &'s [Listed],
        known: Option<&'s Section<'s>>,
    ) -> Vec<Seen<'s>> {
        let (options, moment, buffer) = (self.options, self.moment, Vec::new());
        let mut look = Look { options, sieve: None, moment, buffer };
        let (mut learned, mut was_stale) = (0, false);
        let seen = |listed: &'s Listed| {
            let known = known.and_then(|known| known.get(&listed.name));
            let is_so = |now: Option<Stamp>| known.filter(|(stamp, _)| now == Some(**stamp));
            // After one that has changed the next has probably, too: it is not looked at, but read.
            let mut remembered = match known {
                Some(_) if !was_stale => is_so(stamp_of(listing, &listed.name)),
                _ => None,
            };
            if remembered.is_some_and(|(_, summary)| !self.wanted.needs(summary)) {
                return Seen { listed, remembered, entry: None };
            }
            let learns = remembered.is_none() && learned < self.learns;
            learned += usize::from(learns);
            look.sieve = (!learns).then_some(self.sieve);
            let entry = dir.entry(&mut look, listing, listed, None).flatten();
            remembered = remembered.or_else(|| is_so(entry.as_ref().and_then(|entry| entry.stamp)));
            was_stale = known.is_some() && remembered.is_none();
            Seen { listed, remembered, entry }
        };
        share.iter().map(seen).collect()
    }
}

/// Writes down what was found. What was not parsed is learned another time.
fn remember(writer: &mut Writer, dir: &Directory, seen: &[Seen<'_>]) {
    writer.directory(&dir.path);
    for Seen { listed, remembered, entry } in seen {
        match (remembered, entry) {
            (Some((stamp, summary)), _) => writer.keep(&listed.name, stamp, summary),
            (None, Some(Entry { stamp, held: Held::Spec(file), .. })) => {
                writer.learn(&listed.name, stamp.as_ref(), Some(file));
            }
            (None, Some(Entry { stamp, held: Held::Rejected(_), .. })) => {
                writer.learn(&listed.name, stamp.as_ref(), None);
            }
            (None, Some(Entry { held: Held::Nothing, .. }) | None) => {}
        }
    }
}
