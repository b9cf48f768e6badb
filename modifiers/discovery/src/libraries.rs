//! Locates libraries below a root, in the directories where drivers are installed, and only where
//! these have none through the root's `ld.so.cache`.

use crate::linker_cache::{MOST_BYTES, cached_libraries};
use crate::name::{base, directory as parent, join, matches};
use crate::{Architecture, FileKind, Files, Root};

/// Where drivers install libraries, in the order searched.
pub const LIBRARY_DIRECTORIES: [&str; 11] = [
    "/",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu/nvidia/current",
    "/usr/lib/aarch64-linux-gnu/nvidia/current",
    "/lib64",
    "/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/lib/x86_64-linux-gnu/nvidia/current",
    "/lib/aarch64-linux-gnu/nvidia/current",
];

/// What the dynamic linker of a root knows.
const LD_CACHE: &str = "/etc/ld.so.cache";

/// Locates libraries below a root.
#[derive(Debug, Clone)]
pub struct Libraries {
    root: Root,
    directories: Vec<String>,
    /// Of what the root's `ld.so.cache` names; `None`: that is no last resort.
    architecture: Option<Architecture>,
    /// The bytes of that file, once it was read.
    cache: Option<Vec<u8>>,
}

impl Libraries {
    /// In the directories where drivers are installed, or else, on an architecture that has a driver,
    /// through `ld.so.cache`.
    #[must_use]
    pub fn new(root: Root, architecture: Option<Architecture>) -> Self {
        let directories = LIBRARY_DIRECTORIES.map(String::from).into();
        Self { root, directories, architecture, cache: None }
    }

    /// In these directories and nowhere else.
    #[must_use]
    pub fn within(root: Root, directories: &[String]) -> Self {
        Self { root, directories: directories.into(), architecture: None, cache: None }
    }

    /// Forgets the directories that are not there, and those that are others by a link, so that they are not
    /// looked for again. The host must let all of them be resolved.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn settle<F: Files>(&mut self, files: &mut F) -> Result<(), F::Error> {
        let mut there: Vec<String> = Vec::new();
        for directory in &self.directories {
            let resolved = files.resolve(self.root, directory)?;
            there.extend(resolved.filter(|resolved| !there.contains(resolved)));
        }
        self.directories = there;
        Ok(())
    }

    /// The libraries whose names match a pattern, links resolved, each once, in the order of the
    /// directories and then of their names.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn locate<F: Files>(
        &mut self,
        files: &mut F,
        pattern: &str,
    ) -> Result<Vec<String>, F::Error> {
        let found = self.locate_in_directories(files, pattern)?;
        if found.is_empty() { self.locate_in_cache(files, pattern) } else { Ok(found) }
    }

    /// As [`Self::locate`], without the last resort.
    pub(crate) fn locate_in_directories<F: Files>(
        &self,
        files: &mut F,
        pattern: &str,
    ) -> Result<Vec<String>, F::Error> {
        let mut found = Vec::new();
        for directory in &self.directories {
            for path in in_directory(files, self.root, directory, pattern)? {
                if !found.contains(&path) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// What the first library tells whose name matches and that tells anything. No directory behind
    /// its own is looked into.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn first<F: Files, T>(
        &mut self,
        files: &mut F,
        pattern: &str,
        tell: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, F::Error> {
        for directory in &self.directories {
            let found = in_directory(files, self.root, directory, pattern)?;
            if let Some(told) = found.iter().find_map(|path| tell(path)) {
                return Ok(Some(told));
            }
        }
        Ok(self.locate_in_cache(files, pattern)?.iter().find_map(|path| tell(path)))
    }

    /// The libraries that the linker knows by a name of the same stem, and whose file's name, or that by
    /// which it is known, matches.
    pub(crate) fn locate_in_cache<F: Files>(
        &mut self,
        files: &mut F,
        pattern: &str,
    ) -> Result<Vec<String>, F::Error> {
        self.locate_stems_in_cache(files, pattern, &[stem(pattern)])
    }

    /// As [`Self::locate_in_cache`], of names with one of these stems, in the order of the cache.
    pub(crate) fn locate_stems_in_cache<F: Files>(
        &mut self,
        files: &mut F,
        pattern: &str,
        stems: &[&str],
    ) -> Result<Vec<String>, F::Error> {
        let Some(architecture) = self.architecture else {
            return Ok(Vec::new());
        };
        if self.cache.is_none() {
            self.cache = Some(files.read(self.root, LD_CACHE, MOST_BYTES)?.unwrap_or_default());
        }
        let mut found = Vec::new();
        for library in cached_libraries(self.cache.as_deref().unwrap_or_default(), architecture) {
            // The cache names `libcuda.so.1`, which leads to `libcuda.so.570.86.10`. Only what may
            // match is followed: a driver's names are granted, all others may not be.
            let known = stem(library.name);
            if !stems.iter().any(|stem| matches(stem, known)) || !is_path(library.path) {
                continue;
            }
            let path = files.resolve(self.root, library.path)?;
            let fits =
                |path: &String| matches(pattern, base(path)) || matches(pattern, library.name);
            found.extend(path.filter(|path| fits(path) && !found.contains(path)));
        }
        Ok(found)
    }
}

/// The libraries of one directory whose names match a pattern, links resolved.
fn in_directory<F: Files>(
    files: &mut F,
    root: Root,
    directory: &str,
    pattern: &str,
) -> Result<Vec<String>, F::Error> {
    let mut found = Vec::new();
    // Where the directory is behind links: all of its files say the same.
    let mut resolved: Option<String> = None;
    for entry in files.glob(root, &join(directory, pattern))? {
        found.extend(match (entry.kind, &resolved) {
            (FileKind::File, Some(directory)) => Some(join(directory, base(&entry.path))),
            (FileKind::File | FileKind::Link, _) => files.resolve(root, &entry.path)?,
            _ => None,
        });
        if let (FileKind::File, None, Some(path)) = (entry.kind, &resolved, found.last()) {
            resolved = Some(parent(path).into());
        }
    }
    Ok(found)
}

/// A name or a pattern without the version behind `.so`.
fn stem(name: &str) -> &str {
    name.find(".so").and_then(|at| name.get(..at)).unwrap_or(name)
}

/// Whether this is a path that may be asked for.
fn is_path(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|element| !matches!(element, "" | "." | "..")) && !rest.contains('*')
    })
}

#[cfg(test)]
mod tests;
