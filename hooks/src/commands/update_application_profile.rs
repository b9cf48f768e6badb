//! `update-application-profile`: tells the driver, in a file of the container, which GPUs EGL may show:
//! those whose nodes the container has.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{FileType, minor};

use super::{Command, Context};
use crate::container_root::{ContainerRoot, Entry};
use crate::error::{At as _, HookError};
use crate::log::Log;

pub(super) const COMMAND: Command = Command {
    name: "update-application-profile",
    about: "write the driver's profile that limits EGL to the container's GPUs",
    flags: &[],
    run,
};

const DEVICES: &str = "/dev";
const PROFILES: &str = "/etc/nvidia/nvidia-application-profiles-rc.d";
const PROFILE: &str = "10-container.conf";

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let root = context.root()?;
    let mask = mask(&root, context.log)?;
    if mask == 0 {
        context.log.debug("no node of a GPU is there");
        return Ok(());
    }
    let file = Path::new(PROFILES).join(PROFILE);
    let directory = root.make_directory(Path::new(PROFILES), 0o555);
    let mut directory = directory.at("making its directory", &file)?;
    let written = directory.write(OsStr::new(PROFILE), 0o444, profile(mask).as_bytes());
    written.at("writing it", &file)?;
    directory.keep();
    Ok(())
}

/// The minor numbers of the GPUs' nodes, a bit for each.
fn mask(root: &ContainerRoot, log: Log) -> Result<u64, HookError> {
    let devices = Path::new(DEVICES);
    let directory = match root.directory(devices) {
        Ok(directory) => directory,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error).at("looking it up", devices),
    };
    let (mut mask, mut beyond) = (0_u64, 0_u32);
    let each = |entry: Entry| {
        let may_be = matches!(entry.kind, FileType::CharacterDevice | FileType::Unknown);
        if !may_be || !is_gpu(&entry.name) {
            return Ok(());
        }
        let found = match directory.lstat(&entry.name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        if FileType::from_raw_mode(found.st_mode) == FileType::CharacterDevice {
            match 1_u64.checked_shl(minor(found.st_rdev)) {
                Some(bit) => mask |= bit,
                None => beyond += 1,
            }
        }
        Ok::<_, io::Error>(())
    };
    directory.for_each(each).at("reading its nodes", devices)?;
    if beyond > 0 {
        log.warn(&format!("{beyond} nodes of GPUs are left out: their minor numbers are above 63"));
    }
    Ok(mask)
}

/// Whether this is the name of a GPU's node: `nvidia` and a number.
fn is_gpu(name: &OsStr) -> bool {
    let number = name.as_bytes().strip_prefix(b"nvidia");
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// The text of the profile: a rule that matches every program, and the one setting.
fn profile(mask: u64) -> String {
    format!(
        r#"{{"profiles":[{{"name":"_container_","settings":["EGLVisibleDGPUDevices",{mask:#x}]}}],"rules":[{{"pattern":[],"profile":"_container_"}}]}}"#
    )
}
