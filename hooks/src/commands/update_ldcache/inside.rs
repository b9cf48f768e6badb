//! The process that becomes `ldconfig`: it moves into the container's root, gives up what it does not
//! need, and executes a copy of the host's program with no environment.
//!
//! It is started by the hook, in namespaces that are ours, with the container's root as its working
//! directory. Nothing that the hook has opened comes along.

use std::convert::Infallible;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd as _, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::sched::{CloneFlags, unshare};
use rustix::fs::{Mode, OFlags, fstat};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, mount_bind_recursive, mount_move, unmount};
use rustix::process::{
    Resource, Rlimit, Signal, chdir, chroot, fchdir, getrlimit, pivot_root,
    set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{
    CapabilitySet, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs,
};

use super::super::{Command, Context};
use super::{CACHE, CONFIG, program};
use crate::args::Flag;
use crate::container_root::{ContainerRoot, fd_link};
use crate::error::HookError;
use crate::namespace::take_all_kernels_away;

/// Not for the help: only the hook calls it.
pub(in super::super) const COMMAND: Command =
    Command { name: "update-ldcache-inside", about: "", flags: &[PROGRAM, PLACE], run };

pub(super) const PROGRAM: Flag =
    Flag { name: "program", value: "FILE", about: "the host's ldconfig", many: false };

pub(super) const PLACE: Flag = Flag {
    name: "place",
    value: "FOLDER",
    about: "where the list is, and the cache goes, in the container",
    many: false,
};

/// Bytes of a file that it may write.
pub(super) const MOST_WRITTEN: u64 = 64 * 1024 * 1024;

/// What it may use. Libraries are mapped as a whole, so the address space has to be large; what counts is
/// the memory that is its own.
const LIMITS: [(Resource, u64); 5] = [
    (Resource::Cpu, 10),
    (Resource::Data, 512 * 1024 * 1024),
    (Resource::Fsize, MOST_WRITTEN),
    (Resource::Nofile, 64),
    (Resource::Core, 0),
];

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let path = Path::new(context.values.one(&PROGRAM));
    let place = Path::new(context.values.one(&PLACE));
    let step = |step| move |source| HookError::Host { step, source };
    close_inherited().map_err(step("closing what was inherited"))?;
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(io::Error::from)
        .map_err(step("following the hook's end"))?;
    let root = ContainerRoot::open(Path::new("."))?;
    let program = program::copy(path, &root).map_err(|error| {
        let source = io::Error::other(format!("{path:?} of the host: {error}"));
        HookError::Host { step: "copying ldconfig", source }
    })?;
    let arguments = arguments(place).map_err(step("naming files to ldconfig"))?;
    // A copy of the namespace, because the hook's own root stays.
    unshare(CloneFlags::CLONE_NEWNS)
        .map_err(io::Error::from)
        .map_err(step("making a mount namespace"))?;
    drop(root);
    enter().map_err(step("moving into the container's root"))?;
    limit().map_err(step("limiting ldconfig"))?;
    give_up().map_err(step("giving up capabilities"))?;
    let none: [CString; 0] = [];
    let executed: Result<Infallible, _> = nix::unistd::fexecve(program, &arguments, &none);
    match executed {
        Ok(never) => match never {},
        Err(errno) => Err(step("executing ldconfig")(errno.into())),
    }
}

/// A list without the image's configuration, no reading of its cache of libraries, our cache.
fn arguments(place: &Path) -> io::Result<Vec<CString>> {
    let text = |text: &OsStr| CString::new(text.as_bytes()).map_err(io::Error::from);
    let (list, cache) = (place.join(CONFIG), place.join(CACHE));
    let all = ["ldconfig", "-i", "-f"].map(OsStr::new);
    let all = all.into_iter().chain([list.as_os_str(), OsStr::new("-C"), cache.as_os_str()]);
    all.map(text).collect()
}

/// Closes all but the first three, whoever has left them open.
fn close_inherited() -> io::Result<()> {
    let mut open: Vec<RawFd> = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        if let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            open.push(number);
        }
    }
    // Nothing of this program is open yet; that of the listing is closed by now.
    for number in open.into_iter().filter(|number| *number > 2) {
        let _closed_already = nix::unistd::close(number);
    }
    Ok(())
}

/// Makes the working directory the root, and the host's root unreachable.
fn enter() -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let below = rustix::fs::open(".", flags, Mode::empty())?;
    // A root has to be a mount, which what a handle from before is on is not.
    let link = fd_link(below.as_fd());
    mount_bind_recursive(link.as_str(), link.as_str())?;
    let path = std::fs::read_link(&link)?;
    let top = rustix::fs::open(&path, flags | OFlags::NOFOLLOW, Mode::empty())?;
    let (one, other) = (fstat(&below)?, fstat(&top)?);
    if (one.st_dev, one.st_ino) != (other.st_dev, other.st_ino) {
        return Err(io::Error::other(format!("{path:?} is another directory now")));
    }
    fchdir(&top)?;
    match pivot_root(".", ".") {
        // The new root is below the old one now, which the working directory still shows.
        Ok(()) => unmount(".", UnmountFlags::DETACH)?,
        // The first root of all, a memory disk, cannot be left; it can be covered.
        Err(Errno::INVAL) => {
            take_all_kernels_away()?;
            mount_move(".", "/")?;
            chroot(".")?;
        }
        Err(errno) => return Err(errno.into()),
    }
    Ok(chdir("/")?)
}

fn limit() -> io::Result<()> {
    for (resource, most) in LIMITS {
        let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Keeps only what is needed to write files that belong to others.
fn give_up() -> io::Result<()> {
    let keep = CapabilitySet::DAC_OVERRIDE | CapabilitySet::FOWNER;
    for bit in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << bit);
        if keep.contains(one) {
            continue;
        }
        match remove_capability_from_bounding_set(one) {
            Ok(()) => {}
            // The kernel knows no more of them.
            Err(Errno::INVAL) => break,
            Err(errno) => return Err(errno.into()),
        }
    }
    clear_ambient_capability_set()?;
    let mut sets = capabilities(None)?;
    sets.inheritable = CapabilitySet::empty();
    set_capabilities(None, sets)?;
    Ok(set_no_new_privs(true)?)
}
