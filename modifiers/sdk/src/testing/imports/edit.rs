//! The editing half of the contract. Names and signatures are those of the bindings.
#![allow(
    missing_docs,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "a stand-in for the bindings"
)]

use crate::HookPoint;
use crate::bindings::gantry::modifier::types::Error;
use crate::testing::edits;
use crate::testing::patterns::{gid_wanted, mount_paths_wanted, mount_wanted, node_wanted, wanted};
use crate::testing::running::{ask, test};

pub(crate) fn point_name(point: HookPoint) -> &'static str {
    match point {
        HookPoint::Prestart => "prestart",
        HookPoint::CreateRuntime => "createRuntime",
        HookPoint::CreateContainer => "createContainer",
        HookPoint::StartContainer => "startContainer",
        HookPoint::Poststart => "poststart",
        HookPoint::Poststop => "poststop",
    }
}

/// Checks one grant, then buffers one edit.
fn edit(grant: &str, key: &str, text: String, reason: &str) -> Result<(), Error> {
    ask(|run| {
        run.need(wanted(&run.wants, grant, key), grant, key)?;
        run.edit(text, reason);
        Ok(())
    })
}

fn granted(grant: &str, key: &str) -> bool {
    test(|run| wanted(&run.wants, grant, key))
}

pub mod edit_env {
    use super::Error;

    pub fn set(name: &str, value: &str, reason: &str) -> Result<(), Error> {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(Error::Invalid(format!("`{name}` cannot be a variable's name")));
        }
        super::edit("edit.env", name, format!("env {name}={value}"), reason)
    }

    pub fn granted(name: &str) -> bool {
        super::granted("edit.env", name)
    }
}

pub mod edit_devices {
    use super::Error;

    pub fn inject(device: &str, reason: &str) -> Result<(), Error> {
        super::edit("edit.devices", device, format!("device {device}"), reason)
    }

    pub fn granted(device: &str) -> bool {
        super::granted("edit.devices", device)
    }
}

pub mod edit_device_nodes {
    use super::{Error, ask, edits, node_wanted, test};
    pub use crate::bindings::gantry::modifier::edit_device_nodes::DeviceNode;

    pub fn add(node: DeviceNode<'_>, reason: &str) -> Result<(), Error> {
        ask(|run| {
            let asked = node.host_path.unwrap_or(node.path);
            let host_path = edits::below(node.root, asked);
            let permissions = node.permissions.unwrap_or("rwm");
            let granted = node_wanted(&run.wants, &host_path, node.path, Some(permissions))
                || node.root == Some("dev-root")
                    && run.listed.adds(&run.tree("dev-root").entry_path(asked), node.path);
            let text = edits::device_node(&node);
            run.need(granted, "edit.device-nodes", text.trim_start_matches("device-node "))?;
            run.edit(text, reason);
            Ok(())
        })
    }

    pub fn granted(root: Option<&str>, host_path: &str, path: &str) -> bool {
        test(|run| node_wanted(&run.wants, &edits::below(root, host_path), path, None))
    }
}

pub mod edit_mounts {
    use super::{Error, ask, edits, mount_paths_wanted, mount_wanted, test};
    pub use crate::bindings::gantry::modifier::edit_mounts::Mount;

    pub fn add(mount: Mount<'_>, reason: &str) -> Result<(), Error> {
        ask(|run| {
            let Mount { host_path: asked, root, container_path, options } = mount;
            let host_path = edits::below(root, asked);
            let mut granted = mount_wanted(&run.wants, &host_path, container_path, options);
            if !granted && root == Some("driver-root") {
                let target = run.tree("driver-root").resolve(asked)?;
                granted = run.listed.mounts(asked, &target, container_path, options);
            }
            let text = edits::mount(&mount);
            run.need(granted, "edit.mounts", text.trim_start_matches("mount "))?;
            run.edit(text, reason);
            Ok(())
        })
    }

    pub fn granted(root: Option<&str>, host_path: &str, container_path: &str) -> bool {
        let path = edits::below(root, host_path);
        test(|run| mount_paths_wanted(&run.wants, &path, container_path))
    }
}

pub mod edit_hooks {
    use super::{Error, HookPoint, ask, edits, point_name, wanted};
    pub use crate::bindings::gantry::modifier::edit_hooks::Hook;

    pub fn add(hook: Hook<'_>, reason: &str) -> Result<(), Error> {
        let point = point_name(hook.hook_name);
        let key = format!("{point} {}", hook.path);
        super::edit("edit.hooks", &key, edits::hook(&hook, point), reason)
    }

    pub fn remove(hook_name: HookPoint, path: &str, reason: &str) -> Result<u32, Error> {
        ask(|run| {
            let key = format!("{} {path}", point_name(hook_name));
            let granted = wanted(&run.wants, "edit.remove-hooks", &key);
            run.need(granted, "edit.remove-hooks", &key)?;
            let there = |(point, hook): &&(HookPoint, crate::hooks::Hook)| {
                *point == hook_name && hook.path == path
            };
            let count = run.host.hooks.iter().filter(there).count();
            run.edit(format!("remove-hook {key}"), reason);
            Ok(u32::try_from(count).unwrap_or(u32::MAX))
        })
    }

    pub fn granted(hook_name: HookPoint, path: &str) -> bool {
        super::granted("edit.hooks", &format!("{} {path}", point_name(hook_name)))
    }
}

pub mod edit_gids {
    use super::{Error, ask, gid_wanted, test};

    pub fn add(gid: u32, reason: &str) -> Result<(), Error> {
        if gid == 0 {
            return Err(Error::Invalid("group 0 cannot be added".into()));
        }
        ask(|run| {
            run.need(gid_wanted(&run.wants, gid), "edit.gids", &gid.to_string())?;
            run.edit(format!("gid {gid}"), reason);
            Ok(())
        })
    }

    pub fn granted(gid: u32) -> bool {
        test(|run| gid_wanted(&run.wants, gid))
    }
}

pub mod edit_net_devices {
    use super::Error;
    pub use crate::bindings::gantry::modifier::edit_net_devices::NetDevice;

    pub fn add(device: NetDevice<'_>, reason: &str) -> Result<(), Error> {
        let NetDevice { host_interface_name: host, name } = device;
        super::edit("edit.net-devices", host, format!("net-device {host} => {name}"), reason)
    }

    pub fn granted(host_interface_name: &str) -> bool {
        super::granted("edit.net-devices", host_interface_name)
    }
}

pub mod edit_rdt {
    use super::{Error, edits};
    pub use crate::bindings::gantry::modifier::edit_rdt::IntelRdt;

    pub fn set(rdt: IntelRdt<'_>, reason: &str) -> Result<(), Error> {
        super::edit("edit.rdt", rdt.clos_id.unwrap_or_default(), edits::rdt(&rdt), reason)
    }

    pub fn granted(clos_id: &str) -> bool {
        super::granted("edit.rdt", clos_id)
    }
}
