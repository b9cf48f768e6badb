//! Between the watcher's thread and those who ask: what changed and was not asked for yet.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Burst;
use super::error::WatchError;
use super::plan::Subject;

/// How many files are told one by one; with more, it is cheaper to list their directories.
const MAX_NAMES: usize = 4096;

/// What changed.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Anything may have.
    pub(super) all: bool,
    /// Paths that may lead elsewhere now.
    pub(super) stale: BTreeSet<Subject>,
    /// Files of spec directories.
    pub(super) names: BTreeSet<(usize, OsString)>,
    /// Watching ended.
    pub(super) lost: Option<WatchError>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        !self.all && self.stale.is_empty() && self.names.is_empty() && self.lost.is_none()
    }

    fn merge(&mut self, other: Self) {
        self.all |= other.all;
        self.stale.extend(other.stale);
        self.names.extend(other.names);
        // The first error is the cause of what follows.
        self.lost = self.lost.take().or(other.lost);
        if self.names.len() > MAX_NAMES || self.stale.len() > MAX_NAMES {
            self.stale.extend(self.names.iter().map(|(dir, _)| Subject::Dir(*dir)));
            self.stale = self.stale.iter().map(|subject| Subject::Dir(subject.dir())).collect();
            self.names.clear();
        }
    }
}

/// What changed and was not taken yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Whether there is a batch; changed only while the lock is held, read without it.
    filled: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batch: Batch,
    /// Counts what was put in, so that a waiter sees that more came.
    count: u64,
    /// Nothing is taken in any more.
    closed: bool,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds it can leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch in, unless it is empty.
    pub(super) fn put(&self, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.batch.merge(batch);
        state.count = state.count.wrapping_add(1);
        self.filled.store(true, Ordering::Release);
        drop(state);
        self.changed.notify_all();
    }

    /// Whether there is something to take.
    pub(super) fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Acquire)
    }

    /// All that came since the last call.
    pub(super) fn take(&self) -> Batch {
        let mut state = self.lock();
        self.filled.store(false, Ordering::Release);
        std::mem::take(&mut state.batch)
    }

    /// Takes nothing in any more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    /// Waits for something to take, and for the end of its burst; `false` where there is nothing.
    pub(super) fn wait(&self, timeout: Option<Duration>, burst: Burst) -> bool {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.lock();
        while !self.is_filled() {
            let Some(left) = left(deadline) else {
                return false;
            };
            state = self.sleep(state, left);
        }
        let burst_end = earlier(deadline, Instant::now().checked_add(burst.at_most));
        let (mut count, mut quiet) = (state.count, Instant::now().checked_add(burst.quiet));
        while self.is_filled()
            && let Some(left) = left(earlier(quiet, burst_end))
        {
            state = self.sleep(state, left);
            if state.count != count {
                (count, quiet) = (state.count, Instant::now().checked_add(burst.quiet));
            }
        }
        self.is_filled()
    }

    fn sleep<'l>(&self, state: MutexGuard<'l, State>, time: Duration) -> MutexGuard<'l, State> {
        if time == Duration::MAX {
            self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
        }
    }
}

/// The time until then; `None` where it has come, and the longest where it never does.
fn left(then: Option<Instant>) -> Option<Duration> {
    then.map_or(Some(Duration::MAX), |then| {
        then.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    })
}

/// The earlier of two times; `None` is never.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
