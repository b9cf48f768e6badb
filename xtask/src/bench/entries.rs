//! Makes the files of a recorded host: entries as `tests/conformance` has them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use serde_json::Value;

use crate::process::run;

/// Makes one file below a root. `nvml` is the library that stands in for NVML.
pub(super) fn make(root: &Path, entry: &Value, nvml: Option<&Path>) -> Result<()> {
    let word = |at: usize| entry[at].as_str().unwrap_or_default();
    let number = |at: usize| entry[at].as_u64().unwrap_or(0);
    let path = root.join(word(1).trim_start_matches('/'));
    fs::create_dir_all(path.parent().context("a path without a folder")?)?;
    match (word(0), nvml) {
        ("f", _) => fs::write(&path, word(2))?,
        ("l", _) => symlink(word(2), &path)?,
        ("d", _) => fs::create_dir_all(&path)?,
        ("c", _) => node(&path, number(2), number(3))?,
        ("s", _) => drop(UnixListener::bind(&path)?),
        ("x", _) => {
            fs::write(&path, "#!/bin/sh\n")?;
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        }
        ("so", _) => {
            let mut compile = Command::new("cc");
            compile.args(["-shared", "-nostdlib", "-x", "c", "/dev/null", "-o"]).arg(&path);
            if !word(2).is_empty() {
                compile.arg(format!("-Wl,-soname,{}", word(2)));
            }
            run(&mut compile)?;
        }
        ("nvml", Some(library)) => drop(fs::copy(library, &path)?),
        (other, _) => bail!("a file of the unknown kind {other:?}"),
    }
    Ok(())
}

/// A character device that all may use.
pub(super) fn node(path: &Path, major: u64, minor: u64) -> Result<()> {
    mknod(path, SFlag::S_IFCHR, Mode::empty(), makedev(major, minor))
        .context("a device node (it needs root)")?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o666))?)
}
