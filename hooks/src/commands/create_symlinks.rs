//! `create-symlinks`: makes links in the container, in place of what stands there.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{Command, Context};
use crate::args::Flag;
use crate::container_root::{ContainerRoot, split};
use crate::error::{At as _, HookError};
use crate::log::Log;

pub(super) const COMMAND: Command = Command {
    name: "create-symlinks",
    about: "make links, in place of what stands there",
    flags: &[LINK],
    run,
};

const LINK: Flag = Flag {
    name: "link",
    value: "TARGET::LINK",
    about: "make LINK with the text TARGET, which is not looked at",
    many: true,
};

struct Link<'a> {
    target: &'a OsStr,
    path: &'a Path,
    directory: PathBuf,
    name: OsString,
}

fn run(context: &Context<'_>) -> Result<(), HookError> {
    // All of them before the first is made.
    let links = context.values.all(&LINK).map(Link::parse).collect::<Result<Vec<_>, _>>()?;
    let root = context.root()?;
    links.iter().try_for_each(|link| link.make(&root, context.log))
}

impl<'a> Link<'a> {
    fn parse(text: &'a OsStr) -> Result<Self, HookError> {
        let wrong = |why| HookError::Flag { flag: LINK.name, why: format!("{text:?}: {why}") };
        let bytes = text.as_bytes();
        let apart = |bytes: &[u8]| bytes.windows(2).position(|two| two == b"::");
        let halves = apart(bytes).and_then(|at| Some((bytes.get(..at)?, bytes.get(at + 2..)?)));
        let Some((target, path)) = halves.filter(|(_, path)| apart(path).is_none()) else {
            return Err(wrong("not of the form TARGET::LINK"));
        };
        let path = Path::new(OsStr::from_bytes(path));
        let (directory, name) = split(path).ok_or_else(|| wrong("the link has no name"))?;
        if target.is_empty() {
            return Err(wrong("the target is empty"));
        }
        Ok(Self { target: OsStr::from_bytes(target), path, directory, name })
    }

    fn make(&self, root: &ContainerRoot, log: Log) -> Result<(), HookError> {
        let directory = root.make_directory(&self.directory, 0o755);
        let mut directory = directory.at("making its directory", self.path)?;
        let there = directory.read_link(&self.name).at("reading what is there", self.path)?;
        if there.as_deref() == Some(self.target) {
            log.debug(&format!("{:?} is there already", self.path));
            return Ok(());
        }
        directory.link(&self.name, self.target).at("making the link", self.path)?;
        directory.keep();
        Ok(())
    }
}
