//! A place for files that are not the image's: memory, mounted over a directory for as long as it is
//! needed, so that the image needs no place for it and keeps nothing of it.

use std::ffi::CString;
use std::io;
use std::os::fd::AsFd as _;

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};
use rustix::rand::{GetRandomFlags, getrandom};

use super::mountinfo::Mount;
use super::{make_private_at, top};
use crate::container_root::{Directory, fd_link};

const SAFE: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

/// How often a mount is looked for again.
const MOST_TRIES: u32 = 1000;

/// Memory that covers a directory of the container; the directory is back when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: Directory,
}

impl Scratch {
    /// Covers a directory with `most` bytes of memory.
    pub fn cover(covered: &Directory, most: u64) -> io::Result<Self> {
        make_private_at(covered)?;
        let mut random = [0_u8; 16];
        getrandom(&mut random, GetRandomFlags::empty())?;
        let source = format!("gantry-hook-{:032x}", u128::from_ne_bytes(random));
        let options = CString::new(format!("mode=0755,size={most},nr_inodes=16"))?;
        let place = fd_link(covered.as_fd());
        mount(source.as_str(), place, "tmpfs", SAFE, options.as_c_str())?;
        // A handle from before is below what was mounted.
        let mut tries = 0;
        loop {
            match reach(source.as_bytes()) {
                Ok(directory) => return Ok(Self { directory }),
                // The image renames on the way there; the kernel knows the new name.
                Err(_) if tries < MOST_TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// The directory in memory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Makes it read-only, and every mount of what is in it.
    pub fn seal(&self) -> io::Result<()> {
        Ok(mount_remount(fd_link(self.directory.as_fd()), SAFE | MountFlags::RDONLY, "")?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _stays = unmount(fd_link(self.directory.as_fd()), UnmountFlags::DETACH);
    }
}

/// A handle on the root of the mount that has this source, which only it has.
fn reach(source: &[u8]) -> io::Result<Directory> {
    let mount = Mount::find(|mount| mount.source == source)?;
    Ok(Directory::new(top(&mount)?))
}
