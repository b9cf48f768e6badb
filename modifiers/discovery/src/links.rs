//! Links that a container needs beside the driver's files, and the hook that makes them.

use crate::name::{base, directory, join, matches};
use crate::{FileKind, Files, Hook, Root};

/// A symbolic link in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it leads to, as it is written into the link.
    pub target: String,
    /// Where it is.
    pub path: String,
}

impl Link {
    /// A link at a path.
    #[must_use]
    pub fn new(target: &str, path: String) -> Self {
        Self { target: target.into(), path }
    }
}

/// The hook that makes links, each once; none for none. A link that the hook's argument cannot say
/// is left out.
#[must_use]
pub fn symlinks_hook(links: &[Link]) -> Option<Hook> {
    let mut args: Vec<String> = Vec::new();
    for Link { target, path } in links {
        let argument = [target, "::", path].concat();
        let sayable = !target.is_empty() && argument.matches("::").count() == 1;
        if sayable && !args.contains(&argument) {
            args.extend([String::from("--link"), argument]);
        }
    }
    (!args.is_empty()).then_some(Hook { command: "create-symlinks", args })
}

/// The links that mounted libraries need to be found by: those that programs ask for and no package
/// has, and those of the host to the library's `DT_SONAME` and on to its plain name.
///
/// # Errors
///
/// What the files refuse.
pub fn library_links<F: Files>(
    files: &mut F,
    root: Root,
    libraries: &[String],
) -> Result<Vec<Link>, F::Error> {
    let mut links = Vec::new();
    for library in libraries {
        let (directory, name) = (directory(library), base(library));
        let link = |target: &str, name: &str| Link::new(target, join(directory, name));
        links.extend(known_link(name).map(|(target, at)| link(target, at)));
        let Some((stem, _)) = name.split_once(".so.").filter(|_| matches("*.so.*.*", name)) else {
            continue;
        };
        let soname = files.soname(root, library)?;
        let Some(soname) = soname.filter(|soname| soname != name && is_name(soname)) else {
            continue;
        };
        let plain = [stem, ".so"].concat();
        let paths = [join(directory, &soname), join(directory, &plain)];
        let there = files.stat(root, &[&paths[0], &paths[1]])?;
        let mut there = there
            .iter()
            .map(|entry| entry.as_ref().is_some_and(|entry| entry.kind == FileKind::Link));
        if there.next() == Some(true) {
            links.push(link(name, &soname));
        }
        if there.next() == Some(true) && plain != soname {
            links.push(link(&soname, &plain));
        }
    }
    Ok(links)
}

/// The link that a library needs whatever the host has: its target and its name.
fn known_link(name: &str) -> Option<(&str, &'static str)> {
    [
        ("libcuda.so.*.*", "libcuda.so.1", "libcuda.so"),
        ("libGLX_nvidia.so.*.*", name, "libGLX_indirect.so.0"),
        ("libnvidia-opticalflow.so.*.*", "libnvidia-opticalflow.so.1", "libnvidia-opticalflow.so"),
    ]
    .into_iter()
    .find(|(pattern, _, _)| matches(pattern, name))
    .map(|(_, target, at)| (target, at))
}

/// Whether text from a library can be the name of a file.
fn is_name(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains(['/', '*', '\0'])
}

#[cfg(test)]
mod tests;
