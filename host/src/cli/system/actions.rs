//! What is done to a host: said, and carried out.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use gantry::text::one_line;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::process::umask;

use crate::output::print;

/// One thing that is done. Nothing is ever replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// A program is run.
    Run(Vec<String>),
    /// A character device is made, open to all.
    Node { path: PathBuf, major: u32, minor: u32 },
    /// A folder is made, if there is none.
    Folder(PathBuf),
    /// A link is made.
    Link { path: PathBuf, target: PathBuf },
    /// Nothing is done, since it is as it should be, or cannot be known yet.
    Nothing(String),
    /// Nothing is done, and something is wrong.
    Wrong(String),
}

/// As the command that would do the same; what is not done, as a comment.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(words) => f.write_str(&words.join(" ")),
            Self::Node { path, major, minor } => {
                write!(f, "mknod --mode=0666 {} c {major} {minor}", path.display())
            }
            Self::Folder(path) => write!(f, "mkdir -p {}", path.display()),
            Self::Link { path, target } => {
                write!(f, "ln -s {} {}", target.display(), path.display())
            }
            Self::Nothing(why) => write!(f, "# {why}"),
            Self::Wrong(why) => write!(f, "# wrong: {why}"),
        }
    }
}

/// A character device as it should be: what is to be done, and what is wrong with what is there.
pub(super) fn node(path: PathBuf, major: u32, minor: u32) -> Action {
    let shown = path.display();
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Action::Node { path, major, minor }
        }
        Err(error) => Action::Wrong(format!("{shown}: cannot be looked at: {error}")),
        Ok(facts) if facts.file_type().is_char_device() => {
            let is = (rustix::fs::major(facts.rdev()), rustix::fs::minor(facts.rdev()));
            if is == (major, minor) {
                return Action::Nothing(format!("{shown}: is there"));
            }
            Action::Wrong(format!(
                "{shown}: is there as {}:{}, and should be {major}:{minor}: remove it, and run this again",
                is.0, is.1
            ))
        }
        Ok(_) => Action::Wrong(format!("{shown}: is there, and is no character device: remove it")),
    }
}

/// A link as it should be.
pub(super) fn link(path: PathBuf, target: PathBuf) -> Action {
    let shown = path.display();
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Action::Link { path, target },
        Err(error) => Action::Wrong(format!("{shown}: cannot be looked at: {error}")),
        Ok(_) if leads_to(&path, &target) => Action::Nothing(format!("{shown}: is there")),
        Ok(_) => Action::Wrong(format!(
            "{shown}: is there, and does not lead to {}: it is left as it is",
            target.display()
        )),
    }
}

/// Whether a link leads there, in these words or in others: udev's are relative.
fn leads_to(link: &Path, target: &Path) -> bool {
    fs::read_link(link).is_ok_and(|text| text == target)
        || matches!((link.canonicalize(), target.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Prints each, and carries it out unless it is only asked what would be done. What is wrong is an error at
/// the end; what fails, at once.
pub(super) fn carry_out(actions: &[Action], dry_run: bool) -> Result<()> {
    for action in actions {
        print(&(one_line(&action.to_string()) + "\n"))?;
        if !dry_run {
            action.carry_out()?;
        }
    }
    let wrong = actions.iter().filter(|action| matches!(action, Action::Wrong(_))).count();
    if wrong > 0 {
        bail!("{wrong} of these could not be done: see the lines with \"wrong\"");
    }
    Ok(())
}

impl Action {
    fn carry_out(&self) -> Result<()> {
        match self {
            Self::Run(words) => run(words),
            Self::Node { path, major, minor } => {
                let mask = umask(Mode::empty());
                let mode = Mode::from_raw_mode(0o666);
                let device = makedev(*major, *minor);
                let done = mknodat(CWD, path, FileType::CharacterDevice, mode, device);
                umask(mask);
                done.with_context(|| format!("{}: cannot be made", path.display()))
            }
            Self::Folder(path) => fs::create_dir_all(path)
                .with_context(|| format!("{}: cannot be made", path.display())),
            Self::Link { path, target } => std::os::unix::fs::symlink(target, path)
                .with_context(|| format!("{}: cannot be made", path.display())),
            Self::Nothing(_) | Self::Wrong(_) => Ok(()),
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let (program, args) = words.split_first().context("there is no program to run")?;
    let shown = words.join(" ");
    let status = Command::new(program).args(args).status();
    let status = status.with_context(|| format!("{shown}: cannot be run"))?;
    if !status.success() {
        bail!("{shown}: failed: {status}");
    }
    Ok(())
}
