//! From what discovery found to CDI's edits.

use gantry_discovery::{Found, closed_directories};

use super::host::Host;
use super::options::{HookName, HookOptions};
use crate::cdi::{ContainerEdits, DeviceNode, Hook, Mount};

/// A fixed environment that is not empty: with an empty one, runc would run the hook with the
/// container's (CVE-2025-23266).
const HOOK_ENV: &str = "NVIDIA_CTK_DEBUG=false";

impl HookOptions {
    /// Whether a hook is made.
    #[must_use]
    pub fn makes(&self, hook: HookName) -> bool {
        // `chmod` is for old low-level runtimes; nobody gets it without asking.
        let by_default = hook != HookName::Chmod;
        self.enabled.contains(&hook)
            || (by_default && !self.disable_all && !self.disabled.contains(&hook))
    }
}

/// The edits of what was found, in its order, nothing left out but hooks that are not made.
pub(super) fn edits(
    host: &Host<'_>,
    found: &Found,
    hooks: &HookOptions,
    additional_gids: bool,
) -> ContainerEdits {
    let mut edits = ContainerEdits {
        env: found.env.iter().map(|(name, value)| [name, "=", value].concat()).collect(),
        ..ContainerEdits::default()
    };
    for node in &found.device_nodes {
        let host_path = host.host_path(node.root, &node.host_path);
        let (major, minor) = node.number;
        edits.device_nodes.push(DeviceNode {
            path: node.path.clone(),
            host_path: if host_path == node.path { String::new() } else { host_path },
            major: major.into(),
            minor: minor.into(),
            file_mode: (node.mode != 0).then_some(node.mode),
            permissions: "rwm".to_owned(),
            gid: (node.gid != 0).then_some(node.gid),
            ..DeviceNode::default()
        });
        let gid =
            node.needed_gid().filter(|gid| additional_gids && !edits.additional_gids.contains(gid));
        edits.additional_gids.extend(gid);
    }
    for mount in &found.mounts {
        edits.mounts.push(Mount {
            host_path: host.host_path(mount.root, &mount.host_path),
            container_path: mount.path.clone(),
            options: mount.options.iter().map(|&option| option.to_owned()).collect(),
            mount_type: String::new(),
        });
    }
    let is_made = |command: &str| {
        let name = HookName::ALL.into_iter().find(|hook| hook.name() == command);
        name.is_none_or(|name| hooks.makes(name))
    };
    for hook in found.hooks.iter().filter(|hook| is_made(hook.command)) {
        let runs_ldconfig = hook.command == HookName::UpdateLdcache.name();
        let ldconfig = hooks.ldconfig.as_deref().filter(|_| runs_ldconfig);
        let ldconfig = ldconfig.into_iter().flat_map(|path| ["--ldconfig-path", path]);
        let head = hook.head(&hooks.program).chain(ldconfig).map(str::to_owned);
        edits.hooks.push(Hook {
            hook_name: "createContainer".to_owned(),
            path: hooks.program.clone(),
            args: head.chain(hook.args.iter().cloned()).collect(),
            env: vec![HOOK_ENV.to_owned()],
            timeout: None,
        });
    }
    edits
}

/// The hook that opens the directories of these nodes, for runtimes that close them.
pub(super) fn chmod(hooks: &HookOptions, found: &Found) -> Option<gantry_discovery::Hook> {
    if !hooks.makes(HookName::Chmod) {
        return None;
    }
    let paths = closed_directories(&found.device_nodes).into_iter();
    let mode = ["--mode", "755"].map(str::to_owned);
    let args = mode.into_iter().chain(paths.flat_map(|path| ["--path".to_owned(), path])).collect();
    Some(gantry_discovery::Hook { command: HookName::Chmod.name(), args })
}
