//! Ends a modifier's call when its time is up, by a timer of the kernel's and a signal handler: a thread that waits would
//! take longer to start than most calls do, and `execve` would wait for its end.
//!
//! The low-level runtime finds nothing of it: what the engine had made of the signal is restored after each call, and
//! `execve` deletes the timer.
#![allow(unsafe_code, reason = "a signal handler is installed; see SAFETY")]

use std::ffi::c_int;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use gantry::modifier::{Alarm, Epoch};
use nix::sys::signal::{
    SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, SigmaskHow, Signal, sigaction,
};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;

/// Nobody sends it, and an alarm that the engine may have set is another one.
const SIGNAL: Signal = Signal::SIGVTALRM;

/// What the handler ends. A handler is given nothing, so this is the one value that the process has in common.
static EPOCH: OnceLock<Epoch> = OnceLock::new();

extern "C" fn ring(_: c_int) {
    // One load and one addition, both atomic: a handler may do that.
    if let Some(epoch) = EPOCH.get() {
        epoch.end();
    }
}

/// The timer.
pub(crate) struct KernelTimer(Mutex<State>);

struct State {
    timer: Timer,
    /// What the signal was before, and what signals were blocked, while a call is timed.
    before: Option<(SigAction, SigSet)>,
}

// SAFETY: the pointer in `Timer` is the kernel's name of it, the same for every thread; nobody follows it.
unsafe impl Send for State {}

/// A timer for the calls of one sandbox; `None` where the kernel gives none, or where the process has one already.
pub(crate) fn timer(epoch: Epoch) -> Option<Box<dyn Alarm>> {
    EPOCH.set(epoch).ok()?;
    let event = SigEvent::new(SigevNotify::SigevSignal { signal: SIGNAL, si_value: 0 });
    let timer = Timer::new(ClockId::CLOCK_MONOTONIC, event).ok()?;
    Some(Box::new(KernelTimer(Mutex::new(State { timer, before: None }))))
}

impl KernelTimer {
    fn with<T>(&self, body: impl FnOnce(&mut State) -> T) -> T {
        body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Alarm for KernelTimer {
    fn set(&self, deadline: Instant) -> io::Result<()> {
        // A time of 0 would stop the timer.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        self.with(|state| {
            let action =
                SigAction::new(SigHandler::Handler(ring), SaFlags::SA_RESTART, SigSet::empty());
            // SAFETY: the handler does nothing but what a handler may do.
            let before = unsafe { sigaction(SIGNAL, &action) }?;
            let blocked = SigSet::from(SIGNAL).thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
            state.before = Some((before, blocked));
            Ok(state.timer.set(Expiration::OneShot(left.into()), TimerSetTimeFlags::empty())?)
        })
    }

    fn clear(&self) {
        self.with(|state| {
            // What cannot be undone cannot have been done either: the same calls succeeded with the same signal.
            let never = Expiration::OneShot(Duration::ZERO.into());
            let _ = state.timer.set(never, TimerSetTimeFlags::empty());
            if let Some((before, blocked)) = state.before.take() {
                // SAFETY: this is what was installed before.
                let _ = unsafe { sigaction(SIGNAL, &before) };
                let _ = blocked.thread_set_mask();
            }
        });
    }
}

impl std::fmt::Debug for KernelTimer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KernelTimer").finish_non_exhaustive()
    }
}
