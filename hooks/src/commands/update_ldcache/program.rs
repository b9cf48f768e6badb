//! The host's `ldconfig`, as a sealed copy: what runs beside the image's files must not be a way to the
//! host's own program.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, MemfdFlags, Mode, OFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;

use super::LDCONFIG;
use crate::container_root::ContainerRoot;
use crate::error::HookError;

const DEFAULT: &str = "/sbin/ldconfig";

/// Bytes of a program; a real one has about 1 MB.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The kind of a program header that names a loader.
const INTERPRETER: u64 = 3;

/// The path of the program on the host.
pub(super) fn path(given: Option<&OsStr>) -> Result<PathBuf, HookError> {
    let given = given.map_or(Path::new(DEFAULT), Path::new);
    if !given.is_absolute() {
        let why = format!("{given:?} is not an absolute path on the host");
        return Err(HookError::Flag { flag: LDCONFIG.name, why });
    }
    // Some distributions have a script in its place, and the program beside it.
    let real = given.with_added_extension("real");
    Ok(if real.is_file() { real } else { given.into() })
}

/// A copy of the program, which nobody can change. One of the container's is refused.
pub(super) fn copy(path: &Path, root: &ContainerRoot) -> io::Result<OwnedFd> {
    // Not one to wait for.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let program = rustix::fs::open(path, flags, Mode::empty())?;
    if root.path_of(&program).is_ok() {
        return Err(io::Error::other("in the root of the container"));
    }
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&program)?.st_mode);
    if kind != FileType::RegularFile {
        return Err(io::Error::other("not a regular file"));
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memory = match memfd_create("ldconfig", flags | MemfdFlags::EXEC) {
        // Before Linux 6.3 that goes without saying.
        Err(Errno::INVAL) => memfd_create("ldconfig", flags),
        memory => memory,
    }?;
    let mut memory = File::from(memory);
    let copied = io::copy(&mut File::from(program).take(MOST_BYTES + 1), &mut memory)?;
    memory.flush()?;
    if copied > MOST_BYTES {
        return Err(io::Error::other(format!("longer than {MOST_BYTES} bytes")));
    }
    if !is_static(&memory) {
        let why = "not a statically linked program: the image's loader would be executed";
        return Err(io::Error::other(why));
    }
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    fcntl_add_seals(&memory, seals)?;
    Ok(memory.into())
}

/// Whether this is a 64-bit ELF program that names no interpreter, and so needs nothing of the root.
fn is_static(file: &File) -> bool {
    let number = |offset: u64| {
        let mut bytes = [0_u8; 8];
        file.read_exact_at(&mut bytes, offset).ok().map(|()| u64::from_le_bytes(bytes))
    };
    let half = |offset| number(offset).map(|number| number & 0xffff);
    let (Some(magic), Some(headers), Some(size), Some(count)) =
        (number(0), number(32), half(54), half(56))
    else {
        return false;
    };
    // `\x7fELF`, 64 bits, little-endian.
    if magic & 0xffff_ffff_ffff != 0x0102_464c_457f || count == 0 {
        return false;
    }
    (0..count).all(|index| {
        let at = headers.checked_add(index * size).and_then(number);
        at.is_some_and(|header| header & 0xffff_ffff != INTERPRETER)
    })
}
