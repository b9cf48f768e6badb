//! Making edits: each is checked for what can never be right, then against the grants, then buffered.

use std::path::Path;

use crate::cdi::{self, ContainerEdits, QualifiedName};
use crate::document::HookPoint;
use crate::host_files::{FileError, FileKind, resolve_directories};
use crate::modifier::{
    Answer, HookRequest, MakeEdits, MountRequest, NodeRequest, RdtRequest, Refused,
};

use super::super::facts::failed;
use super::super::grants::{GrantKey, HostPath, Refusal, is_normal};
use super::{Host, Request, not_granted, unreadable};

/// Bytes of a network interface's name (`IFNAMSIZ` less its end).
const INTERFACE_NAME: usize = 15;

fn invalid<T>(what: impl Into<String>) -> Answer<T> {
    Err(Refused::Invalid(what.into()))
}

/// A path that can be a target in the container: absolute, normal, and not the root itself.
fn container_path(path: &str) -> Answer<()> {
    if is_normal(path) && path != "/" {
        return Ok(());
    }
    invalid(format!(
        "container path {path:?} is not absolute and below `/`, without `.`, `..` and repeated `/`"
    ))
}

fn host_path(path: &str) -> Answer<()> {
    if is_normal(path) {
        return Ok(());
    }
    invalid(format!("host path {path:?} is not absolute, without `.`, `..` and repeated `/`"))
}

fn total<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    // An empty text takes room too.
    texts.into_iter().map(|text| text.len() + size_of::<String>()).sum()
}

/// A path of the host, links resolved.
struct Resolved {
    /// From the host's `/`.
    absolute: String,
    root: Option<String>,
    /// Below the root.
    in_root: String,
    /// Why it leads nowhere.
    error: Option<FileError>,
}

impl Resolved {
    fn path(&self) -> HostPath<'_> {
        let in_root = self.root.as_deref().map(|root| (root, self.in_root.as_str()));
        HostPath { absolute: &self.absolute, in_root }
    }
}

/// A path as it was asked for, for a question that looks nothing up.
fn as_asked<'a>(root: Option<&'a str>, path: &'a str) -> HostPath<'a> {
    HostPath { absolute: path, in_root: root.map(|root| (root, path)) }
}

impl Host {
    fn direct(&mut self, edits: ContainerEdits, reason: &str, bytes: usize) -> Answer<()> {
        self.request(Request::Direct(Box::new(edits)), reason, bytes)
    }

    /// Where a path of the host leads when its links are resolved: all, or all but the last element.
    /// Where it leads nowhere, the error with the path as it was asked.
    fn resolve_host(&self, root: Option<&str>, path: &str, follow_last: bool) -> Resolved {
        let folder = root.map_or(Path::new("/"), |root| self.root_path(root));
        let found = self.facts.files(folder).and_then(|files| {
            let below =
                if follow_last { files.resolve(path) } else { resolve_directories(&*files, path) }?;
            Ok((self.on_host(folder, &below)?, below))
        });
        let (absolute, in_root, error) = match found {
            Ok((absolute, in_root)) => (absolute, in_root, None),
            Err(error) => (
                folder.join(path.trim_start_matches('/')).display().to_string(),
                path.to_owned(),
                Some(error),
            ),
        };
        Resolved { absolute, root: root.map(str::to_owned), in_root, error }
    }

    /// The path from the host's `/` of what is below a folder, whose own links are followed.
    fn on_host(&self, folder: &Path, below: &str) -> Result<String, FileError> {
        if folder == Path::new("/") {
            return Ok(below.to_owned());
        }
        let folder = self.facts.files(Path::new("/"))?.resolve(&folder.to_string_lossy())?;
        Ok(format!("{}{below}", folder.trim_end_matches('/')))
    }
}

