//! The hook that makes a container's dynamic linker find the mounted libraries.

use crate::name::{base, directory, is_library};
use crate::{Hook, Mount};

/// The hook that puts the directories of mounted libraries into the container's `ld.so.cache`, each
/// once, in the order of the mounts; none where no library is mounted. `ldconfig` is the host's, where
/// it is configured.
#[must_use]
pub fn update_ldcache_hook(mounts: &[Mount], ldconfig: Option<&str>) -> Option<Hook> {
    let mut folders: Vec<&str> = Vec::new();
    for mount in mounts.iter().filter(|mount| is_library(base(&mount.path))) {
        let folder = directory(&mount.path);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    if folders.is_empty() {
        return None;
    }
    let ldconfig = ldconfig.into_iter().flat_map(|path| ["--ldconfig-path", path]);
    let folders = folders.into_iter().flat_map(|folder| ["--folder", folder]);
    let args = ldconfig.chain(folders).map(Into::into).collect();
    Some(Hook { command: "update-ldcache", args })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Root;

    #[test]
    fn folders() {
        #[rustfmt::skip] // one line a case
        let table = [
            ("/l/libx.so.1 /m/libx.so /l/liby.so.1.2", None, "--folder /l --folder /m"),
            ("/l/libx.so", Some("/sbin/ldconfig"), "--ldconfig-path /sbin/ldconfig --folder /l"),
            ("/l/lib.so /l/x.so.1 /l/libx.so-old /l/libx.sos /l/libx", None, ""),
            ("/l/libx.so.so", None, "--folder /l"),
            ("", Some("/sbin/ldconfig"), ""),
        ];
        for (paths, ldconfig, expected) in table {
            let mount = |path: &str| Mount::read_only(Root::Driver, path.into(), path.into());
            let mounts: Vec<_> = paths.split_whitespace().map(mount).collect();
            let hook = update_ldcache_hook(&mounts, ldconfig);
            assert_eq!(
                hook.map(|hook| hook.args.join(" ")).unwrap_or_default(),
                expected,
                "{paths}"
            );
        }
    }
}
