//! The deadline of a call: a thread that advances the engine's epoch when the time is up; or an alarm of the
//! process's own, where it has a quicker one.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasmtime::Engine;

use super::SandboxError;

/// What a call runs in: it ends with it.
#[derive(Clone)]
pub struct Epoch(Engine);

impl Epoch {
    pub(super) fn new(engine: &Engine) -> Self {
        Self(engine.clone())
    }

    /// Ends the call that runs, if one does. One atomic addition: a signal handler may do this.
    pub fn end(&self) {
        self.0.increment_epoch();
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoch").finish_non_exhaustive()
    }
}

/// Ends an epoch at a time that is set; one call at a time.
pub trait Alarm: fmt::Debug + Send + Sync {
    /// Ends the epoch once the deadline has passed, unless [`Alarm::clear`] comes first. On an error another way is
    /// found.
    fn set(&self, deadline: Instant) -> io::Result<()>;

    /// Leaves everything as it was before [`Alarm::set`], even where that failed.
    fn clear(&self);
}

#[derive(Default)]
struct State {
    /// When the call that is watched must have ended.
    deadline: Option<Instant>,
    /// When the thread looks again by itself; `None`: not before it is woken.
    looks: Option<Instant>,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held leaves the state whole: its fields are plain values.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches one call at a time.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
}

impl Watchdog {
    /// Starts the thread.
    pub(super) fn start(engine: Engine) -> Result<Self, SandboxError> {
        let shared =
            Arc::new(Shared { state: Mutex::new(State::default()), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("gantry-deadline".to_owned())
            .stack_size(64 * 1024)
            .spawn(move || watch(&theirs, &engine))
            .map_err(|error| SandboxError::Engine(format!("cannot start a thread: {error}")))?;
        Ok(Self { shared })
    }

    /// Runs `call` under a deadline. The store must trap at the next epoch.
    pub(super) fn during<T>(&self, deadline: Instant, call: impl FnOnce() -> T) -> T {
        let mut state = self.shared.lock();
        state.deadline = Some(deadline);
        // One that looks soon enough is left asleep: waking it takes longer than most calls do.
        let wake = state.looks.is_none_or(|looks| looks > deadline);
        drop(state);
        if wake {
            self.shared.changed.notify_one();
        }
        let result = call();
        self.shared.lock().deadline = None;
        result
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
    }
}

fn watch(shared: &Shared, engine: &Engine) {
    let mut state = shared.lock();
    while !state.stop {
        state = match state.deadline {
            None => {
                state.looks = None;
                shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            }
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    // Still under the lock: the call that is ended is the one that is watched.
                    engine.increment_epoch();
                    state.deadline = None;
                    continue;
                }
                state.looks = Some(deadline);
                shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::engine::engine;
    use super::*;

    /// The thread may be asleep until an earlier call's deadline, later or sooner than this one's, or
    /// without end: each call that does not end by itself is ended.
    #[test]
    fn each_deadline_is_kept() {
        const NEVER: Duration = Duration::from_hours(1);
        let watchdog = Watchdog::start(engine().unwrap()).unwrap();
        let ends = |after: Duration| {
            watchdog.during(Instant::now() + after, || {
                // Ended by the thread alone: it takes the deadline away.
                while watchdog.shared.lock().deadline.is_some() {
                    std::thread::yield_now();
                }
            });
        };
        let returns = |after: Duration| watchdog.during(Instant::now() + after, || ());
        let soon = Duration::from_millis(5);
        ends(soon);
        returns(NEVER);
        ends(soon);
        returns(soon);
        ends(2 * soon);
        returns(NEVER);
        returns(soon);
        ends(soon);
        ends(Duration::ZERO);
    }
}