impl MakeEdits for Host {
    fn set_env(&mut self, name: String, value: String, reason: String) -> Answer<()> {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return invalid(format!(
                "{name:?} cannot be set: a name is not empty and has no `=`, and nothing has a NUL"
            ));
        }
        if !self.stage.grants.edit.env_name(&name) {
            return self.refuse(GrantKey::EditEnv, &name);
        }
        let bytes = name.len() + value.len();
        let edits = ContainerEdits { env: vec![format!("{name}={value}")], ..Default::default() };
        self.direct(edits, &reason, bytes)
    }

    fn set_env_granted(&self, name: &str) -> bool {
        self.stage.grants.edit.env_name(name)
    }

    fn inject_device(&mut self, device: String, reason: String) -> Answer<()> {
        let name: QualifiedName =
            device.parse().map_err(|error: cdi::NameError| Refused::Invalid(error.to_string()))?;
        if !self.stage.grants.edit.device(&device) {
            return self.refuse(GrantKey::EditDevices, &device);
        }
        self.request(Request::Device(name), &reason, device.len())
    }

    fn inject_device_granted(&self, device: &str) -> bool {
        self.stage.grants.edit.device(device)
    }

    fn add_device_node(&mut self, node: NodeRequest, reason: String) -> Answer<()> {
        container_path(&node.path)?;
        let asked = node.host_path.as_ref().unwrap_or(&node.path);
        host_path(asked)?;
        // Where links lead is what the grant must name; where they lead nowhere, what was asked.
        let found = self.resolve_host(node.root.as_deref(), asked, false);
        let canonical = found.path();
        let permissions = node.permissions.as_deref();
        let granted = self.stage.grants.edit.device_node(canonical, &node.path, permissions)
            || self.lists_node(canonical, &node.path)?;
        if !granted {
            let pattern =
                format!("{canonical} => {} : {}", node.path, permissions.unwrap_or("rwm"));
            return not_granted(&Refusal::with_pattern(
                self.stage.name.as_str(),
                GrantKey::EditDeviceNodes,
                &canonical.to_string(),
                &pattern,
            ));
        }
        let entry = match &found.error {
            None => self.facts.files(Path::new("/")).and_then(|host| host.lstat(&found.absolute)),
            Some(error) => Err(error.clone()),
        }
        .map_err(|error| failed(&error))?;
        if entry.kind != FileKind::CharDevice {
            // A grant names paths; what stands there must be what a device grant is for. A block
            // device is a whole disk: it comes through a CDI spec, which is the operator's.
            return self.refuse(
                GrantKey::EditDeviceNodes,
                &format!("{canonical} ({:?}; only character devices can be granted)", entry.kind),
            );
        }
        let bytes = node.path.len() + asked.len() + permissions.map_or(0, str::len);
        let node = cdi::DeviceNode {
            host_path: found.absolute,
            path: node.path,
            // If something else stands there when the edits are applied, that is an error.
            node_type: "c".to_owned(),
            permissions: node.permissions.unwrap_or_default(),
            file_mode: node.file_mode,
            uid: node.uid,
            gid: node.gid,
            ..Default::default()
        };
        let edits = ContainerEdits { device_nodes: vec![node], ..Default::default() };
        self.direct(edits, &reason, bytes)?;
        self.node_gids.push(entry.gid);
        Ok(())
    }

    fn add_device_node_granted(&self, root: Option<&str>, host_path: &str, path: &str) -> bool {
        let asked = as_asked(root, host_path);
        self.stage.grants.edit.device_node_paths(asked, path)
            || matches!(self.lists_node(asked, path), Ok(true))
    }

    fn add_mount(&mut self, mount: MountRequest, reason: String) -> Answer<()> {
        container_path(&mount.container_path)?;
        host_path(&mount.host_path)?;
        let found = self.resolve_host(mount.root.as_deref(), &mount.host_path, true);
        let canonical = found.path();
        let edit = &self.stage.grants.edit;
        let granted = edit.mount(canonical, &mount.container_path, &mount.options)
            || self.lists_mount(&mount, canonical)?;
        if !granted {
            let options = mount.options.join(",");
            let pattern = format!("{canonical} => {} : {options}", mount.container_path);
            return not_granted(&Refusal::with_pattern(
                self.stage.name.as_str(),
                GrantKey::EditMounts,
                &pattern,
                &pattern,
            ));
        }
        if let Some(error) = &found.error {
            return Err(failed(error));
        }
        let bytes = total([&mount.host_path, &mount.container_path]) + total(&mount.options);
        let mut options = mount.options;
        if !options.iter().any(|option| option == "bind" || option == "rbind") {
            options.push("bind".to_owned());
        }
        // What a grant allows is the files, not the host's further mounts below them.
        if !options.iter().any(|option| option == "private" || option == "rprivate") {
            options.push("rprivate".to_owned());
        }
        let mount = cdi::Mount {
            host_path: found.absolute,
            container_path: mount.container_path,
            options,
            ..Default::default()
        };
        let edits = ContainerEdits { mounts: vec![mount], ..Default::default() };
        self.direct(edits, &reason, bytes)
    }

    fn add_mount_granted(&self, root: Option<&str>, host_path: &str, path: &str) -> bool {
        self.stage.grants.edit.mount_paths(as_asked(root, host_path), path)
    }

    fn add_hook(&mut self, hook: HookRequest, reason: String) -> Answer<()> {
        host_path(&hook.path)?;
        if hook.args.iter().any(|arg| arg.contains('\0')) {
            return invalid("an argument has a NUL");
        }
        // A program that is not there fails when the runtime starts it; the name alone is checked.
        let program = self.resolve_host(None, &hook.path, true).absolute;
        let edit = &self.stage.grants.edit;
        let granted = edit
            .hook(hook.point, &hook.path, &hook.args, hook.timeout)
            .filter(|_| edit.hook_program(hook.point, &program));
        let Some(grant) = granted else {
            let what = format!("{} {} {:?}", hook.point.name(), hook.path, hook.args);
            return self.refuse(GrantKey::EditHooks, &what);
        };
        let bytes = hook.path.len() + total(&hook.args);
        let hook = cdi::Hook {
            hook_name: hook.point.name().to_owned(),
            path: hook.path,
            env: grant.env.variables().to_vec(),
            timeout: grant.effective_timeout(hook.timeout).map(i64::from),
            args: hook.args,
        };
        let edits = ContainerEdits { hooks: vec![hook], ..Default::default() };
        self.direct(edits, &reason, bytes)
    }

    fn remove_hooks(&mut self, point: HookPoint, path: String, reason: String) -> Answer<u32> {
        if !self.stage.grants.edit.remove_hook(point, &path) {
            return self.refuse(GrantKey::EditRemoveHooks, &format!("{} {path}", point.name()));
        }
        let hooks = self.current.hooks(point).map_err(|error| unreadable(&error))?;
        let count = hooks.iter().filter(|hook| hook.path == path).count();
        let bytes = path.len();
        self.request(Request::RemoveHooks { point, path }, &reason, bytes)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn add_hook_granted(&self, point: HookPoint, path: &str) -> bool {
        self.stage.grants.edit.hook_program(point, path)
    }

    fn add_gid(&mut self, gid: u32, reason: String) -> Answer<()> {
        if gid == 0 {
            return invalid("group 0 is the container's root group and cannot be added");
        }
        if !self.stage.grants.edit.gid(gid, &self.node_gids) {
            return self.refuse(GrantKey::EditGids, &gid.to_string());
        }
        let edits = ContainerEdits { additional_gids: vec![gid], ..Default::default() };
        self.direct(edits, &reason, 0)
    }

    fn add_gid_granted(&self, gid: u32) -> bool {
        self.stage.grants.edit.gid(gid, &self.node_gids)
    }

    fn add_net_device(&mut self, host_name: String, name: String, reason: String) -> Answer<()> {
        for name in [&host_name, &name] {
            let wrong = |c: char| c == '/' || c == ':' || c.is_whitespace() || c.is_control();
            if name.is_empty()
                || name.len() > INTERFACE_NAME
                || name.contains(wrong)
                || name == "."
                || name == ".."
            {
                return invalid(format!("{name:?} is not the name of a network interface"));
            }
        }
        if !self.stage.grants.edit.net_device(&host_name) {
            return self.refuse(GrantKey::EditNetDevices, &host_name);
        }
        let device = cdi::NetDevice { host_interface_name: host_name, name };
        let edits = ContainerEdits { net_devices: vec![device], ..Default::default() };
        self.direct(edits, &reason, 0)
    }

    fn add_net_device_granted(&self, host_name: &str) -> bool {
        self.stage.grants.edit.net_device(host_name)
    }

    fn set_rdt(&mut self, rdt: RdtRequest, reason: String) -> Answer<()> {
        if !self.stage.grants.edit.rdt_class(rdt.clos_id.as_deref()) {
            return self.refuse(GrantKey::EditRdt, rdt.clos_id.as_deref().unwrap_or_default());
        }
        let rdt = cdi::IntelRdt {
            clos_id: rdt.clos_id.unwrap_or_default(),
            l3_cache_schema: rdt.l3_cache_schema.unwrap_or_default(),
            mem_bw_schema: rdt.mem_bw_schema.unwrap_or_default(),
            schemata: (!rdt.schemata.is_empty()).then_some(rdt.schemata),
            enable_monitoring: rdt.enable_monitoring,
        };
        let bytes = total([&rdt.clos_id, &rdt.l3_cache_schema, &rdt.mem_bw_schema])
            + total(rdt.schemata.iter().flatten());
        let edits = ContainerEdits { intel_rdt: Some(rdt), ..Default::default() };
        // A name that is a path would leave the resctrl file system.
        edits.validate().map_err(|error| Refused::Invalid(error.to_string()))?;
        self.direct(edits, &reason, bytes)
    }

    fn set_rdt_granted(&self, clos_id: &str) -> bool {
        self.stage.grants.edit.rdt_class(Some(clos_id))
    }
}
