//! Keeps descriptors 0 to 2 for standard input, output and error.

use std::io;
use std::os::fd::{AsRawFd, IntoRawFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Puts `/dev/null` where a standard stream is closed, so that no file opened later lands there and gets what is meant
/// for it. Close-on-exec: the low-level runtime finds the stream closed, as it would without the wrapper.
pub(crate) fn reserve() -> io::Result<()> {
    let closed = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()]
        .into_iter()
        .filter(|stream| rustix::io::fcntl_getfd(stream) == Err(Errno::BADF))
        .count();
    for _ in 0..closed {
        // The lowest free number is given out, which is that of a closed stream.
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        if null.as_raw_fd() <= 2 {
            let _kept_open = null.into_raw_fd();
        }
    }
    Ok(())
}
