//! What the lists of a made-up host name: the grant `listed`, as the host gives it.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Tree;
use crate::Want;

/// Options without which a listed file is not mounted, and those that it may have beside them.
const NEEDED: [&str; 3] = ["ro", "nosuid", "nodev"];
const ALLOWED: [&str; 5] = ["noexec", "bind", "rbind", "private", "rprivate"];

/// What lists name, and where links from there lead.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Below the driver root.
    files: BTreeSet<String>,
    /// The names of these without what follows `.so`.
    libraries: BTreeSet<String>,
    /// Device nodes, below the dev root.
    nodes: BTreeSet<String>,
}

impl Listed {
    /// Reads the lists that a modifier wants.
    pub(super) fn read(wants: &[Want], trees: &BTreeMap<String, Tree>) -> Self {
        let mut listed = Self::default();
        for want in wants.iter().filter(|want| want.grant == "listed") {
            let Some((root, pattern)) = want.pattern.split_once(':') else { continue };
            let Some(tree) = trees.get(root) else { continue };
            for list in tree.glob(pattern).iter().filter_map(|list| tree.read(&list.path).ok()) {
                for line in String::from_utf8_lossy(&list).lines() {
                    let Some((kind, path)) = line.split_once(',') else { continue };
                    match kind.trim() {
                        "dev" => drop(listed.nodes.insert(path.trim().into())),
                        "dir" | "lib" | "sym" => listed.insert(path.trim()),
                        _ => {}
                    }
                }
            }
        }
        listed
    }

    fn insert(&mut self, file: &str) {
        self.libraries.extend(stem(file).map(Into::into));
        self.files.insert(file.into());
    }

    /// Whether an entry may be looked at: what is named, where links lead from there, and the other
    /// names of a library. `path` is as it was asked, `entry` where the links of its folders lead.
    pub(super) fn shows(&mut self, root: &str, path: &str, entry: &str) -> bool {
        if root == "driver-root" && self.files.contains(path) && path != entry {
            self.insert(entry);
        }
        match root {
            "driver-root" => {
                let beside = stem(entry).is_some_and(|stem| self.libraries.contains(stem));
                self.files.contains(entry) || beside
            }
            "dev-root" => self.nodes.contains(path),
            _ => false,
        }
    }

    /// Whether an entry is named, so that what its links lead to is, too.
    pub(super) fn leads_to(&mut self, root: &str, entry: &str, target: &str) -> bool {
        let leads = root == "driver-root" && self.files.contains(entry);
        if leads {
            self.insert(target);
        }
        leads
    }

    /// Whether a file may be mounted; `target` is where its links lead.
    pub(super) fn mounts(&mut self, path: &str, target: &str, to: &str, options: &[&str]) -> bool {
        options.iter().all(|one| NEEDED.contains(one) || ALLOWED.contains(one))
            && NEEDED.iter().all(|needed| options.contains(needed))
            && self.leads_to("driver-root", path, target)
            && (to == target || self.files.contains(to))
    }

    /// Whether a device node may be added; `node` is where the links of its folders lead.
    pub(super) fn adds(&self, node: &str, path: &str) -> bool {
        node == path && self.nodes.contains(node)
    }
}

/// A library's path without what follows `.so`.
fn stem(path: &str) -> Option<&str> {
    path.find(".so").and_then(|at| path.get(..at))
}

#[cfg(test)]
mod tests;
