//! Links that programs expect beside the driver's files. A bind mount brings the file alone, so the
//! hook `create-symlinks` makes them in the container.

use std::collections::BTreeSet;

use crate::{FileKind, Files, Hook, Root};

/// Links that are followed in one chain, as in Linux.
const MOST_HOPS: usize = 40;

/// Bytes of a file's name, as in Linux.
const MOST_NAME: usize = 255;

/// What an ELF object begins with.
const ELF: &[u8] = b"\x7fELF";

/// Links to make in the container, each once, in the order found.
#[derive(Debug, Clone, Default)]
pub struct Links {
    args: Vec<String>,
    seen: BTreeSet<String>,
}

impl Links {
    /// Adds a link at `path` in the container, with its target as it is written.
    pub fn add<F: Files>(&mut self, files: &mut F, target: &str, path: &str) {
        if [target, path].iter().any(|text| text.contains("::") || text.contains(char::is_control))
        {
            files.warn(&format!("the link {path} is skipped: its text cannot be given to a hook"));
            return;
        }
        let link = [target, "::", path].concat();
        if self.seen.insert(link.clone()) {
            self.args.extend(["--link".into(), link]);
        }
    }

    /// The hook that makes them; `None` without links.
    #[must_use]
    pub fn hook(self) -> Option<Hook> {
        let hook = Hook { command: "create-symlinks", args: self.args };
        (!hook.args.is_empty()).then_some(hook)
    }

    /// Adds the links of a chain: that at `path`, and those that it leads through.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn add_chain<F: Files>(&mut self, files: &mut F, path: &str) -> Result<(), F::Error> {
        // In the container, the folders on the way are none of the host's links.
        let (mut at, mut on_host) = (path.to_owned(), path.to_owned());
        for _ in 0..MOST_HOPS {
            let entry = files.stat(Root::Driver, &[&on_host])?.pop().flatten();
            let Some(entry) = entry.filter(|entry| entry.kind == FileKind::Link) else {
                break;
            };
            let target = files.read_link(Root::Driver, &on_host)?;
            self.add(files, &target, &at);
            at = followed(&at, &target);
            on_host = followed(&entry.path, &target);
        }
        Ok(())
    }

    /// Adds the links that programs look for beside the library at `path`: by its SONAME and by its
    /// name without a version, as far as the host has them, and some that every host needs. Only for
    /// the libraries of the driver's `version`; `None`: of any `*.*`.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn add_library<F: Files>(
        &mut self,
        files: &mut F,
        path: &str,
        version: Option<&str>,
    ) -> Result<(), F::Error> {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        if let Some((target, link)) = always(name, version) {
            self.add(files, target, &[folder, "/", link].concat());
        }
        if !of_version(name, version) {
            return Ok(());
        }
        let Some(soname) = soname(files, path, name)? else {
            return Ok(());
        };
        let plain = unversioned(&soname).unwrap_or(&soname);
        let pairs = [(name, soname.as_str()), (&soname, plain)];
        let paths = pairs.map(|(_, link)| [folder, "/", link].concat());
        let entries = files.stat(Root::Driver, &paths.each_ref().map(String::as_str))?;
        for (((target, link), path), entry) in pairs.into_iter().zip(&paths).zip(entries) {
            let is_link = entry.is_some_and(|entry| entry.kind == FileKind::Link);
            if is_link && link != target {
                self.add(files, target, path);
            }
        }
        Ok(())
    }
}

/// The link that programs expect of some libraries, whether or not the host has it: its target and
/// its name.
fn always<'a>(name: &'a str, version: Option<&str>) -> Option<(&'a str, &'static str)> {
    let is = |library: &str| {
        let rest = name.strip_prefix(library).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| version.map_or(rest.contains('.'), |version| rest == version))
    };
    if is("libcuda.so") {
        Some(("libcuda.so.1", "libcuda.so"))
    } else if is("libGLX_nvidia.so") {
        Some((name, "libGLX_indirect.so.0"))
    } else if is("libnvidia-opticalflow.so") {
        Some(("libnvidia-opticalflow.so.1", "libnvidia-opticalflow.so"))
    } else {
        None
    }
}

/// Whether a file's name ends in this version, or in any.
fn of_version(name: &str, version: Option<&str>) -> bool {
    match version {
        Some(version) => name.strip_suffix(version).is_some_and(|rest| rest.ends_with('.')),
        None => name.split('.').count() > 2,
    }
}

/// The SONAME of a library, or its name where it has none; `None` where it is no library, or its
/// SONAME is not its name but for what follows `.so`.
fn soname<F: Files>(files: &mut F, path: &str, name: &str) -> Result<Option<String>, F::Error> {
    let soname = match files.soname(Root::Driver, path)? {
        Some(soname) => soname,
        None if files.read(Root::Driver, path, 4)?.as_deref() == Some(ELF) => name.into(),
        None => return Ok(None),
    };
    let stem = |name: &str| name.find(".so").and_then(|at| name.get(..at)).map(str::to_owned);
    let same = stem(name).is_some_and(|one| stem(&soname) == Some(one));
    let usable = same && !soname.contains('/') && soname.len() <= MOST_NAME;
    Ok(usable.then_some(soname))
}

/// The name up to its last `.so`; `None` where it has none.
fn unversioned(mut name: &str) -> Option<&str> {
    while name.strip_suffix(".so").is_none() {
        name = name.rsplit_once('.')?.0;
    }
    Some(name)
}

/// Where a link at `path` leads; `..` at the root stays there.
#[must_use]
pub fn followed(path: &str, target: &str) -> String {
    let folder =
        if target.starts_with('/') { "" } else { path.rsplit_once('/').unwrap_or_default().0 };
    let mut elements: Vec<&str> = Vec::new();
    for element in folder.split('/').chain(target.split('/')) {
        match element {
            "" | "." => {}
            ".." => drop(elements.pop()),
            _ => elements.push(element),
        }
    }
    ["/", &elements.join("/")].concat()
}

#[cfg(test)]
mod tests;
