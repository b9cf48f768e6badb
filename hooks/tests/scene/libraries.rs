//! What the tests of `update-ldcache` need of the machine: namespaces, glibc's `ldconfig`, and a library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::skip;

/// Whether these tests cannot run here; notes it.
pub fn is_skipped(test: &str) -> bool {
    let mounts = || {
        let tried =
            Command::new("unshare").args(["-mpnf", "mount", "-t", "tmpfs", "t", "/mnt"]).status();
        tried.is_ok_and(|status| status.success())
    };
    let why = if !rustix::process::geteuid().is_root() {
        "not root"
    } else if !mounts() {
        "this machine refuses mounts"
    } else if library().is_none() || !Path::new("/sbin/ldconfig").is_file() {
        "no ldconfig, or no library to look for"
    } else if !cfg!(target_arch = "x86_64") {
        "the cases name x86-64's directories"
    } else {
        return false;
    };
    skip(test, why);
    true
}

/// A real library: one that this program uses.
pub fn library() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let path = maps.lines().find_map(|line| {
        line.split(' ').next_back().filter(|path| path.ends_with("/libgcc_s.so.1"))
    })?;
    Some(path.into())
}
