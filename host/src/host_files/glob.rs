//! Finding files by pattern.

use super::{Entry, FileError, FileKind, HostFiles, Pattern};

/// The entries whose path matches the pattern, sorted by path. Only directories that can hold a match
/// are listed; links to directories in the pattern's literal head are followed in the root, others
/// are not. At most `most` entries are looked at.
pub fn glob(
    files: &dyn HostFiles,
    pattern: &Pattern,
    most: usize,
) -> Result<Vec<Entry>, FileError> {
    let invalid = |why: String| FileError::Invalid { path: pattern.as_str().to_owned(), why };
    if !pattern.as_str().starts_with('/') {
        return Err(invalid("not an absolute pattern".to_owned()));
    }
    let head = pattern.literal_head();
    if head == pattern.as_str() {
        return match files.lstat(head) {
            Ok(entry) => Ok(vec![entry]),
            Err(FileError::Absent { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
    }
    let start = match head.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((directory, _)) => directory,
    };
    let deep = pattern.as_str().contains("**");
    let depth = pattern.as_str().matches('/').count();
    let mut found = Vec::new();
    let mut looked = 0;
    let mut directories = vec![start.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries = match files.list(&directory) {
            Ok(entries) => entries,
            Err(FileError::Absent { .. } | FileError::Invalid { .. }) => continue,
            Err(error) => return Err(error),
        };
        looked += entries.len();
        if looked > most {
            return Err(invalid(format!("it would look at more than {most} files")));
        }
        for entry in entries {
            let below = entry.path.matches('/').count();
            if entry.kind == FileKind::Directory && (deep || below < depth) {
                directories.push(entry.path.clone());
            }
            if pattern.matches(&entry.path) {
                found.push(entry);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
