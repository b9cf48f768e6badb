//! Running `ldconfig` below a deadline: what it reads and writes of ours is in memory.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{CACHE, CONFIG, CONFIGS, inside};
use crate::container_root::{ContainerRoot, Directory, open_regular};
use crate::deadline::DEADLINE;
use crate::error::{At as _, HookError};
use crate::log::Log;
use crate::namespace::Scratch;

/// What is left of the hook's time for the rest.
const RESERVE: Duration = Duration::from_secs(2);

/// Bytes of memory for the list and the cache; those of a large image have about 1 MB.
const MOST_BYTES: u64 = inside::MOST_WRITTEN;

/// Bytes kept of what it says: the last ones.
const MOST_SAID: usize = 4096;

/// Where it would leave a cache of its own.
const ITS_CACHES: &str = "/var/cache";

/// A run of it.
pub(super) struct Job<'a> {
    /// The root, in a mount namespace of our own.
    pub(super) root: &'a ContainerRoot,
    /// A directory that there is anyway, and has nothing else that it needs.
    pub(super) configs: &'a Directory,
    /// The host's program.
    pub(super) program: &'a Path,
    /// The directories to search.
    pub(super) directories: &'a [PathBuf],
    /// When the hook started.
    pub(super) started: Instant,
    /// Where what it says goes.
    pub(super) log: Log,
}

/// Gives the cache.
pub(super) fn run(job: &Job<'_>) -> Result<Vec<u8>, HookError> {
    let place = job.root.path_of(job.configs).at("finding out where it is", Path::new(CONFIGS))?;
    let scratch = Scratch::cover(job.configs, MOST_BYTES);
    let scratch = scratch.at("mounting memory over it", Path::new(CONFIGS))?;
    let list: Vec<&[u8]> = job.directories.iter().map(|path| path.as_os_str().as_bytes()).collect();
    let mut list = list.join(&b'\n');
    list.push(b'\n');
    let written = scratch.directory().write(OsStr::new(CONFIG), 0o644, &list);
    written.at("writing the list in memory", Path::new(CONFIGS))?;
    let _its_caches = hide_its_caches(job)?;

    let failed = |source| HookError::Host { step: "running ldconfig", source };
    let said = execute(job, &place).map_err(failed)?;
    job.log.debug(&format!("ldconfig: {}", said.trim_end().escape_debug()));
    let found = scratch.directory().entry(OsStr::new(CACHE)).and_then(open_regular);
    let mut cache = Vec::new();
    found
        .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut cache))
        .map_err(|source| HookError::Host { step: "reading what ldconfig wrote", source })?;
    Ok(cache)
}

/// Covers the place where it keeps what it knows of libraries, so that it leaves nothing there. (It can be
/// told not to read it, but not to write none.)
fn hide_its_caches(job: &Job<'_>) -> Result<Option<Scratch>, HookError> {
    let path = Path::new(ITS_CACHES);
    let Ok(directory) = job.root.directory(path) else { return Ok(None) };
    let place = job.root.path_of(&directory).at("finding out where it is", path)?;
    let has_libraries = |folder: &PathBuf| {
        let found = job.root.resolve(folder).and_then(|handle| job.root.path_of(handle));
        found.is_ok_and(|found| found.starts_with(&place))
    };
    // A link may lead to libraries.
    if place != path && job.directories.iter().any(has_libraries) {
        return Ok(None);
    }
    let hidden = Scratch::cover(&directory, 4096).at("mounting memory over it", path)?;
    hidden.seal().at("making it read-only", path)?;
    Ok(Some(hidden))
}

/// Runs it to its end, and gives the last of what it says.
fn execute(job: &Job<'_>, place: &Path) -> io::Result<String> {
    let (output, writer) = io::pipe()?;
    // Nothing but pipes: what leads to a file could lead further. The first ends at once.
    let mut child = Command::new("/proc/self/exe")
        .arg(inside::COMMAND.name)
        .arg(format!("--{}", inside::PROGRAM.name))
        .arg(job.program)
        .arg(format!("--{}", inside::PLACE.name))
        .arg(place)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(OwnedFd::from(writer.try_clone()?))
        .stderr(OwnedFd::from(writer))
        .spawn()?;
    drop(child.stdin.take());
    let said = match listen(output, job.started + DEADLINE.saturating_sub(RESERVE)) {
        Ok(said) => said,
        Err(error) => {
            // It may have ended already.
            let _ended = (child.kill(), child.wait());
            return Err(error);
        }
    };
    let status = child.wait()?;
    let said = String::from_utf8_lossy(&said).into_owned();
    if !status.success() {
        return Err(io::Error::other(format!("{status}: {}", said.trim_end().escape_debug())));
    }
    Ok(said)
}

/// Reads to the end, which is that of the one who writes.
fn listen(mut output: io::PipeReader, until: Instant) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    let mut part = [0_u8; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut ready = [PollFd::from_borrowed_fd(output.as_fd(), PollFlags::IN)];
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "not done in time, killed"));
            }
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        match output.read(&mut part)? {
            0 => return Ok(said),
            read => said.extend(part.iter().take(read)),
        }
        let beyond = said.len().saturating_sub(MOST_SAID);
        said.drain(..beyond);
    }
}
