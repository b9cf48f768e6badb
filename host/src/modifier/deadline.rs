//! The deadline of a call: a thread that advances the engine's epoch when the time is up.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasmtime::Engine;

use super::SandboxError;

#[derive(Default)]
struct State {
    deadline: Option<Instant>,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held leaves the state whole: both fields are plain values.
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
        self.shared.lock().deadline = Some(deadline);
        self.shared.changed.notify_one();
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
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    // Still under the lock: the call that is ended is the one that is watched.
                    engine.increment_epoch();
                    state.deadline = None;
                    continue;
                }
                shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}
