//! Watching spec directories: tells which files to look at again, and never what is in them.
//!
//! A change is a *hint*. What it says may have changed need not have, and the one who takes it looks.
//! The other way round it is a promise: after a change, there is a hint for it, within the time that
//! the system takes to tell. This holds for spec directories that are not there yet, that vanish, are
//! moved or made anew, that are links or lie below links, and for spec files that are links: each path
//! is looked up as the kernel does, and every directory on the way is watched for the names that
//! matter there.
//!
//! What gives no hint:
//! - Names that are no spec files' (editors' temporary and backup files), and reading.
//! - Content that is being written: it counts when the file is closed. A file that stays open for
//!   writing, or is only changed by `truncate(2)` or through a mapping, is seen at its close, or when
//!   somebody looks without a hint. The creation of a file counts too: it may be a finished one.
//! - A file system that is mounted over a directory or removed from there, and what another machine
//!   changes on a network file system. The system does not tell.

mod arm;
mod error;
mod handler;
mod inbox;
mod plan;
mod walk;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{RecommendedWatcher, Watcher};

use arm::{Armed, Handle};
pub(crate) use error::WatchError;
use handler::Handler;
use inbox::{Batch, Inbox};

/// Watches spec directories until it is dropped. One is enough for many threads, but a hint is given
/// to one of them only.
pub(crate) struct Watch {
    inbox: Arc<Inbox>,
    /// `None` when watching has ended.
    armed: Mutex<Option<Armed>>,
}

/// What may have changed. A directory's index is its place in the list that was watched.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// Anything: look at everything.
    pub(crate) all: bool,
    /// These directories: list them anew, and look at each file.
    pub(crate) dirs: BTreeSet<usize>,
    /// These names in directories that are in none of the above; they need not exist.
    pub(crate) names: BTreeSet<(usize, OsString)>,
    /// Watching has ended, and why. There will be no more hints: look at modification times, now too.
    pub(crate) lost: Option<WatchError>,
}

/// When a burst of changes is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Burst {
    /// Nothing has changed for that long.
    pub(crate) quiet: Duration,
    /// It has lasted that long.
    pub(crate) at_most: Duration,
}

impl Watch {
    /// Starts watching. What changes after this returns gives a hint; so look afterwards, not before.
    /// A relative path counts from the working directory as it is now.
    pub(crate) fn new(dirs: &[PathBuf]) -> Result<Self, WatchError> {
        Self::with(dirs, |handler| {
            let watcher = RecommendedWatcher::new(handler, notify::Config::default())?;
            Ok(Box::new(watcher))
        })
    }

    /// As [`Watch::new`], with a watcher that a test may choose.
    fn with(
        dirs: &[PathBuf],
        start: impl FnOnce(Handler) -> notify::Result<Box<dyn Watcher + Send>>,
    ) -> Result<Self, WatchError> {
        let dirs = dirs.iter().map(|dir| absolute(dir)).collect::<Result<Vec<_>, _>>()?;
        let (inbox, plan) = (Arc::<Inbox>::default(), Arc::default());
        let ended = Arc::new(AtomicBool::new(false));
        let handler = Handler {
            plan: Arc::clone(&plan),
            inbox: Arc::clone(&inbox),
            ended: Arc::clone(&ended),
        };
        let watcher = Handle::new(start(handler).map_err(WatchError::start)?, ended);
        let armed = Armed::new(dirs, plan, watcher)?;
        Ok(Self { inbox, armed: Mutex::new(Some(armed)) })
    }

    /// What may have changed since the last call, and forgets it. Costs nothing worth speaking of where
    /// nothing did. Otherwise what is new on the way to a directory is watched first, so that what
    /// changes after this returns gives a hint again.
    pub(crate) fn take(&self) -> Hints {
        if !self.inbox.is_filled() {
            return Hints::default();
        }
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let Batch { all, stale, mut names, mut lost } = self.inbox.take();
        let mut dirs = BTreeSet::new();
        names.extend(stale.iter().filter_map(plan::Subject::file));
        if lost.is_none()
            && let Some(armed) = &mut *armed
        {
            match armed.rearm(all, &stale) {
                Ok(stale) => dirs = stale,
                Err(error) => lost = Some(error),
            }
        }
        if let Some(error) = &lost {
            tracing::warn!("{error}");
            self.inbox.close();
            *armed = None;
        }
        let all = all || lost.is_some();
        if all {
            dirs.clear();
        }
        names.retain(|(dir, _)| !all && !dirs.contains(dir));
        Hints { all, dirs, names, lost }
    }

    /// Waits until something may have changed, and then until the burst is over, so that one look is
    /// enough for it; or until the time is up (`None`: never). Whether
    /// [`Watch::take`] has something.
    ///
    /// When watching has ended and that has been taken, it only waits.
    pub(crate) fn wait(&self, timeout: Option<Duration>, burst: Burst) -> bool {
        self.inbox.wait(timeout, burst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // That the watcher's thread ends is no error from now on.
        self.inbox.close();
    }
}

fn absolute(dir: &Path) -> Result<PathBuf, WatchError> {
    std::path::absolute(dir)
        .map_err(|source| WatchError::Directory { path: dir.to_owned(), source })
}

#[cfg(test)]
mod tests;
