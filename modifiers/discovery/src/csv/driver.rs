//! The driver's files that the lists name: the same for every device.

use std::collections::BTreeSet;

use super::lists::Lists;
use super::missing::Missing;
use super::pattern::Pattern;
use crate::{FileKind, Files, Found, Links, Mount, Root};

/// What tells programs that they run on a Tegra system.
const RELEASE: &str = "/etc/nv_tegra_release";

/// The mounts, and the hooks that make links.
pub(super) fn driver_files<F: Files>(
    files: &mut F,
    lists: &Lists,
    ignored: &[Pattern],
) -> Result<Found, F::Error> {
    let mut mounts = Mounts::default();
    mounts.add(directories(files, &lists.directories)?);

    let libraries = resolved(files, &lists.libraries)?;
    let mut links = Links::default();
    for library in &libraries {
        links.add_library(files, library, None)?;
    }
    let mut hooks = Vec::from_iter(links.hook());
    mounts.add(libraries);

    let wanted = |path: &&String| !ignored.iter().any(|pattern| pattern.matches(path));
    let wanted: Vec<String> = lists.links.iter().filter(wanted).cloned().collect();
    let mut links = Links::default();
    let mut missing = Missing::default();
    for path in &wanted {
        match target(files, path)? {
            Some(target) => {
                mounts.add([target]);
                links.add_chain(files, path)?;
            }
            None => missing.add(path),
        }
    }
    missing.warn(files, "files");
    hooks.extend(links.hook());

    if let [Some(_)] = files.stat(Root::Driver, &[RELEASE])?.as_slice() {
        mounts.add([RELEASE.into()]);
    }
    Ok(Found { mounts: mounts.mounts, hooks, ..Found::default() })
}

/// Mounts of files at the paths that they have, each once.
#[derive(Default)]
struct Mounts {
    mounts: Vec<Mount>,
    seen: BTreeSet<String>,
}

impl Mounts {
    fn add(&mut self, paths: impl IntoIterator<Item = String>) {
        for path in paths {
            if self.seen.insert(path.clone()) {
                self.mounts.push(Mount::read_only(Root::Driver, path.clone(), path));
            }
        }
    }
}

/// Those of these paths that are directories, or lead to one.
fn directories<F: Files>(files: &mut F, paths: &[String]) -> Result<Vec<String>, F::Error> {
    let mut missing = Missing::default();
    let mut there = Vec::new();
    for path in paths {
        let directory = match files.resolve(Root::Driver, path)? {
            Some(target) => is(files, &target, |kind| kind == FileKind::Directory)?,
            None => false,
        };
        if directory {
            there.push(path.clone());
        } else {
            missing.add(path);
        }
    }
    missing.warn(files, "directories");
    Ok(there)
}

/// What these paths lead to, as far as these are files.
fn resolved<F: Files>(files: &mut F, paths: &[String]) -> Result<Vec<String>, F::Error> {
    let mut missing = Missing::default();
    let mut there = Vec::new();
    for path in paths {
        match target(files, path)? {
            Some(target) => there.push(target),
            None => missing.add(path),
        }
    }
    missing.warn(files, "files");
    Ok(there)
}

/// What a path leads to; `None` where it is nothing, or a directory.
fn target<F: Files>(files: &mut F, path: &str) -> Result<Option<String>, F::Error> {
    Ok(match files.resolve(Root::Driver, path)? {
        Some(target) if is(files, &target, |kind| kind != FileKind::Directory)? => Some(target),
        _ => None,
    })
}

fn is<F: Files>(
    files: &mut F,
    path: &str,
    kind: impl Fn(FileKind) -> bool,
) -> Result<bool, F::Error> {
    let entries = files.stat(Root::Driver, &[path])?;
    Ok(matches!(entries.as_slice(), [Some(entry)] if kind(entry.kind)))
}
