//! Following links inside a root, by looking at one element after the other.

use super::{FileError, FileKind, HostFiles};
use crate::path::is_normal;

/// Links that are followed in one path, as in Linux.
const MOST_LINKS: usize = 40;

/// The path that is left when all links are followed in the root; `..` at the root stays there.
pub(super) fn resolve(files: &(impl HostFiles + ?Sized), path: &str) -> Result<String, FileError> {
    let invalid = |why: &str| FileError::Invalid { path: path.to_owned(), why: why.to_owned() };
    if !is_normal(path) {
        return Err(invalid("not an absolute path without `.` and `..`"));
    }
    let mut links = 0;
    // What is left to walk, the next element last.
    let mut rest: Vec<String> = elements(path);
    let mut walked: Vec<String> = Vec::new();
    while let Some(element) = rest.pop() {
        match element.as_str() {
            "" | "." => continue,
            ".." => {
                walked.pop();
                continue;
            }
            _ => walked.push(element),
        }
        let here = format!("/{}", walked.join("/"));
        let entry = files.lstat(&here).map_err(|error| renamed(error, path))?;
        match entry.kind {
            FileKind::Link => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(invalid("too many links"));
                }
                let target = files.read_link(&here).map_err(|error| renamed(error, path))?;
                walked.pop();
                if target.starts_with('/') {
                    walked.clear();
                }
                rest.extend(elements(&target));
            }
            FileKind::Directory => {}
            _ if rest.iter().any(|element| !element.is_empty()) => {
                return Err(invalid("a part of it is not a directory"));
            }
            _ => {}
        }
    }
    Ok(format!("/{}", walked.join("/")))
}

/// Where a path is when the links of its directories are followed in the root; its last element is not.
pub(crate) fn resolve_directories(
    files: &(impl HostFiles + ?Sized),
    path: &str,
) -> Result<String, FileError> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let directory = files.resolve(if directory.is_empty() { "/" } else { directory })?;
    Ok(format!("{}/{name}", directory.trim_end_matches('/')))
}

fn elements(path: &str) -> Vec<String> {
    path.rsplit('/').map(str::to_owned).collect()
}

/// The error under the path that was asked for.
fn renamed(error: FileError, path: &str) -> FileError {
    match error {
        FileError::Absent { .. } => FileError::Absent { path: path.to_owned() },
        other => other,
    }
}
