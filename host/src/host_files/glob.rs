//! Finding files by pattern.

use super::{Entry, FileError, FileKind, HostFiles, Pattern};
use crate::path::is_normal;

/// The entries whose path matches the pattern, sorted by path; none where its literal head leads
/// nowhere.
///
/// Only directories that can hold a match are listed. Links in the pattern's literal head are followed
/// in the root, no others: a grant that covers the pattern covers what is found. It is an error to have
/// to look at more than `most` entries.
pub fn glob(
    files: &dyn HostFiles,
    pattern: &Pattern,
    most: usize,
) -> Result<Vec<Entry>, FileError> {
    let mut walk = Walk { files, pattern, most, looked: 0, found: Vec::new() };
    let head = pattern.literal_head();
    if pattern.as_str() == "/" {
        return files.lstat("/").map(|root| vec![root]);
    }
    let start = match head.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((directory, _)) => directory,
    };
    if !head.starts_with('/') || !is_normal(start) {
        return Err(walk.invalid("not an absolute pattern without `.` and `..`".to_owned()));
    }
    let rest = pattern.as_str().get(start.len()..).unwrap_or_default();
    let elements = rest.trim_start_matches('/').split('/').map(Element::parse);
    let elements: Option<Vec<Element>> = elements.collect();
    let elements =
        elements.ok_or_else(|| walk.invalid("it has an empty, `.` or `..` element".to_owned()))?;
    walk.elements(start, &elements)?;
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

/// What stands between two `/` of a pattern.
enum Element<'a> {
    Literal(&'a str),
    /// With `*`.
    Wild(Pattern),
    /// With `**`: it and all that follows match as one.
    Deep,
}

impl<'a> Element<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        match text {
            "" | "." | ".." => None,
            _ if text.contains("**") => Some(Self::Deep),
            _ if text.contains('*') => Pattern::parse(text).ok().map(Self::Wild),
            _ => Some(Self::Literal(text)),
        }
    }
}

struct Walk<'a> {
    files: &'a dyn HostFiles,
    pattern: &'a Pattern,
    most: usize,
    looked: usize,
    found: Vec<Entry>,
}

impl Walk<'_> {
    /// Matches element by element, so that nothing is listed for a literal one.
    fn elements(&mut self, start: &str, elements: &[Element]) -> Result<(), FileError> {
        let mut directories = vec![start.to_owned()];
        for (index, element) in elements.iter().enumerate() {
            let mut next = Vec::new();
            for directory in directories {
                let names = match element {
                    Element::Literal(name) => vec![(*name).to_owned()],
                    Element::Wild(pattern) => self.names_like(&directory, pattern)?,
                    Element::Deep => {
                        self.below(directory)?;
                        continue;
                    }
                };
                let paths: Vec<_> = names.iter().map(|name| join(&directory, name)).collect();
                next.extend(self.lstats(&paths)?);
            }
            if index + 1 == elements.len() {
                self.found.append(&mut next);
                return Ok(());
            }
            let is_directory = |entry: &Entry| entry.kind == FileKind::Directory;
            directories = next.into_iter().filter(is_directory).map(|entry| entry.path).collect();
        }
        Ok(())
    }

    /// Matches all that lies below a directory.
    fn below(&mut self, start: String) -> Result<(), FileError> {
        let mut directories = vec![start];
        while let Some(directory) = directories.pop() {
            let entries = if_there(self.files.list(&directory))?.unwrap_or_default();
            self.look(entries.len())?;
            for entry in entries {
                if entry.kind == FileKind::Directory {
                    directories.push(entry.path.clone());
                }
                if self.pattern.matches(&entry.path) {
                    self.found.push(entry);
                }
            }
        }
        Ok(())
    }

    fn names_like(&mut self, directory: &str, pattern: &Pattern) -> Result<Vec<String>, FileError> {
        let found = if_there(self.files.names_like(directory, pattern))?;
        let (all, names) = found.unwrap_or_default();
        self.look(all)?;
        Ok(names)
    }

    /// What is at these paths, which are in one directory.
    fn lstats(&mut self, paths: &[String]) -> Result<Vec<Entry>, FileError> {
        self.look(paths.len())?;
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.files
            .lstats(&paths)
            .into_iter()
            .filter_map(|found| if_there(found).transpose())
            .collect()
    }

    fn look(&mut self, entries: usize) -> Result<(), FileError> {
        self.looked = self.looked.saturating_add(entries);
        if self.looked > self.most {
            return Err(self.invalid(format!("it would look at more than {} files", self.most)));
        }
        Ok(())
    }

    fn invalid(&self, why: String) -> FileError {
        FileError::Invalid { path: self.pattern.as_str().to_owned(), why }
    }
}

/// Nothing for what is not there, not a directory, or gone since it was seen.
fn if_there<T>(result: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match result {
        Ok(there) => Ok(Some(there)),
        Err(FileError::Absent { .. } | FileError::Invalid { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory == "/" { format!("/{name}") } else { format!("{directory}/{name}") }
}
