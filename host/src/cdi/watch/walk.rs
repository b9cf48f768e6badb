//! Looking a path up, one component at a time as the kernel does, so that every directory that a
//! component is looked up in can be watched before the look. Knows nothing of watching.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::error::WatchError;

/// How many links the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// The longest path in one system call, in bytes, with the NUL at its end (`PATH_MAX`).
const LONGEST: usize = 4096;

/// What became of a directory that is to be watched.
#[derive(Debug)]
pub(super) enum Look {
    /// It is watched.
    Watched,
    /// It cannot be read, so it cannot be watched either.
    Unreadable(io::Error),
    /// It is gone. Where it was is watched, so that this will be told.
    Gone,
}

/// A step of a path.
enum Step {
    Root,
    Up,
    Into(OsString),
}

/// Looks an absolute path up. Before a name is looked up in a directory, `watch` is called with both;
/// the directory's path has no links in it. The result is the same kind of path of the directory that
/// is there; `None` where there is none.
pub(super) fn walk(
    path: &Path,
    mut watch: impl FnMut(&Path, &OsStr) -> Result<Look, WatchError>,
) -> Result<Option<PathBuf>, WatchError> {
    let mut at = PathBuf::from("/");
    let mut steps = Vec::new();
    push(&mut steps, path);
    let mut links = 0;
    while let Some(step) = steps.pop() {
        let name = match step {
            Step::Root => {
                at = PathBuf::from("/");
                continue;
            }
            Step::Up => {
                at.pop();
                continue;
            }
            Step::Into(name) => name,
        };
        let look = watch(&at, &name)?;
        let next = at.join(&name);
        let found = match (fs::symlink_metadata(&next), look) {
            (_, Look::Gone) => return Ok(None),
            // Where nothing can be looked up, nothing changes before the directory's mode does, which
            // its parent tells.
            (Err(error), Look::Unreadable(_)) if error.kind() == ErrorKind::PermissionDenied => {
                return Ok(None);
            }
            (_, Look::Unreadable(source)) => {
                return Err(WatchError::Directory { path: at, source });
            }
            (Err(error), Look::Watched) if no_way_on(&error) || is_name_too_long(&error, &next) => {
                return Ok(None);
            }
            (Err(source), Look::Watched) => {
                return Err(WatchError::Directory { path: next, source });
            }
            (Ok(found), Look::Watched) => found,
        };
        if found.is_symlink() {
            links += 1;
            let Ok(target) = fs::read_link(&next) else {
                return Ok(None);
            };
            if links > MAX_LINKS {
                return Ok(None);
            }
            push(&mut steps, &target);
        } else if found.is_dir() {
            at = next;
        } else {
            return Ok(None);
        }
    }
    Ok(Some(at))
}

/// Whether an error means that the path leads nowhere as things are.
pub(super) fn no_way_on(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    )
}

/// Whether no file can have the path's last name; the kernel says the same where the whole is too long
/// for one call, and there it may lead somewhere through links.
fn is_name_too_long(error: &io::Error, path: &Path) -> bool {
    error.kind() == ErrorKind::InvalidFilename && path.as_os_str().len() < LONGEST
}

/// Puts a path's steps on the stack, the first on top.
fn push(steps: &mut Vec<Step>, path: &Path) {
    steps.extend(path.components().rev().filter_map(|component| match component {
        Component::RootDir => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Into(name.to_owned())),
        Component::CurDir | Component::Prefix(_) => None,
    }));
}
