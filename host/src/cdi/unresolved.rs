//! Why devices do not resolve, said so that an operator can mend it.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use super::names::{NameError, QualifiedName};
use super::registry::{DirectoryState, LoadError, Registry};
use super::text::{quoted, shown};

/// How many devices, files or names one line repeats.
const SHOWN: usize = 4;
/// How many edits of a letter make a name still near.
const NEAR: usize = 3;
/// The longest name, in bytes, that is compared for nearness.
const COMPARED: usize = 128;

/// Devices that do not resolve. Its text is one line; [`Unresolved::details`] says everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// In the order of the request, each once.
    pub devices: Vec<UnresolvedDevice>,
    /// The directories that were searched, each with what is wrong with it.
    pub directories: Vec<(PathBuf, Option<String>)>,
    /// All files that were rejected.
    pub rejected: Vec<RejectedFile>,
}

/// A device that does not resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedDevice {
    /// As it was asked for.
    pub name: String,
    /// Why.
    pub cause: Cause,
    /// The names nearest to it that resolve.
    pub nearest: Vec<QualifiedName>,
}

/// A file that was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Why, in words.
    pub why: String,
}

/// Why a device does not resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It is not the name of a device.
    Name(NameError),
    /// These files of one priority define it.
    Conflict(Vec<PathBuf>),
    /// Files that say they are of its kind were rejected.
    Rejected(Vec<RejectedFile>),
    /// There are devices of its kind, but not this one.
    NoDevice,
    /// There are no devices of its kind.
    NoKind,
}

impl Unresolved {
    pub(crate) fn new(registry: &Registry, names: &[Result<QualifiedName, NameError>]) -> Self {
        let mut devices: Vec<UnresolvedDevice> = Vec::new();
        for name in names {
            let (text, cause) = match name {
                Ok(name) if registry.device(name).is_some() => continue,
                Ok(name) => (name.to_string(), cause(registry, name)),
                Err(error) => (error.whole.clone(), Cause::Name(error.clone())),
            };
            if !devices.iter().any(|device| device.name == text) {
                let nearest = nearest(registry, &text);
                devices.push(UnresolvedDevice { name: text, cause, nearest });
            }
        }
        let directories = registry.directories().iter().map(|dir| {
            let problem = match &dir.state {
                DirectoryState::Read => None,
                DirectoryState::Missing => Some("does not exist".to_owned()),
                DirectoryState::Failed(error) => Some(error.to_string()),
            };
            (dir.path.clone(), problem)
        });
        Self {
            devices,
            directories: directories.collect(),
            rejected: registry.failures().map(RejectedFile::new).collect(),
        }
    }

    /// Everything that is known, on several lines, each ended.
    #[must_use]
    pub fn details(&self) -> String {
        let mut out = String::new();
        for device in &self.devices {
            let _ = writeln!(out, "{device}");
        }
        for (path, problem) in &self.directories {
            let _ =
                writeln!(out, "searched {}: {}", shown(path), problem.as_deref().unwrap_or("read"));
        }
        for file in &self.rejected {
            let _ = writeln!(out, "rejected {file}");
        }
        out
    }
}

impl RejectedFile {
    fn new(error: &LoadError) -> Self {
        Self { path: error.path.clone(), why: error.error.to_string() }
    }
}

fn cause(registry: &Registry, name: &QualifiedName) -> Cause {
    let conflict = registry.conflict(name);
    if !conflict.is_empty() {
        return Cause::Conflict(conflict.into_iter().map(PathBuf::from).collect());
    }
    let of_kind = |error: &&LoadError| error.kind.as_deref() == Some(name.kind_str());
    let rejected: Vec<_> = registry.failures().filter(of_kind).map(RejectedFile::new).collect();
    if !rejected.is_empty() {
        return Cause::Rejected(rejected);
    }
    if registry.files().any(|file| file.kind.as_str() == name.kind_str()) {
        Cause::NoDevice
    } else {
        Cause::NoKind
    }
}

/// The names that are few edits away, the nearest first.
fn nearest(registry: &Registry, name: &str) -> Vec<QualifiedName> {
    if name.len() > COMPARED {
        return Vec::new();
    }
    let mut near: Vec<_> = registry
        .devices()
        .filter(|known| known.as_str().len().abs_diff(name.len()) <= NEAR)
        .map(|known| (strsim::osa_distance(known.as_str(), name), known))
        .filter(|(distance, _)| *distance <= NEAR)
        .collect();
    near.sort_unstable();
    near.into_iter().take(SHOWN).map(|(_, name)| name.clone()).collect()
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.devices.len() == 1 { "CDI device" } else { "CDI devices" };
        write!(f, "cannot resolve {what} ")?;
        list(f, &self.devices, "; ")?;
        f.write_str("; searched ")?;
        for (i, (path, problem)) in self.directories.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}", shown(path))?;
            if let Some(problem) = problem {
                write!(f, " ({problem})")?;
            }
        }
        if self.directories.is_empty() {
            f.write_str("no directory")?;
        }
        // Those that are a cause have been named with their device.
        let named = |file: &&RejectedFile| {
            self.devices.iter().any(|device| match &device.cause {
                Cause::Rejected(files) => files.contains(file),
                _ => false,
            })
        };
        let others: Vec<_> = self.rejected.iter().filter(|file| !named(file)).collect();
        if others.is_empty() {
            return Ok(());
        }
        f.write_str("; rejected ")?;
        list(f, &others, "; ")
    }
}

impl std::error::Error for Unresolved {}

impl fmt::Display for UnresolvedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.name.split_once('=').map_or("", |(kind, _)| kind);
        match &self.cause {
            Cause::Name(error) => write!(f, "{}: {error}", quoted(&self.name))?,
            Cause::Conflict(files) => {
                write!(f, "{}: defined in each of ", self.name)?;
                list(f, files.iter().map(|path| shown(path)), ", ")?;
            }
            Cause::Rejected(files) => {
                write!(f, "{}: rejected ", self.name)?;
                list(f, files, ", ")?;
            }
            Cause::NoDevice => write!(f, "{}: {kind} has no such device", self.name)?,
            Cause::NoKind => write!(f, "{}: there are no devices of {kind}", self.name)?,
        }
        if self.nearest.is_empty() {
            return Ok(());
        }
        f.write_str(" (near: ")?;
        list(f, &self.nearest, ", ")?;
        f.write_str(")")
    }
}

impl fmt::Display for RejectedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shown(&self.path), self.why)
    }
}

/// The first few, and how many more.
pub(super) fn list(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = impl fmt::Display, IntoIter: ExactSizeIterator>,
    separator: &str,
) -> fmt::Result {
    let items = items.into_iter();
    let count = items.len();
    for (i, item) in items.take(SHOWN).enumerate() {
        let separator = if i == 0 { "" } else { separator };
        write!(f, "{separator}{item}")?;
    }
    match count.checked_sub(SHOWN) {
        Some(more @ 1..) => write!(f, "{separator}and {more} more"),
        _ => Ok(()),
    }
}
