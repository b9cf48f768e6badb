//! The signals of faults. What a modifier does wrong ends its call by one of them, which the sandbox's engine
//! handles; the low-level runtime finds them as the engine of containers left them.
#![allow(unsafe_code, reason = "signal actions are put back; see SAFETY")]

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};

/// Those that the sandbox handles.
const SIGNALS: [Signal; 3] = [Signal::SIGSEGV, Signal::SIGILL, Signal::SIGFPE];

/// What the signals were. Dropped, they are so again: after that, nothing may run in the sandbox any more.
pub(crate) struct Faults {
    actions: [SigAction; SIGNALS.len()],
    blocked: SigSet,
}

impl Faults {
    /// Notes them before there is a sandbox. The kernel ends a process that a fault of its own meets with the
    /// signal blocked, so none is from here on.
    pub(crate) fn note() -> nix::Result<Self> {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        let mut actions = [default; SIGNALS.len()];
        for (action, signal) in actions.iter_mut().zip(SIGNALS) {
            // SAFETY: the default action runs no code of this process.
            *action = unsafe { sigaction(signal, &default) }?;
        }
        let blocked =
            SIGNALS.into_iter().collect::<SigSet>().thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
        Ok(Self { actions, blocked })
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        // What was so before can be so again: neither fails.
        let _ = self.blocked.thread_set_mask();
        for (action, signal) in self.actions.iter().zip(SIGNALS) {
            // SAFETY: this is what was installed before.
            let _ = unsafe { sigaction(signal, action) };
        }
    }
}
