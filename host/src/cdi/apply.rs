//! What edits of a spec mean for one container: the same as in `pkg/cdi`, as edits of a document.
//!
//! Facts of the host (the type, the numbers and the mode of a device node) are asked for each time and
//! never kept: they change when a driver is loaded again.

use super::spec::{ContainerEdits, DeviceNode, Hook, IntelRdt, Mount};
use super::text::quoted;
use crate::document::{self, DeviceRule, Document, DocumentError, Edit, HookPoint, User};
use crate::host_files::{FileError, FileKind, HostFiles};

/// What has to be known of the container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    /// `process.user`; `None` where there is no `process`.
    pub user: Option<User>,
    /// Whether `linux.namespaces` has one of type `user`.
    pub has_user_namespace: bool,
}

impl Container {
    /// What a document says of the container.
    pub fn of(document: &Document) -> Result<Self, DocumentError> {
        let namespaces = document.namespaces()?;
        Ok(Self {
            user: document.user()?,
            has_user_namespace: namespaces.iter().any(|namespace| namespace.kind == "user"),
        })
    }
}

/// The document's edits, in this order: env, device nodes (each with its cgroup rule), network
/// devices, mounts and their sorting, hooks, RDT, groups. `files` reads the host from its root `/`.
///
/// Of a plan's part [`Part::document_edits`](super::Part::document_edits) gives them quicker.
pub fn document_edits(
    edits: &ContainerEdits,
    container: &Container,
    files: &dyn HostFiles,
) -> Result<Vec<Edit>, ApplyError> {
    let fixed = FixedEdits::new(edits, container.has_user_namespace);
    let mut out = fixed.before?;
    out.extend(node_edits(edits, container, files)?);
    out.extend(fixed.after?);
    Ok(out)
}

/// What of the document's edits depends on nothing but whether there is a user namespace: all but the
/// device nodes.
#[derive(Debug, Clone)]
pub(super) struct FixedEdits {
    /// What stands before the device nodes.
    pub(super) before: Result<Vec<Edit>, ApplyError>,
    /// What stands after them.
    pub(super) after: Result<Vec<Edit>, ApplyError>,
}

impl FixedEdits {
    pub(super) fn new(edits: &ContainerEdits, has_user_namespace: bool) -> Self {
        let before = edits.env.iter().map(|entry| env(entry)).collect();
        Self { before, after: after_nodes(edits, has_user_namespace) }
    }
}

fn after_nodes(edits: &ContainerEdits, has_user_namespace: bool) -> Result<Vec<Edit>, ApplyError> {
    let mut out = Vec::new();
    out.extend(edits.net_devices.iter().map(|device| Edit::PutNetDevice {
        host_name: device.host_interface_name.clone(),
        name: device.name.clone(),
    }));
    out.extend(edits.mounts.iter().map(|m| Edit::PutMount(mount(m, has_user_namespace).into())));
    if !edits.mounts.is_empty() {
        out.push(Edit::SortMounts);
    }
    for hook in &edits.hooks {
        out.push(add_hook(hook)?);
    }
    out.extend(edits.intel_rdt.as_ref().map(|value| Edit::SetRdt(rdt(value))));
    out.extend(edits.additional_gids.iter().filter(|&&gid| gid != 0).map(|&gid| Edit::AddGid(gid)));
    Ok(out)
}

/// The device nodes, each with its cgroup rule.
pub(super) fn node_edits(
    edits: &ContainerEdits,
    container: &Container,
    files: &dyn HostFiles,
) -> Result<Vec<Edit>, ApplyError> {
    let mut out = Vec::with_capacity(2 * edits.device_nodes.len());
    for node in &edits.device_nodes {
        let (node, rule) = device_node(node, container, files)?;
        out.push(Edit::PutDeviceNode(node));
        out.extend(rule.map(Edit::AddDeviceRule));
    }
    Ok(out)
}

