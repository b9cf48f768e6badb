//! The deadline over the whole process: a container's start must not hang on what its image holds.

use std::io;
use std::thread;
use std::time::Duration;

use crate::log::Log;

/// How long a hook may take, whatever the image holds.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Ends this process with exit status 1 and a message after `time`, if it is still there.
///
/// A thread, because the rest may hang in a system call: on a standard input that nobody closes, or in a
/// file system that does not answer.
pub fn start(time: Duration, hook: &'static str, log: Log) -> io::Result<()> {
    let end = move || {
        thread::sleep(time);
        log.error(&format!("{hook}: not done after {} s, and ended", time.as_secs()));
        std::process::exit(1);
    };
    thread::Builder::new().stack_size(64 * 1024).spawn(end).map(drop)
}
