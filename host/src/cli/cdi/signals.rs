//! Ending a command that runs until it is told to stop: by a signal, or by its reader's going away.

use std::io;
use std::os::fd::AsFd as _;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// From now on the process exits with 0 at Ctrl-C, at SIGTERM, and when nobody reads its output any
/// more. To be called before other threads are started: they inherit that the signals wait.
pub(super) fn end_cleanly() -> io::Result<()> {
    let mut signals = SigSet::empty();
    signals.extend([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    signals.thread_block()?;
    let received = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC)?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let stdout = io::stdout();
        // Of the output only errors are wanted, and those are told in any case.
        let mut wanted = [
            PollFd::new(received.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        while poll(&mut wanted, PollTimeout::NONE) == Err(Errno::EINTR) {}
        std::process::exit(0);
    })?;
    Ok(())
}
