//! Finding the programs that the toolkit's configuration names without a directory.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// Searched after `PATH`, as the toolkit does.
const ALWAYS: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The directories of programs.
pub(super) struct Programs(Vec<PathBuf>);

impl Programs {
    pub(super) fn of_process() -> Self {
        Self::of_path(&std::env::var_os("PATH").unwrap_or_default())
    }

    pub(super) fn of_path(path: &OsStr) -> Self {
        Self(std::env::split_paths(path).chain(std::env::split_paths(ALWAYS)).collect())
    }

    /// The absolute path of a program: as it is, as it is found, or, as the toolkit does for a name that is
    /// nowhere, that of the usual program in `/usr/bin`.
    pub(super) fn find(&self, name: &str, usual: &str) -> String {
        if name.starts_with('/') {
            return name.to_owned();
        }
        let is_program = |path: &PathBuf| {
            path.is_absolute()
                && std::fs::metadata(path)
                    .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        let found = self.0.iter().map(|directory| directory.join(name)).find(is_program);
        let found = found.and_then(|path| path.to_str().map(str::to_owned));
        let found = found.map(|path| gantry::path::clean(&path).into_owned());
        found.unwrap_or_else(|| format!("/usr/bin/{usual}"))
    }
}
