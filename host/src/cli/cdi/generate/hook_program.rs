//! Which program the hooks of a spec name.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::super::failure::Failure;

/// Gantry's own, and where it is installed.
const OWN: &str = "/usr/bin/gantry-hook";

/// The reference's, which an installed Gantry answers to as well.
const REFERENCE: &str = "/usr/bin/nvidia-cdi-hook";
const REFERENCE_CTK: &str = "/usr/bin/nvidia-ctk";

/// Where programs are looked for after PATH.
const USUAL: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The program's path, and what is wrong with it. A name without `/` is looked for in `PATH` and the usual
/// folders; where it is in none of them, its usual place is taken: the spec may be for another host.
pub(super) fn find(given: Option<&str>) -> Result<(String, Option<String>), Failure> {
    let given = given.unwrap_or_default();
    let (name, usual) = match given.rsplit('/').next().unwrap_or_default() {
        "" => ("gantry-hook", OWN),
        "gantry-hook" => (given, OWN),
        "nvidia-ctk" => (given, REFERENCE_CTK),
        _ => (given, REFERENCE),
    };
    if name.contains('/') {
        let path = std::path::absolute(name).ok();
        let path = path.as_deref().and_then(Path::to_str).map(str::to_owned);
        let path = path.ok_or_else(|| {
            Failure::usage(format_args!("--hook-path {name:?} cannot be made an absolute path"))
        })?;
        let wrong = (!is_program(Path::new(&path)))
            .then(|| format!("the hook program {path} is not there, or not executable"));
        return Ok((path, wrong));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(USUAL.map(PathBuf::from));
    let mut programs =
        folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
    let found = programs.find(|program| is_program(program));
    if let Some(found) = found.as_deref().and_then(Path::to_str) {
        return Ok((found.to_owned(), None));
    }
    let wrong = format!(
        "the hook program {name} was not found in PATH nor the usual folders; the spec names {usual}"
    );
    Ok((usual.to_owned(), Some(wrong)))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}
