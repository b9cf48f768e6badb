//! The linker's cache of the container, which must know the folders of mounted libraries.

use std::collections::BTreeSet;

use crate::{Hook, Mount};

/// The hook that updates the cache, with the folders of the libraries among these mounts, each once,
/// in the order found; `None` without libraries.
#[must_use]
pub fn update_ldcache(mounts: &[Mount]) -> Option<Hook> {
    let mut seen = BTreeSet::new();
    let mut args = Vec::new();
    for mount in mounts {
        let Some((folder, name)) = mount.path.rsplit_once('/') else { continue };
        if is_library(name) && seen.insert(folder) {
            args.extend(["--folder".into(), if folder.is_empty() { "/" } else { folder }.into()]);
        }
    }
    (!args.is_empty()).then_some(Hook { command: "update-ldcache", args })
}

/// Whether a file's name is `lib….so` or `lib….so.…`.
fn is_library(name: &str) -> bool {
    let named =
        name.strip_prefix("lib").and_then(|rest| rest.rfind(".so")).is_some_and(|at| at > 0);
    named && name.rsplit(".so").next().is_some_and(|end| end.is_empty() || end.starts_with('.'))
}
