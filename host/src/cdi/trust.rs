//! Whether spec files can be believed. What a spec asks for is done to a container by root, so that
//! whoever can write one is root: only root, or the user that runs this, may own or write it. In a user
//! namespace (rootless engines start low-level runtimes in one) the host's root has no name, so there
//! those who have none are believed too.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, Stat};

use super::text::shown;
use crate::user_namespace::overflow_uid;

/// The permission bits for those that must not write.
const OTHERS_WRITE: u32 = 0o022;

/// Whether a spec directory can be believed. One that is not there can.
pub fn check_dir_trust(dir: &Path) -> Result<(), TrustError> {
    match rustix::fs::stat(dir) {
        Ok(stat) => check_stat(|| dir.to_owned(), &stat),
        Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(errno) => Err(TrustError::Stat { path: dir.to_owned(), source: errno.into() }),
    }
}

/// Whether a file with those facts can be believed.
pub(crate) fn check_stat(path: impl FnOnce() -> PathBuf, stat: &Stat) -> Result<(), TrustError> {
    let user = || rustix::process::geteuid().as_raw();
    judge(path, stat.st_uid, Mode::from_raw_mode(stat.st_mode).bits(), user, overflow_uid)
}

/// `path`, `user` and `unnamed` are asked only where they matter: not of root's files.
fn judge(
    path: impl FnOnce() -> PathBuf,
    owner: u32,
    mode: u32,
    user: impl Fn() -> u32,
    unnamed: impl FnOnce() -> Option<u32>,
) -> Result<(), TrustError> {
    if owner != 0 && owner != user() && unnamed() != Some(owner) {
        return Err(TrustError::Owner { path: path(), owner, wanted: user() });
    }
    if mode & OTHERS_WRITE != 0 {
        return Err(TrustError::Writable { path: path(), mode: mode & 0o7777 });
    }
    Ok(())
}

/// Why a spec file or directory is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Somebody else owns it.
    #[error("{} is {}", shown(.path), self.problem())]
    Owner {
        /// Of the file or directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who may own it, besides root.
        wanted: u32,
    },
    /// Its group, or everybody, can write it.
    #[error("{} is {}", shown(.path), self.problem())]
    Writable {
        /// Of the file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The system does not tell.
    #[error("cannot tell who owns {}: {source}", shown(.path))]
    Stat {
        /// Of the file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl TrustError {
    /// What is wrong and what mends it, where the path has been named.
    pub(super) fn problem(&self) -> String {
        match self {
            Self::Owner { path, owner, wanted } => format!(
                "owned by user {owner}, who must be root{}; run chown {wanted} {}",
                or_user(*wanted),
                shown(path)
            ),
            Self::Writable { path, mode } => format!(
                "writable by others than its owner (mode {mode:04o}); run chmod go-w {}",
                shown(path)
            ),
            Self::Stat { source, .. } => format!("of an owner that cannot be told: {source}"),
        }
    }
}

fn or_user(user: u32) -> String {
    if user == 0 { String::new() } else { format!(" or user {user}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_and_mode_decide() {
        let namespace = Some(65534);
        for (owner, mode, user, unnamed, expected) in [
            (0, 0o40755, 0, None, None),
            (0, 0o40755, 1000, None, None),
            (1000, 0o40700, 1000, None, None),
            (65534, 0o40755, 0, namespace, None),
            (
                65534,
                0o40755,
                0,
                None,
                Some("/d is owned by user 65534, who must be root; run chown 0 /d"),
            ),
            (
                1000,
                0o40755,
                0,
                namespace,
                Some("/d is owned by user 1000, who must be root; run chown 0 /d"),
            ),
            (
                1,
                0o40755,
                2,
                None,
                Some("/d is owned by user 1, who must be root or user 2; run chown 2 /d"),
            ),
            (
                65534,
                0o41777,
                0,
                namespace,
                Some("/d is writable by others than its owner (mode 1777); run chmod go-w /d"),
            ),
            (
                0,
                0o40775,
                0,
                None,
                Some("/d is writable by others than its owner (mode 0775); run chmod go-w /d"),
            ),
        ] {
            let got = judge(|| "/d".into(), owner, mode, || user, || unnamed);
            let got = got.err().map(|error| error.to_string());
            assert_eq!(got.as_deref(), expected);
        }
    }

    #[test]
    fn a_missing_directory_is_trusted() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_dir_trust(&dir.path().join("none")).is_ok());
        assert!(check_dir_trust(dir.path()).is_ok());
    }
}
