//! Making the watcher watch what the plan says. Never runs on the watcher's thread, which answers
//! every call, and never holds the plan's lock during one, which that thread needs.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::{RecursiveMode, Watcher};

use super::error::WatchError;
use super::plan::{Added, Interest, MAX_NODES, Plan, Subject};
use super::walk::{Look, no_way_on, walk};
use crate::cdi::spec::Format;

/// The watcher, and what it watches.
pub(super) struct Armed {
    dirs: Vec<PathBuf>,
    pub(super) plan: Arc<Mutex<Plan>>,
    watcher: Handle,
}

/// A watcher that may have lost its thread. Then no method of it may be called, not even when it is
/// dropped: it would panic.
pub(super) struct Handle {
    /// `None` only while it is dropped.
    watcher: Option<Box<dyn Watcher + Send>>,
    ended: Arc<AtomicBool>,
}

impl Handle {
    pub(super) fn new(watcher: Box<dyn Watcher + Send>, ended: Arc<AtomicBool>) -> Self {
        Self { watcher: Some(watcher), ended }
    }

    fn alive(&mut self) -> Result<&mut (dyn Watcher + Send), WatchError> {
        match &mut self.watcher {
            Some(watcher) if !self.ended.load(Ordering::Acquire) => Ok(watcher.as_mut()),
            _ => Err(WatchError::Ended),
        }
    }

    fn watch(&mut self, dir: &Path) -> Result<Look, WatchError> {
        let error = match self.alive()?.watch(dir, RecursiveMode::NonRecursive) {
            Ok(()) => return Ok(Look::Watched),
            Err(error) => error,
        };
        match error.kind {
            notify::ErrorKind::PathNotFound => Ok(Look::Gone),
            notify::ErrorKind::Io(error) if error.kind() == ErrorKind::PermissionDenied => {
                Ok(Look::Unreadable(error))
            }
            notify::ErrorKind::Io(error) if no_way_on(&error) => Ok(Look::Gone),
            kind => Err(WatchError::of(notify::Error::new(kind), Some(dir))),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.ended.load(Ordering::Acquire) {
            std::mem::forget(self.watcher.take());
        }
    }
}

impl Armed {
    /// Watches all on the way to the directories, and them.
    pub(super) fn new(
        dirs: Vec<PathBuf>,
        plan: Arc<Mutex<Plan>>,
        watcher: Handle,
    ) -> Result<Self, WatchError> {
        let mut armed = Self { dirs, plan, watcher };
        for dir in 0..armed.dirs.len() {
            armed.arm_dir(dir)?;
        }
        Ok(armed)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        // No code that holds it can leave it half changed.
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks the stale paths up again and watches what is on their way now. Returns the directories
    /// whose events may have been missed meanwhile.
    ///
    /// All that was watched for the stale alone is unwatched first, also what seems to be the same: by
    /// the time this runs, the watcher may have dropped it.
    pub(super) fn rearm(
        &mut self,
        all: bool,
        stale: &BTreeSet<Subject>,
    ) -> Result<BTreeSet<usize>, WatchError> {
        let all = all || self.plan().is_entangled(stale);
        let dirs: BTreeSet<usize> =
            (0..self.dirs.len()).filter(|&dir| all || stale.contains(&Subject::Dir(dir))).collect();
        let gone = |subject: &Subject| dirs.contains(&subject.dir()) || stale.contains(subject);
        let unused = self.plan().forget(gone);
        for dir in unused {
            // It is no error that the watcher knows no more of it.
            let _ = self.watcher.alive()?.unwatch(&dir);
        }
        for &dir in &dirs {
            self.arm_dir(dir)?;
        }
        for subject in stale {
            if let Subject::File(dir, name) = subject
                && !dirs.contains(dir)
                && let Some(path) = self.dirs.get(*dir)
            {
                let path = path.join(name);
                self.arm_file(&path, subject)?;
            }
        }
        Ok(dirs)
    }

    /// Watches the way to a spec directory, itself, and the ways to the targets of links in it.
    fn arm_dir(&mut self, dir: usize) -> Result<(), WatchError> {
        let Some(path) = self.dirs.get(dir).cloned() else {
            return Ok(());
        };
        let subject = Subject::Dir(dir);
        let found = walk(&path, |at, name| self.watch(at, &Interest::LookedUp(name, &subject)))?;
        let Some(found) = found else {
            return Ok(());
        };
        // What cannot be read here cannot be read by others of this user either; when it can, the
        // directory's mode has changed, which its parent tells.
        if let Look::Gone | Look::Unreadable(_) = self.watch(&found, &Interest::Listed(dir))? {
            return Ok(());
        }
        let Ok(entries) = fs::read_dir(&found) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if Format::of_path(Path::new(&name)).is_some()
                && entry.file_type().is_ok_and(|kind| kind.is_symlink())
            {
                let link = path.join(&name);
                self.arm_file(&link, &Subject::File(dir, name))?;
            }
        }
        Ok(())
    }

    /// Watches the way to the target of a file that is a link, and the target.
    fn arm_file(&mut self, path: &Path, subject: &Subject) -> Result<(), WatchError> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            walk(path, |at, name| self.watch(at, &Interest::LookedUp(name, subject)))?;
        }
        Ok(())
    }

    /// Watches a directory for one more reason. The plan is changed first, so that no event comes
    /// before its meaning is known.
    fn watch(&mut self, dir: &Path, interest: &Interest<'_>) -> Result<Look, WatchError> {
        let id = if self.plan().knows(dir) {
            (0, 0)
        } else {
            match fs::metadata(dir) {
                Ok(found) => (found.dev(), found.ino()),
                Err(error) if no_way_on(&error) => return Ok(Look::Gone),
                Err(source) => {
                    return Err(WatchError::Directory { path: dir.to_owned(), source });
                }
            }
        };
        let added = self.plan().add(dir, id, interest);
        let look = match added {
            Added::Known => return Ok(Look::Watched),
            Added::New => self.watcher.watch(dir)?,
            Added::Full => return Err(WatchError::TooMany { most: MAX_NODES }),
        };
        if !matches!(look, Look::Watched) {
            self.plan().remove(dir);
        }
        Ok(look)
    }
}
