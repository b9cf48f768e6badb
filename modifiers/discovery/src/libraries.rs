//! Locates libraries below a root, in the directories where drivers are installed, and only where
//! these have none through the root's `ld.so.cache`.

use crate::linker_cache::{MOST_BYTES, cached_libraries};
use crate::name::{base, join, matches};
use crate::{Architecture, FileKind, Files, Root};

/// Where drivers install libraries, in the order searched.
const DIRECTORIES: [&str; 11] = [
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
}

impl Libraries {
    /// In the directories where drivers are installed, or else, on an architecture that has a driver,
    /// through `ld.so.cache`.
    #[must_use]
    pub fn new(root: Root, architecture: Option<Architecture>) -> Self {
        let directories = DIRECTORIES.map(String::from).into();
        Self { root, directories, architecture }
    }

    /// In these directories and nowhere else.
    #[must_use]
    pub fn within(root: Root, directories: &[String]) -> Self {
        Self { root, directories: directories.into(), architecture: None }
    }

    /// The libraries whose names match a pattern, links resolved, each once, in the order of the
    /// directories and then of their names.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn locate<F: Files>(&self, files: &mut F, pattern: &str) -> Result<Vec<String>, F::Error> {
        let found = self.locate_in_directories(files, pattern)?;
        match self.architecture {
            Some(architecture) if found.is_empty() => {
                self.locate_in_cache(files, architecture, pattern)
            }
            _ => Ok(found),
        }
    }

    /// As [`Self::locate`], without the last resort.
    pub(crate) fn locate_in_directories<F: Files>(
        &self,
        files: &mut F,
        pattern: &str,
    ) -> Result<Vec<String>, F::Error> {
        let mut found = Vec::new();
        for directory in &self.directories {
            for entry in files.glob(self.root, &join(directory, pattern))? {
                let path = match entry.kind {
                    FileKind::File => Some(entry.path),
                    FileKind::Link => files.resolve(self.root, &entry.path)?,
                    _ => None,
                };
                found.extend(path.filter(|path| !found.contains(path)));
            }
        }
        Ok(found)
    }

    /// The libraries that the linker knows by a name of the same stem, and whose file's name matches.
    fn locate_in_cache<F: Files>(
        &self,
        files: &mut F,
        architecture: Architecture,
        pattern: &str,
    ) -> Result<Vec<String>, F::Error> {
        let Some(bytes) = files.read(self.root, LD_CACHE, MOST_BYTES)? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for library in cached_libraries(&bytes, architecture) {
            // The cache names `libcuda.so.1`, which leads to `libcuda.so.570.86.10`. Only what may
            // match is followed: a driver's names are granted, all others may not be.
            if !matches(stem(pattern), stem(library.name)) || !is_path(library.path) {
                continue;
            }
            let path = files.resolve(self.root, library.path)?;
            found.extend(path.filter(|path| matches(pattern, base(path)) && !found.contains(path)));
        }
        Ok(found)
    }
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
