//! The edits of a run, as lines that a test can compare.

use std::fmt;

use crate::device_nodes::NewDeviceNode;
use crate::hooks::NewHook;
use crate::mounts::NewMount;
use crate::rdt::NewIntelRdt;

/// One edit that a modifier made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What, in one line: `env ACME_TIER=gold`, `device acme.com/accelerator=0`,
    /// `device-node /dev/acme-ctl`, `mount /opt/acme/gold => /opt/acme/gold : ro` (host paths below a
    /// root with its name: `driver-root:/usr/lib`),
    /// `hook createRuntime /usr/bin/acme-hook a b`, `remove-hook prestart /usr/bin/acme-hook`,
    /// `gid 44`, `net-device eth1 => acme0`, `rdt guaranteed`.
    pub text: String,
    /// Why, in the modifier's words.
    pub reason: String,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.reason)
    }
}

pub(super) fn device_node(node: &NewDeviceNode<'_>) -> String {
    let mut words = vec!["device-node".into(), node.path.into()];
    if node.host_path.is_some() || node.root.is_some() {
        words.push(format!("from {}", below(node.root, node.host_path.unwrap_or(node.path))));
    }
    words.extend(node.permissions.map(Into::into));
    words.extend(node.file_mode.map(|mode| format!("mode {mode:o}")));
    words.extend(node.uid.map(|uid| format!("uid {uid}")));
    words.extend(node.gid.map(|gid| format!("gid {gid}")));
    words.join(" ")
}

pub(super) fn mount(mount: &NewMount<'_>) -> String {
    let NewMount { host_path, root, container_path, options } = mount;
    format!("mount {} => {container_path} : {}", below(*root, host_path), options.join(","))
}

/// A host path as grants have it: `driver-root:/usr/lib`, or the path alone.
pub(super) fn below(root: Option<&str>, path: &str) -> String {
    root.map_or_else(|| path.into(), |root| format!("{root}:{path}"))
}

pub(super) fn hook(hook: &NewHook<'_>, point: &str) -> String {
    let mut words = vec!["hook".into(), point.into(), hook.path.into()];
    // The first argument is the program's own name.
    words.extend(hook.args.iter().skip(1).map(ToString::to_string));
    words.extend(hook.timeout.map(|seconds| format!("timeout {seconds}s")));
    words.join(" ")
}

pub(super) fn rdt(rdt: &NewIntelRdt<'_>) -> String {
    let mut words = vec!["rdt"];
    words.extend([rdt.clos_id, rdt.l3_cache_schema, rdt.mem_bw_schema].into_iter().flatten());
    words.extend(rdt.schemata);
    words.extend(rdt.enable_monitoring.then_some("monitored"));
    words.join(" ")
}
