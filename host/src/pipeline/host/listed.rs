//! What the operator's own lists name: the grant `listed`.
//!
//! A list is a file of lines `TYPE, PATH`, where `TYPE` is `dev`, `dir`, `lib` or `sym`: the form of the
//! CSV files that describe a Tegra system's driver. What such a file names may be looked at and
//! mounted read-only at its own path, or added as a device node, and so may what links from there lead
//! to; nothing else. The host reads the files itself, and only those that nobody but root (or,
//! rootless, the user) can have written.

use std::cell::RefCell;
use std::collections::HashSet;

use gantry_discovery::csv::list::{self, Kind};

use crate::host_files::{HostFiles, glob, resolve_directories};
use crate::modifier::{Answer, MountRequest, Refused};
use crate::path::clean;

use super::super::config::Environment;
use super::super::facts::failed;
use super::super::grants::HostPath;
use super::Host;

/// Lists that are read.
const MOST_FILES: usize = 256;
/// Bytes of one list.
const MOST_BYTES: u64 = 1 << 20;
/// Options without which a listed file is not mounted, and those that it may have beside them.
const NEEDED: &[&str] = &["ro", "nosuid", "nodev"];
const ALLOWED: &[&str] = &["noexec", "bind", "rbind", "private", "rprivate"];

/// What the lists of one stage name.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Files, folders and links below the driver root, and where links from them lead.
    files: HashSet<String>,
    /// What stands before `.so` in them.
    stems: HashSet<String>,
    /// Device nodes below the dev root.
    nodes: HashSet<String>,
}

/// What stands before `.so` in the path of a library.
fn stem(path: &str) -> Option<&str> {
    path.find(".so").and_then(|at| path.get(..at))
}

impl Listed {
    /// Takes what the lines of one list name. Lines of another form name nothing.
    fn read(&mut self, list: &[u8]) {
        for line in list::parse(list, usize::MAX).unwrap_or_default().lines {
            match line.kind {
                Kind::Device => drop(self.nodes.insert(line.path)),
                Kind::Directory | Kind::Library | Kind::Link => self.insert(line.path),
            }
        }
    }

    /// Whether this is a name beside a listed library that is its own but for what follows `.so`.
    fn is_beside(&self, entry: &str) -> bool {
        stem(entry).is_some_and(|stem| self.stems.contains(stem))
    }

    /// Takes a file, folder or link.
    fn insert(&mut self, path: String) {
        if let Some(stem) = stem(&path) {
            self.stems.insert(stem.to_owned());
        }
        self.files.insert(path);
    }
}

impl Host {
    /// What the lists name; `None` where the stage is granted none.
    fn listed(&self) -> Answer<Option<&RefCell<Listed>>> {
        if self.stage.grants.listed.is_empty() {
            return Ok(None);
        }
        if self.listed.get().is_none() {
            let listed = self.read_lists()?;
            // Only this call can have set it, and it did not.
            let _ = self.listed.set(RefCell::new(listed));
        }
        Ok(self.listed.get())
    }

    fn read_lists(&self) -> Answer<Listed> {
        let trust = Environment::of_process().trust();
        let mut listed = Listed::default();
        for (root, patterns) in &self.stage.grants.listed {
            let folder = self.root_path(root);
            if !folder.exists() {
                continue;
            }
            let files = self.facts.files(folder).map_err(|error| failed(&error))?;
            for pattern in patterns.iter() {
                let found = glob(&*files, pattern, MOST_FILES).map_err(|error| failed(&error))?;
                for entry in found {
                    let path = folder.join(entry.path.trim_start_matches('/'));
                    let bytes = trust.read(&path, MOST_BYTES).map_err(|error| {
                        Refused::Failed(format!("a list that grants what it names: {error}"))
                    })?;
                    listed.read(&bytes.unwrap_or_default());
                }
            }
        }
        Ok(listed)
    }

    /// Whether the lists let the stage look at a path of a root. `entry` is where the links of its
    /// folders lead: what a list names may be reached through them.
    pub(super) fn lists_entry(&self, root: &str, path: &str, entry: &str) -> Answer<bool> {
        let Some(listed) = self.listed()? else { return Ok(false) };
        let mut listed = listed.borrow_mut();
        if root == "driver-root" && listed.files.contains(path) && path != entry {
            listed.insert(entry.to_owned());
        }
        Ok(match root {
            "driver-root" => listed.files.contains(entry) || listed.is_beside(entry),
            "dev-root" => listed.nodes.contains(path),
            _ => false,
        })
    }

    /// Whether a listed entry is a link, or a chain of them, that leads to `target`; then that is
    /// listed as well.
    pub(super) fn leads_to(&self, root: &str, entry: &str, target: &str) -> Answer<bool> {
        let Some(listed) = self.listed()? else { return Ok(false) };
        let mut listed = listed.borrow_mut();
        let leads = root == "driver-root" && listed.files.contains(entry);
        if leads {
            listed.insert(target.to_owned());
        }
        Ok(leads)
    }

    /// A listed link leads to the entry that its text names.
    pub(super) fn follow(
        &self,
        root: &str,
        files: &dyn HostFiles,
        link: &str,
        text: &str,
    ) -> Answer<()> {
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        match resolve_directories(files, &clean(&path)) {
            Ok(target) => self.leads_to(root, link, &target).map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Whether the lists let the stage mount this: at its own path, or that of the link that was listed, so
    /// that the container can change nothing.
    pub(super) fn lists_mount(&self, mount: &MountRequest, found: HostPath<'_>) -> Answer<bool> {
        let Some(("driver-root", path)) = found.in_root else { return Ok(false) };
        let is = |options: &[&str], one: &String| options.contains(&one.as_str());
        let harmless = mount.options.iter().all(|one| is(NEEDED, one) || is(ALLOWED, one))
            && NEEDED.iter().all(|needed| mount.options.iter().any(|one| one == needed));
        let at_its_own = [path, &mount.host_path].contains(&mount.container_path.as_str());
        Ok(harmless && at_its_own && self.leads_to("driver-root", &mount.host_path, path)?)
    }

    /// Whether the lists let the stage add this device node, at its own path.
    pub(super) fn lists_node(&self, found: HostPath<'_>, path: &str) -> Answer<bool> {
        let Some(("dev-root", node)) = found.in_root else { return Ok(false) };
        let Some(listed) = self.listed()? else { return Ok(false) };
        Ok(node == path && listed.borrow().nodes.contains(node))
    }
}
