//! Loading what a few devices need and no more: what a process does that makes one container.
//!
//! What bounds it is one look at each file's stamp. Files that are as an index remembers them are read
//! only if they define a device that is wanted; the others are read. Facts of the host are in no spec
//! file and in no index.

use std::path::Path;

use super::directory::{Changed, Directory, Entry, Held, Look, readable, stamp_of};
use super::index::{Index, Summary, Writer, is_possible};
use super::listing::{Listed, Listing, list};
use super::options::LoadOptions;
use super::stamp::Moment;
use super::{Changes, Registry};
use crate::cdi::names::{Kind, QualifiedName};

/// With no more files than these an index saves nothing.
const FEW: usize = 32;

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'w> {
    /// These devices.
    Devices(&'w [QualifiedName]),
    /// All devices of these kinds.
    Kinds(&'w [Kind]),
}

impl Wanted<'_> {
    fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Kinds(kinds) => kinds.to_vec(),
            Self::Devices(names) => {
                let mut kinds: Vec<Kind> = names.iter().map(QualifiedName::kind).collect();
                kinds.dedup();
                kinds
            }
        }
    }

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
    /// A file of another kind is read no further than its `kind`. Where directories are large and
    /// [`LoadOptions::index`] names an index, a file that has not changed since is not read at all
    /// unless it defines a wanted device.
    #[must_use]
    pub fn load_for<P: AsRef<Path>>(dirs: &[P], wanted: Wanted<'_>, options: &LoadOptions) -> Self {
        let mut registry = Self::empty(dirs, options);
        registry.partial = true;
        let kinds = wanted.kinds();
        let moment = Moment::now();
        let mut look = Look { options, kinds: Some(&kinds), moment, buffer: Vec::new() };
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
        if writer.is_some() {
            // A file that is not remembered yet is read wholly: it will be.
            look.kinds = None;
        }
        let mut changes = Changes::default();
        for (i, (dir, listing)) in registry.directories.iter().zip(listings).enumerate() {
            let found = match listing {
                Err(state) => Changed::unreadable(state),
                Ok(listing) => {
                    let entries = match &mut writer {
                        Some(writer) => indexed(dir, &mut look, &listing, &index, writer, wanted),
                        None => dir.listed(&mut look, &listing, None),
                    };
                    Changed::read(&look, &listing, entries)
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

/// What a directory holds: from the index where that is right, from the files where not.
fn indexed(
    dir: &Directory,
    look: &mut Look<'_>,
    listing: &Listing,
    index: &Index<'_>,
    writer: &mut Writer,
    wanted: Wanted<'_>,
) -> Vec<(std::ffi::OsString, Option<Entry>)> {
    let known = index.directory(&dir.path);
    let mut names: Vec<&Listed> = listing.names.iter().collect();
    names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    writer.directory(&dir.path);
    let mut entries = Vec::new();
    for listed in names {
        let remembered = known
            .and_then(|known| known.get(&listed.name))
            .filter(|(stamp, _)| stamp_of(listing, &listed.name) == Some(**stamp));
        if let Some((stamp, summary)) = &remembered {
            writer.keep(&listed.name, stamp, summary);
            if !wanted.needs(summary) {
                continue;
            }
        }
        let Some(Some(entry)) = dir.entry(look, listing, listed, None) else {
            continue;
        };
        if remembered.is_none() {
            let spec = if let Held::Spec(file) = &entry.held { Some(&**file) } else { None };
            writer.learn(&listed.name, entry.stamp.as_ref(), spec);
        }
        entries.push((listed.name.clone(), Some(entry)));
    }
    entries
}
