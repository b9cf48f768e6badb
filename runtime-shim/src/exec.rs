//! Becomes the low-level runtime: same process, arguments, environment, descriptors and signals.
//!
//! Not `std::process::Command`: its `exec` sets SIGPIPE to its default, whatever the engine had made of it.

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

/// Why the low-level runtime did not take over.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The path has a NUL byte in it.
    #[error("low-level runtime {}: no path has a NUL byte in it", .0.display())]
    NotAPath(PathBuf),
    /// The kernel refused.
    #[error("cannot execute low-level runtime {}{}", .path.display(), hint(.source))]
    Refused {
        /// The low-level runtime.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT) => " (its interpreter may be missing)",
        Some(Errno::ENOEXEC) => " (no program of this machine, and no script with an interpreter)",
        Some(Errno::E2BIG) => " (too many arguments or too large an environment)",
        _ => "",
    }
}

/// Executes `runtime` in place of this process; returns only when that fails.
///
/// `argv[0]` becomes the runtime's path; the other arguments and the environment are passed byte for byte.
pub fn exec(
    runtime: &Path,
    argv: &[&CStr],
    environment: &[&CStr],
) -> Result<Infallible, ExecError> {
    let path = CString::new(runtime.as_os_str().as_bytes())
        .map_err(|_| ExecError::NotAPath(runtime.to_owned()))?;
    let mut new: Vec<&CStr> = Vec::with_capacity(argv.len().max(1));
    new.push(&path);
    new.extend(argv.iter().skip(1));
    nix::unistd::execve(&path, &new, environment)
        .map_err(|errno| ExecError::Refused { path: runtime.to_owned(), source: errno.into() })
}
