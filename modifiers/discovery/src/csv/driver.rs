//! The driver's files that the lists name: the same for every device.

use std::collections::BTreeSet;

use super::lists::Lists;
use super::missing::Missing;
use super::pattern::Pattern;
use crate::{FileKind, Files, Found, Links, Mount, Root};

/// What tells programs that they run on a Tegra system.
pub const RELEASE: &str = "/etc/nv_tegra_release";

/// Paths that are asked for at a time.
const MOST_PATHS: usize = 1024;

/// The mounts, and the hooks that make links.
pub(super) fn driver_files<F: Files>(
    files: &mut F,
    lists: &Lists,
    ignored: &[Pattern],
) -> Result<Found, F::Error> {
    let mut mounts = Mounts::default();
    let directories =
        located(files, &lists.directories, "directories", |kind| kind == FileKind::Directory)?;
    mounts.add(directories.into_iter().map(|(path, _)| path.into()));

    let libraries = located(files, &lists.libraries, "files", |kind| kind != FileKind::Directory)?;
    let libraries: Vec<String> = libraries.into_iter().map(|(_, target)| target).collect();
    let mut links = Links::default();
    for library in &libraries {
        links.add_library(files, library, None)?;
    }
    let mut hooks = Vec::from_iter(links.hook());
    mounts.add(libraries);

    let wanted = |path: &&String| !ignored.iter().any(|pattern| pattern.matches(path));
    let wanted: Vec<String> = lists.links.iter().filter(wanted).cloned().collect();
    let mut links = Links::default();
    for (path, target) in located(files, &wanted, "files", |kind| kind != FileKind::Directory)? {
        mounts.add([target]);
        links.add_chain(files, path)?;
    }
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

/// Those of these paths that lead to what is of the right kind, and where they lead. `what` is the kind
/// in words, for a warning about the others.
fn located<'a, F: Files>(
    files: &mut F,
    paths: &'a [String],
    what: &str,
    is: impl Fn(FileKind) -> bool,
) -> Result<Vec<(&'a str, String)>, F::Error> {
    let mut located = Vec::new();
    let mut missing = Missing::default();
    for some in paths.chunks(MOST_PATHS) {
        let asked: Vec<&str> = some.iter().map(String::as_str).collect();
        let mut targets = Vec::with_capacity(asked.len());
        for (path, entry) in asked.iter().zip(files.stat(Root::Driver, &asked)?) {
            targets.push(match entry {
                Some(entry) if entry.kind == FileKind::Link => files.resolve(Root::Driver, path)?,
                entry => entry.map(|entry| entry.path),
            });
        }
        let found: Vec<&str> = targets.iter().flatten().map(String::as_str).collect();
        let mut entries = files.stat(Root::Driver, &found)?.into_iter();
        for (path, target) in asked.into_iter().zip(targets) {
            // One entry for each target that there is.
            let entry = target.as_ref().and_then(|_| entries.next().flatten());
            match target.filter(|_| entry.is_some_and(|entry| is(entry.kind))) {
                Some(target) => located.push((path, target)),
                None => missing.add(path),
            }
        }
    }
    missing.warn(files, what);
    Ok(located)
}
