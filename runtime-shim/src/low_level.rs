//! Finds the low-level runtime: the first configured candidate that is there and may be executed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, FileType, Stat};

/// Searched after `PATH`: an engine may start the wrapper with an empty one.
const DIRECTORIES: &[&str] =
    &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Why there is no low-level runtime to execute.
#[derive(Debug, thiserror::Error)]
pub enum LowLevelError {
    /// The configuration names none.
    #[error("no low-level runtime is configured: name at least one in `runtime.low-level`")]
    NoCandidate,
    /// None of the candidates can be executed.
    #[error(
        "no low-level runtime found: {}{}; install one, or name another in `runtime.low-level`",
        .tried.join(", "), places(.searched)
    )]
    NotFound {
        /// Each candidate, and what is wrong with it.
        tried: Vec<String>,
        /// The directories in which names without a slash were looked for.
        searched: Vec<String>,
    },
    /// The candidate found is this program: executing it would never end.
    #[error(
        "low-level runtime {candidate:?} is Gantry itself ({}): give the full path of the real one in `runtime.low-level`",
        .path.display(), candidate = .candidate.to_string_lossy()
    )]
    Itself {
        /// As configured.
        candidate: OsString,
        /// Where it was found.
        path: PathBuf,
    },
    /// It cannot be told whether the candidate is this program.
    #[error("cannot tell whether low-level runtime {} is Gantry itself: cannot read {}", .path.display(), .myself.display())]
    UnknownSelf {
        /// The low-level runtime found.
        path: PathBuf,
        /// What stands for the running program.
        myself: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A relative path was configured, and there is no current directory.
    #[error("low-level runtime {}: no current directory to start from", .path.display())]
    NoCurrentDirectory {
        /// As configured.
        path: PathBuf,
        /// Why there is none.
        source: io::Error,
    },
}

fn places(directories: &[String]) -> String {
    if directories.is_empty() {
        String::new()
    } else {
        format!("; searched {}", directories.join(", "))
    }
}

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The value of `PATH`. What is in it and not absolute is skipped: the current directory is often a bundle.
    pub path: Option<&'a OsStr>,
    /// Directories after those of `path`.
    pub directories: &'a [&'a str],
    /// The running program: `/proc/self/exe`.
    pub myself: &'a Path,
}

impl<'a> Search<'a> {
    /// The usual places of a system, after those of `PATH`.
    #[must_use]
    pub fn usual(path: Option<&'a OsStr>) -> Self {
        Self { path, directories: DIRECTORIES, myself: Path::new("/proc/self/exe") }
    }

    fn directories(self) -> Vec<&'a Path> {
        let path = self.path.unwrap_or_default().as_bytes().split(|byte| *byte == b':');
        let mut found: Vec<&Path> = Vec::new();
        let all = path
            .map(OsStr::from_bytes)
            .chain(self.directories.iter().map(OsStr::new))
            .map(Path::new);
        for directory in all.filter(|directory| directory.is_absolute()) {
            if !found.contains(&directory) {
                found.push(directory);
            }
        }
        found
    }
}

/// The absolute path of the first candidate that is an executable file.
///
/// A candidate with a slash is a path; any other is looked for in the directories of `search`. Links are followed to see
/// what they lead to, and kept in the result: a runtime may look at the name that it was called by.
pub fn find(candidates: &[OsString], search: Search) -> Result<PathBuf, LowLevelError> {
    if candidates.is_empty() {
        return Err(LowLevelError::NoCandidate);
    }
    let directories = search.directories();
    let mut tried = Vec::new();
    let mut searched = false;
    for candidate in candidates {
        let name = || format!("{:?}", candidate.to_string_lossy());
        let mut wrong = Problem::Missing;
        let mut consider = |path: PathBuf| match examine(&path) {
            Ok(stat) => Some((path, stat)),
            Err(problem) => {
                wrong = wrong.max(problem);
                None
            }
        };
        let found = if candidate.is_empty() {
            None
        } else if candidate.as_bytes().contains(&b'/') {
            let path = std::path::absolute(candidate).map_err(|source| {
                LowLevelError::NoCurrentDirectory { path: PathBuf::from(candidate), source }
            })?;
            consider(path)
        } else {
            searched = true;
            directories.iter().find_map(|directory| consider(directory.join(candidate)))
        };
        match found {
            Some((path, stat)) => return refuse_itself(candidate, path, &stat, search.myself),
            None => tried.push(format!("{} {wrong}", name())),
        }
    }
    let searched = if searched { &directories[..] } else { &[] };
    let searched = searched.iter().map(|directory| directory.display().to_string()).collect();
    Err(LowLevelError::NotFound { tried, searched })
}

/// What is wrong with a path, the most telling last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Problem {
    Missing,
    NotAFile,
    NotExecutable,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "is not there",
            Self::NotAFile => "is not a file",
            Self::NotExecutable => "is not executable",
        })
    }
}

fn examine(path: &Path) -> Result<Stat, Problem> {
    let stat = rustix::fs::stat(path).map_err(|_| Problem::Missing)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Problem::NotAFile);
    }
    match rustix::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS) {
        Ok(()) => Ok(stat),
        Err(_) => Err(Problem::NotExecutable),
    }
}

fn refuse_itself(
    candidate: &OsStr,
    path: PathBuf,
    stat: &Stat,
    myself: &Path,
) -> Result<PathBuf, LowLevelError> {
    // A copy has another inode, and two of them could call one another for ever.
    if names(&path).any(|name| is_wrappers_name(&name)) {
        return Err(LowLevelError::Itself { candidate: candidate.to_owned(), path });
    }
    match rustix::fs::stat(myself) {
        Ok(own) if (own.st_dev, own.st_ino) == (stat.st_dev, stat.st_ino) => {
            Err(LowLevelError::Itself { candidate: candidate.to_owned(), path })
        }
        Ok(_) => Ok(path),
        Err(errno) => Err(LowLevelError::UnknownSelf {
            path,
            myself: myself.to_owned(),
            source: errno.into(),
        }),
    }
}

/// A path, and what it leads to, one link after another.
fn names(path: &Path) -> impl Iterator<Item = PathBuf> {
    // The kernel follows no more than 40.
    std::iter::successors(Some(path.to_owned()), |link| {
        let target = std::fs::read_link(link).ok()?;
        Some(link.parent().unwrap_or(Path::new("/")).join(target))
    })
    .take(41)
}

/// `gantry-runtime`, and `gantry-runtime.NAME`: what only the wrapper is called.
fn is_wrappers_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.strip_prefix(b"gantry-runtime")
        .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'.'))
}

#[cfg(test)]
mod tests;
