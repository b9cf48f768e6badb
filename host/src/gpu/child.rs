//! Runs a program that may hang or crash: with a deadline, a bounded answer, and a process group of its
//! own, so that what it starts ends with it. No threads.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

/// Room for what is read at a time: most answers are shorter.
const PART: usize = 8 * 1024;
/// How much of what it says on stderr is kept.
const MOST_WORDS: usize = 4096;
/// How long a killed program may take to end. One that waits in the kernel does not.
const GRACE: Duration = Duration::from_millis(500);
/// How often a program that holds its output open is looked at, whether it has ended.
const LOOK: Duration = Duration::from_millis(50);
/// The first and the longest time to wait for the end of a program that has closed its output, where the
/// kernel does not tell it.
const WAIT: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(5));

/// A program that has ended by itself.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    /// The beginning of it.
    pub(super) stderr: Vec<u8>,
}

/// Why a program has not ended by itself.
pub(super) enum Stopped {
    /// It cannot be started.
    NotStarted(io::Error),
    /// It was killed, with its group, at the deadline.
    Deadline {
        /// What it had said.
        stderr: Vec<u8>,
        /// Whether it has ended: what waits in the kernel cannot be killed.
        ended: bool,
    },
    /// It was killed because it answers more than it may.
    TooMuch,
    /// The system fails.
    System(io::Error),
}

/// A program that runs. Who drops it ends it.
#[derive(Debug)]
pub(super) struct Started {
    running: Running,
    stdout: Output<ChildStdout>,
    stderr: Output<ChildStderr>,
    deadline: Instant,
}

/// Starts it; it is to end `deadline` from now at the latest, and may answer `most` bytes. What a pipe does
/// not hold of the answer waits until somebody asks for its end.
pub(super) fn start(
    command: &mut Command,
    deadline: Duration,
    most: usize,
) -> Result<Started, Stopped> {
    // A time that the clock cannot hold is no time to wait.
    let now = Instant::now();
    let deadline = now.checked_add(deadline).unwrap_or(now);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn().map_err(Stopped::NotStarted)?;
    let stdout = Output::new(child.stdout.take(), most);
    let stderr = Output::new(child.stderr.take(), MOST_WORDS);
    Ok(Started { running: Running { child, is_over: false }, stdout, stderr, deadline })
}

impl Started {
    /// Waits for its end, and reads what it says.
    pub(super) fn finish(self) -> Result<Ended, Stopped> {
        let Self { mut running, mut stdout, mut stderr, deadline } = self;
        // It may have answered in time while nobody was looking.
        let deadline = deadline.max(Instant::now() + LOOK);
        let ended = running.follow(deadline, &mut stdout, &mut stderr).map_err(Stopped::System)?;
        match ended {
            Some(status) if stdout.whole => {
                Ok(Ended { status, stdout: stdout.bytes, stderr: stderr.bytes })
            }
            _ if !stdout.whole => Err(Stopped::TooMuch),
            _ => {
                let ended = running.kill();
                Err(Stopped::Deadline { stderr: stderr.bytes, ended })
            }
        }
    }
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// It has ended, or was killed.
    is_over: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.kill();
        }
    }
}

impl Running {
    /// Reads what it says until it ends; `None` where it has not ended at the deadline, or says too much.
    fn follow(
        &mut self,
        deadline: Instant,
        stdout: &mut Output<impl AsFd>,
        stderr: &mut Output<impl AsFd>,
    ) -> io::Result<Option<ExitStatus>> {
        while stdout.is_open() || stderr.is_open() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !stdout.whole {
                return Ok(None);
            }
            let (out, err) = wait(stdout.fd(), stderr.fd(), left.min(LOOK))?;
            if out {
                stdout.read()?;
            }
            if err {
                stderr.read()?;
            }
            // What it has started may hold the output for ever.
            if !out
                && !err
                && let Some(status) = self.ended()?
            {
                return Ok(Some(status));
            }
        }
        self.end(deadline)
    }

    /// Waits for its end until the deadline.
    fn end(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        let (mut told, mut pause) = (None::<OwnedFd>, WAIT.0);
        loop {
            if let Some(status) = self.ended()? {
                return Ok(Some(status));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            // An old kernel does not tell the end of a process.
            told = told.or_else(|| pidfd_open(self.pid()?, PidfdFlags::empty()).ok());
            if let Some(told) = &told {
                wait(Some(told.as_fd()), None, left.min(LOOK))?;
            } else {
                sleep(pause);
                pause = (pause * 2).min(WAIT.1);
            }
        }
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = self.child.try_wait()?;
        self.is_over = ended.is_some();
        Ok(ended)
    }

    /// Kills it and all of its group; whether it has ended.
    fn kill(&mut self) -> bool {
        // It is not reaped yet, so its group is still its own.
        if let Some(group) = self.pid() {
            // It may have ended meanwhile.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let ended = matches!(self.end(Instant::now() + GRACE), Ok(Some(_)));
        self.is_over = true;
        ended
    }
}

/// One end of a pipe, and what came through it.
#[derive(Debug)]
struct Output<R> {
    from: Option<R>,
    bytes: Vec<u8>,
    most: usize,
    /// Nothing was left out.
    whole: bool,
}

impl<R: AsFd> Output<R> {
    fn new(from: Option<R>, most: usize) -> Self {
        Self { from, bytes: Vec::new(), most, whole: true }
    }

    fn is_open(&self) -> bool {
        self.from.is_some()
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.from.as_ref().map(AsFd::as_fd)
    }

    /// Reads what is there; what is more than it may be is thrown away.
    fn read(&mut self) -> io::Result<()> {
        let Some(from) = &mut self.from else {
            return Ok(());
        };
        self.bytes.reserve(PART);
        match rustix::io::read(from, spare_capacity(&mut self.bytes)) {
            Err(Errno::INTR) => {}
            Ok(0) => self.from = None,
            read => drop(read?),
        }
        self.whole &= self.bytes.len() <= self.most;
        self.bytes.truncate(self.most);
        Ok(())
    }
}

/// Waits until one of the two can be read, or is at its end.
fn wait(
    first: Option<BorrowedFd<'_>>,
    second: Option<BorrowedFd<'_>>,
    most: Duration,
) -> io::Result<(bool, bool)> {
    let mut wanted = Vec::with_capacity(2);
    wanted.extend(first.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    wanted.extend(second.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    // At most a part of a second.
    let most = Timespec { tv_sec: 0, tv_nsec: i64::from(most.subsec_nanos()) };
    match poll(&mut wanted, Some(&most)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let mut ready = wanted.iter().map(|fd| !fd.revents().is_empty());
    let of_first = first.is_some() && ready.next() == Some(true);
    Ok((of_first, second.is_some() && ready.next() == Some(true)))
}