fn env(entry: &str) -> Result<Edit, ApplyError> {
    match entry.split_once('=') {
        Some((name, value)) if !name.is_empty() && !entry.contains('\0') => {
            Ok(Edit::SetEnv { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err(ApplyError::Env { entry: entry.to_owned() }),
    }
}

/// The node with the host's facts, and the rule that lets the container use it.
fn device_node(
    node: &DeviceNode,
    container: &Container,
    files: &dyn HostFiles,
) -> Result<(document::DeviceNode, Option<DeviceRule>), ApplyError> {
    let host_path = if node.host_path.is_empty() { &node.path } else { &node.host_path };
    // A node that says what it is need not be on the host.
    let complete = !node.node_type.is_empty() && (node.major != 0 || node.node_type == "p");
    let mut out = document::DeviceNode {
        path: node.path.clone(),
        node_type: node.node_type.clone(),
        major: Some(node.major),
        minor: Some(node.minor),
        file_mode: node.file_mode,
        uid: node.uid,
        gid: node.gid,
    };
    match host_node(host_path, files) {
        Ok(host) => {
            out.file_mode = out.file_mode.or(Some(host.mode));
            if !complete {
                fill(&mut out, &host, host_path)?;
            }
        }
        Err(_) if complete => {}
        Err(why) => {
            let (path, host_path) = (node.path.clone(), host_path.clone());
            return Err(ApplyError::DeviceNode { path, host_path, why });
        }
    }
    // Root in the container is whom the node belongs to anyway.
    let user = container.user.as_ref();
    out.uid = out.uid.or_else(|| user.map(|user| user.uid).filter(|&uid| uid > 0));
    out.gid = out.gid.or_else(|| user.map(|user| user.gid).filter(|&gid| gid > 0));
    let rule = matches!(out.node_type.as_str(), "b" | "c").then(|| DeviceRule {
        allow: true,
        node_type: Some(out.node_type.clone()),
        major: out.major,
        minor: out.minor,
        access: match node.permissions.as_str() {
            "" => Some("rwm".to_owned()),
            "none" => None,
            some => Some(some.to_owned()),
        },
    });
    Ok((out, rule))
}

/// A device node or FIFO of the host.
struct HostNode {
    node_type: &'static str,
    mode: u32,
    major: u32,
    minor: u32,
}

fn host_node(path: &str, files: &dyn HostFiles) -> Result<HostNode, NodeProblem> {
    let entry = files.lstat(path)?;
    let node_type = match entry.kind {
        FileKind::BlockDevice => "b",
        FileKind::CharDevice => "c",
        FileKind::Fifo => "p",
        FileKind::Link => return Err(NodeProblem::Link),
        FileKind::File | FileKind::Directory | FileKind::Socket => {
            return Err(NodeProblem::NotANode);
        }
    };
    Ok(HostNode { node_type, mode: entry.mode, major: entry.major, minor: entry.minor })
}

/// Takes from the host what the spec leaves open.
fn fill(
    node: &mut document::DeviceNode,
    host: &HostNode,
    host_path: &str,
) -> Result<(), ApplyError> {
    if node.node_type.is_empty() {
        host.node_type.clone_into(&mut node.node_type);
    } else if node.node_type != host.node_type {
        return Err(ApplyError::DeviceNode {
            path: node.path.clone(),
            host_path: host_path.to_owned(),
            why: NodeProblem::Type { wanted: node.node_type.clone(), found: host.node_type },
        });
    }
    // A spec cannot ask for major 0: that stands for the host's numbers, both of them.
    if host.node_type != "p" && node.major == Some(0) {
        node.major = Some(host.major.into());
        node.minor = Some(host.minor.into());
    }
    Ok(())
}

fn mount(mount: &Mount, has_user_namespace: bool) -> document::Mount {
    let mut options = mount.options.clone();
    if has_user_namespace && let Some(option) = id_map(mount) {
        options.push(option.to_owned());
    }
    document::Mount {
        destination: mount.container_path.clone(),
        source: Some(mount.host_path.clone()),
        fs_type: (!mount.mount_type.is_empty()).then(|| mount.mount_type.clone()),
        options,
    }
}

/// In a user namespace a bind mount is mapped to the namespace's ids, or its files would belong to
/// nobody. The last of `bind` and `rbind` decides.
fn id_map(mount: &Mount) -> Option<&'static str> {
    if mount.options.iter().any(|option| option == "idmap" || option == "ridmap") {
        return None;
    }
    let bind = mount.options.iter().rev().find_map(|option| match option.as_str() {
        "bind" => Some("idmap"),
        "rbind" => Some("ridmap"),
        _ => None,
    });
    bind.or_else(|| (mount.mount_type == "bind").then_some("idmap"))
}

fn add_hook(hook: &Hook) -> Result<Edit, ApplyError> {
    let point = HookPoint::from_name(&hook.hook_name)
        .ok_or_else(|| ApplyError::HookName { name: hook.hook_name.clone() })?;
    let hook = document::Hook {
        path: hook.path.clone(),
        args: hook.args.clone(),
        env: hook.env.clone(),
        timeout: hook.timeout,
    };
    Ok(Edit::AddHook { point, hook: hook.into() })
}

fn rdt(rdt: &IntelRdt) -> document::IntelRdt {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    document::IntelRdt {
        clos_id: given(&rdt.clos_id),
        l3_cache_schema: given(&rdt.l3_cache_schema),
        mem_bw_schema: given(&rdt.mem_bw_schema),
        schemata: rdt.schemata.clone().filter(|lines| !lines.is_empty()),
        enable_monitoring: rdt.enable_monitoring.then_some(true),
    }
}

/// Why edits cannot be done to a container on this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A device node cannot be made as it is on the host.
    #[error("device node {} (on the host {}): {why}", quoted(.path), quoted(.host_path))]
    DeviceNode {
        /// In the container.
        path: String,
        /// On the host.
        host_path: String,
        /// What is wrong.
        why: NodeProblem,
    },
    /// An entry of `env` is not `NAME=value`, or has a NUL in it. In a loaded spec it is the latter.
    #[error("env {} is not NAME=value", quoted(.entry))]
    Env {
        /// The entry.
        entry: String,
    },
    /// There is no such hook. Not in a loaded spec.
    #[error("unknown hook {}", quoted(.name))]
    HookName {
        /// Its name.
        name: String,
    },
}

/// What is wrong with a node of the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NodeProblem {
    /// It cannot be looked at.
    #[error(transparent)]
    Host(#[from] FileError),
    /// It is something else.
    #[error("is neither a device nor a FIFO")]
    NotANode,
    /// It is a symbolic link, which CDI does not follow.
    #[error("is a symbolic link: the spec must name the device itself")]
    Link,
    /// It is not of the type that the spec says.
    #[error("is of type {found}, the spec says {wanted}")]
    Type {
        /// In the spec.
        wanted: String,
        /// On the host.
        found: &'static str,
    },
}

#[cfg(test)]
mod tests;
