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
/// folders, a relative path from here; where it is nowhere, its usual place is taken. An absolute path is
/// taken as it is: the spec may be for another host.
pub(super) fn find(given: Option<&str>) -> Result<(String, Option<String>), Failure> {
    let given = given.unwrap_or_default().trim_end_matches('/');
    let (name, usual) = match given.rsplit('/').next().unwrap_or_default() {
        "" => ("gantry-hook", OWN),
        "gantry-hook" => (given, OWN),
        "nvidia-ctk" => (given, REFERENCE_CTK),
        _ => (given, REFERENCE),
    };
    if name.starts_with('/') {
        let wrong = (!is_program(Path::new(name)))
            .then(|| format!("the hook program {name} is not there, or not executable"));
        return Ok((name.to_owned(), wrong));
    }
    let found = if name.contains('/') {
        std::path::absolute(name).ok().filter(|path| is_program(path))
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(USUAL.map(PathBuf::from));
        let folders = folders.filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(name)).find(|program| is_program(program))
    };
    match found {
        Some(found) => match found.into_os_string().into_string() {
            Ok(found) => Ok((found, None)),
            Err(found) => {
                Err(Failure::usage(format_args!("the hook program {found:?} is not UTF-8")))
            }
        },
        None => Ok((
            usual.to_owned(),
            Some(format!("the hook program {name} is not found; the spec names {usual}")),
        )),
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_nowhere_has_its_usual_place() {
        for (given, path) in [
            (None, OWN),
            (Some(""), OWN),
            (Some("/"), OWN),
            (Some("/none/hook"), "/none/hook"),
            (Some("/none/hook/"), "/none/hook"),
            (Some("none/gantry-hook"), OWN),
            (Some("none/nvidia-ctk"), REFERENCE_CTK),
            (Some("none/nvidia-cdi-hook"), REFERENCE),
            (Some("no-program-of-any-host"), REFERENCE),
        ] {
            // One that is installed here may be elsewhere; then nothing is wrong with it.
            let (found, wrong) = find(given).unwrap();
            assert!(found == path || wrong.is_none(), "{given:?} {found}");
        }
    }

    #[test]
    fn a_name_is_looked_for_in_the_usual_folders() {
        let (path, wrong) = find(Some("sh")).unwrap();
        assert!(path.ends_with("/sh") && path.starts_with('/') && wrong.is_none(), "{path}");
    }
}
