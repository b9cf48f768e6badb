//! `disable-device-node-modification`: shows the container the driver's parameters with the one switched
//! off that lets the driver's programs make device nodes, which the container may not have.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use rustix::mount::mount_bind;

use super::{Command, Context};
use crate::container_root::{ContainerRoot, fd_link, open_any_regular};
use crate::error::{At as _, HookError};
use crate::namespace::{Scratch, make_private_at};

pub(super) const COMMAND: Command = Command {
    name: "disable-device-node-modification",
    about: "keep the driver's programs from making device nodes in the container",
    flags: &[],
    run,
};

const FOLDER: &str = "/proc/driver/nvidia";
const FILE: &str = "params";
const PARAMETERS: &str = "/proc/driver/nvidia/params";
const SWITCH: &[u8] = b"ModifyDeviceFiles:";

/// Bytes of the file that are read at most; a real one has about 1000.
const MOST_BYTES: u64 = 64 * 1024;

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let root = context.root()?;
    let host = |source| HookError::Host { step: "reading the driver's parameters", source };
    let parameters = match File::open(PARAMETERS).and_then(read) {
        Ok(parameters) => parameters,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            context.log.debug("the driver is not loaded");
            return Ok(());
        }
        Err(error) => return Err(host(error)),
    };
    let Some(changed) = switched_off(&parameters) else {
        context.log.debug("the driver does not let its programs make device nodes");
        return Ok(());
    };
    if cover(&root, &changed)? == Covered::NotThere {
        context.log.warn(&format!("{PARAMETERS:?} is not in the container, and cannot be changed"));
    }
    Ok(())
}

/// How it went.
#[derive(Debug, Eq, PartialEq)]
enum Covered {
    Done,
    /// The container does not see the file, nor what the driver lets it do.
    NotThere,
}

/// Mounts a file with this text over the container's.
fn cover(root: &ContainerRoot, text: &[u8]) -> Result<Covered, HookError> {
    let (folder, file) = (Path::new(FOLDER), Path::new(PARAMETERS));
    let found = root.directory(folder).and_then(|directory| {
        let target = directory.entry(OsStr::new(FILE))?;
        Ok((directory, target))
    });
    let (directory, target) = match found {
        Ok(found) => found,
        Err(error) if is_absent(&error) => return Ok(Covered::NotThere),
        Err(error) => return Err(error).at("looking it up", file),
    };
    let present = open_any_regular(&target).and_then(read).at("reading it", file)?;
    if switched_off(&present).is_none() {
        return Ok(Covered::Done);
    }
    // The file may be on a mount of its own.
    make_private_at(&target).at("making its mount private", file)?;
    let scratch = Scratch::cover(&directory, MOST_BYTES);
    let scratch = scratch.at("mounting memory for it", file)?;
    let inner = scratch.directory();
    inner.write(OsStr::new(FILE), 0o444, text).at("writing the changed one", file)?;
    scratch.seal().at("making the changed one read-only", file)?;
    let source = inner.entry(OsStr::new(FILE)).at("looking up the changed one", file)?;
    let mounted = mount_bind(fd_link(source.as_fd()), fd_link(target.as_fd()));
    mounted.at("mounting the changed one over it", file)?;
    Ok(Covered::Done)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read(file: File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("longer than {MOST_BYTES} bytes")));
    }
    Ok(text)
}

/// The parameters with the switch off; `None` where it is off or is not there.
fn switched_off(parameters: &[u8]) -> Option<Vec<u8>> {
    let mut changed = false;
    let lines = parameters.split(|&byte| byte == b'\n').map(|line| {
        let value = line.strip_prefix(SWITCH).map(<[u8]>::trim_ascii);
        if value.is_none_or(|value| value == b"0") {
            return line;
        }
        changed = true;
        b"ModifyDeviceFiles: 0"
    });
    let text = lines.collect::<Vec<_>>().join(&b'\n');
    changed.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch() {
        let cases = [
            (
                "ModifyDeviceFiles: 1\nDeviceFileUID: 0\n",
                Some("ModifyDeviceFiles: 0\nDeviceFileUID: 0\n"),
            ),
            ("A: 1\nModifyDeviceFiles: 1\nB: 1", Some("A: 1\nModifyDeviceFiles: 0\nB: 1")),
            ("ModifyDeviceFiles: 3\r\n", Some("ModifyDeviceFiles: 0\n")),
            (
                "ModifyDeviceFiles: 1\nModifyDeviceFiles: 1",
                Some("ModifyDeviceFiles: 0\nModifyDeviceFiles: 0"),
            ),
            ("ModifyDeviceFiles: 0\n", None),
            ("ModifyDeviceFiles:0\n", None),
            ("NoModifyDeviceFiles: 1\n", None),
            ("DeviceFileMode: 438\n", None),
            ("", None),
        ];
        for (parameters, expected) in cases {
            let expected = expected.map(|text| text.as_bytes().to_vec());
            assert_eq!(switched_off(parameters.as_bytes()), expected, "{parameters:?}");
        }
    }
}
