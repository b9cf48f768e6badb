//! `chmod`: sets the permission bits of paths in the container.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::fstat;
use rustix::io::Errno;

use super::{Command, Context};
use crate::args::Flag;
use crate::container_root::{ContainerRoot, clean, set_mode};
use crate::error::{At as _, HookError};
use crate::log::Log;

pub(super) const COMMAND: Command = Command {
    name: "chmod",
    about: "set permission bits; what is missing is skipped",
    flags: &[MODE, PATH],
    run,
};

const MODE: Flag = Flag {
    name: "mode",
    value: "OCTAL",
    about: "the bits; only those of 0777 are set",
    many: false,
};

const PATH: Flag =
    Flag { name: "path", value: "PATH", about: "what they are set on, links followed", many: true };

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let mode = mode(&context.values.one(&MODE).to_string_lossy())?;
    let paths: Vec<&Path> = context.values.all(&PATH).map(Path::new).collect();
    let blank = |path: &&Path| path.to_string_lossy().trim().is_empty();
    if paths.iter().any(blank) {
        return Err(HookError::Flag { flag: PATH.name, why: "empty".to_owned() });
    }
    let root = context.root()?;
    paths.iter().try_for_each(|path| set(&root, path, mode, context.log))
}

fn mode(text: &str) -> Result<u32, HookError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mode = u32::from_str_radix(text, 8).ok().filter(|_| digits).map(|mode| mode & 0o777);
    let wrong = || HookError::Flag { flag: MODE.name, why: format!("{text:?} is not octal") };
    mode.ok_or_else(wrong)
}

fn set(root: &ContainerRoot, path: &Path, mode: u32, log: Log) -> Result<(), HookError> {
    let inside: PathBuf = clean(path);
    let handle = match root.resolve(&inside) {
        Ok(handle) => handle,
        Err(error) if is_missing(&error) => {
            log.debug(&format!("{path:?} is skipped: {error}"));
            return Ok(());
        }
        Err(error) => return Err(error).at("looking it up", path),
    };
    if fstat(&handle).at("looking at it", path)?.st_mode & 0o7777 == mode {
        return Ok(());
    }
    match set_mode(&handle, mode) {
        // A device directory of the host that is mounted whole is nothing to change.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            log.debug(&format!("{path:?} stays as it is: {error}"));
            Ok(())
        }
        done => done.at("setting its permission bits", path),
    }
}

/// Whether a path leads to nothing, be it by links that go round.
fn is_missing(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG))
}
