//! Mounts, made through handles: so that none leaves the mount namespace, and none lands elsewhere than
//! where it was meant to.

mod mountinfo;
mod scratch;

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};

use crate::container_root::{fd_link, is_kernels};
use mountinfo::Mount;

pub use scratch::Scratch;

/// Makes all mounts of this namespace private: what is mounted from now on stays in it.
///
/// Only for a namespace of one's own. In a container's, it would end what its volumes share on purpose.
pub fn make_private() -> io::Result<()> {
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    Ok(mount_change("/", flags)?)
}

/// Makes the one mount private that a handle is on: what is mounted on it from now on is not seen in
/// namespaces that share it.
pub fn make_private_at(handle: impl AsFd) -> io::Result<()> {
    let id = mount_id(&handle)?;
    let mount = Mount::find(|mount| mount.id == id)?;
    if !mount.shared {
        return Ok(());
    }
    // Only the root of a mount can be told so.
    let top = top(&mount)?;
    Ok(mount_change(fd_link(top.as_fd()), MountPropagationFlags::PRIVATE)?)
}

/// Takes the kernel's own file systems (`/proc`, `/sys` and the like) away below a directory. Only for a
/// namespace of one's own.
pub fn take_kernels_away(below: &Path) -> io::Result<()> {
    let below = |mount: &Mount| mount.point.starts_with(below);
    let mut found = true;
    // Until nothing is found any more: one may have covered another.
    while std::mem::take(&mut found) {
        for mount in Mount::all(below)? {
            // One that is covered cannot be reached by who works in that directory either.
            let Ok(top) = top(&mount) else { continue };
            if is_kernels(&top)? {
                match unmount(fd_link(top.as_fd()), UnmountFlags::DETACH) {
                    Ok(()) => found = true,
                    // Locked, as what a user namespace got from the one around it: root is not the host's here.
                    Err(Errno::INVAL) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
    }
    Ok(())
}

/// Takes all of them away, the host's too, and so this process's `/proc`: for one that cannot leave the host's
/// root, and only hides it. Whoever sees one could mount another, in a user namespace of its own.
pub fn take_all_kernels_away() -> io::Result<()> {
    let is_kernels = |mount: &Mount| {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(&mount.point, flags, Mode::empty());
        opened.is_ok_and(|top| is_kernels(top).unwrap_or(true))
    };
    // By their paths, which are the host's, and known before the first goes.
    for mount in Mount::all(is_kernels)?.iter().rev() {
        match unmount(&mount.point, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            // It went with the one that it was on.
            Ok(()) | Err(Errno::INVAL | Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// A handle on the root of a mount. Its path is resolved again, so what came of it is looked at.
fn top(mount: &Mount) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let top = rustix::fs::open(&mount.point, flags, Mode::empty())?;
    if mount_id(&top)? != mount.id {
        return Err(io::Error::other(format!("the mount at {:?} is out of reach", mount.point)));
    }
    Ok(top)
}

/// The number of the mount that a handle is on.
fn mount_id(handle: impl AsFd) -> io::Result<u64> {
    let path = format!("/proc/self/fdinfo/{}", handle.as_fd().as_raw_fd());
    let text = std::fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix("mnt_id:"));
    line.and_then(|id| id.trim().parse().ok())
        .ok_or_else(|| io::Error::other("the kernel does not tell on which mount a file is"))
}
