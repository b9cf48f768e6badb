//! Each test does something to real directories and awaits the hints for it. A *marker* is a file that
//! is made afterwards: its hint comes after all others, so that what has not come by then never does.

mod files;
mod limits;
mod namespaces;
mod waiting;
mod walking;
mod ways;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;

const DEADLINE: Duration = Duration::from_secs(5);
const AT_ONCE: Burst = Burst { quiet: Duration::ZERO, at_most: Duration::ZERO };

/// Hints that were taken, names as `0/a.json`.
#[derive(Debug, Default)]
struct Seen {
    all: bool,
    dirs: BTreeSet<usize>,
    names: BTreeSet<String>,
}

impl Seen {
    /// Takes all hints that there are; fails if watching ended.
    fn take(&mut self, watch: &Watch) {
        let hints = watch.take();
        assert!(hints.lost.is_none(), "{:?}", hints.lost);
        self.all |= hints.all;
        self.dirs.extend(hints.dirs);
        let names = hints.names.into_iter();
        self.names.extend(names.map(|(dir, name)| format!("{dir}/{}", name.to_str().unwrap())));
    }
}

/// A folder to play in, with watched spec directories in it.
struct Play {
    #[expect(dead_code, reason = "removes the folder in the end")]
    folder: Option<tempfile::TempDir>,
    root: PathBuf,
    dirs: Vec<PathBuf>,
    watch: Watch,
    markers: Cell<usize>,
}

impl Play {
    /// Prepares the folder, then watches these directories in it.
    fn new(dirs: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        prepare(&root);
        let dirs: Vec<_> = dirs.iter().map(|dir| root.join(dir)).collect();
        let watch = Watch::new(&dirs).unwrap();
        Self { folder: Some(folder), root, dirs, watch, markers: Cell::new(0) }
    }

    /// One directory with `a.json` in it, beside a folder with `b.json`.
    fn simple() -> Self {
        Self::new(&["cdi"], |root| {
            for (dir, file) in [("cdi", "a.json"), ("other", "b.json")] {
                fs::create_dir(root.join(dir)).unwrap();
                fs::write(root.join(dir).join(file), "{}").unwrap();
            }
        })
    }

    /// Takes hints until some fit.
    fn until(&self, what: &str, fit: impl Fn(&Seen) -> bool) -> Seen {
        let (start, mut seen) = (Instant::now(), Seen::default());
        loop {
            seen.take(&self.watch);
            if fit(&seen) {
                return seen;
            }
            let left = DEADLINE.checked_sub(start.elapsed());
            assert!(left.is_some() && self.watch.wait(left, AT_ONCE), "no hint: {what}: {seen:?}");
        }
    }

    /// All hints for what was done so far to the directory of that index, which is watched.
    fn settled(&self, dir: usize) -> Seen {
        let marker = self.mark(dir);
        let mut seen = self.until("marker", |seen| seen.names.contains(&marker));
        seen.names.retain(|name| !name.contains("marker"));
        seen
    }

    /// That changes in the directory of that index give a hint by name, which shows that it is watched.
    /// One that is made before it is watched again is covered by the hint for the directory.
    fn is_live(&self, dir: usize) -> Seen {
        let mut seen = Seen::default();
        for _ in 0..20 {
            let marker = self.mark(dir);
            let more = self
                .until("marker", |seen| seen.names.contains(&marker) || seen.dirs.contains(&dir));
            seen.dirs.extend(more.dirs);
            if more.names.contains(&marker) {
                return seen;
            }
        }
        panic!("never quiet: {seen:?}");
    }

    fn mark(&self, dir: usize) -> String {
        let name = format!("marker-{}.json", self.markers.replace(self.markers.get() + 1));
        fs::write(self.dirs[dir].join(&name), "").unwrap();
        format!("{dir}/{name}")
    }
}

/// Replaces a link as a careful program does.
fn relink(target: &str, link: &Path) {
    let new = link.with_file_name("new-link");
    symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}
