//! What edits of a spec mean for one container: the same as in `pkg/cdi`, as edits of a document.
//!
//! Facts of the host (the type, the numbers and the mode of a device node) are asked for each time and
//! never kept: they change when a driver is loaded again.

use super::spec::{ContainerEdits, DeviceNode, Hook, IntelRdt, Mount};
use super::text::quoted;
use crate::document::{self, Document, DocumentError, Edit, HookPoint, NodeRef, RuleRef, User};
use crate::host_files::{Entry, FileError, FileKind, HostFiles};

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
        let has_user_namespace = document.has_namespace("user")?;
        Ok(Self { user: document.user()?, has_user_namespace })
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

/// What the host says of device nodes, asked for all at once, in their order.
pub(super) struct NodeFacts(std::vec::IntoIter<Result<Entry, FileError>>);

impl NodeFacts {
    pub(super) fn of<'e>(
        edits: impl IntoIterator<Item = &'e ContainerEdits>,
        files: &dyn HostFiles,
    ) -> Self {
        let nodes = edits.into_iter().flat_map(|edits| &edits.device_nodes);
        let paths: Vec<&str> = nodes.map(host_path).collect();
        Self(files.lstats(&paths).into_iter())
    }

    /// Of the next node, which lies at that path.
    fn next(&mut self, host_path: &str) -> Result<HostNode, NodeProblem> {
        let absent = || Err(FileError::Absent { path: host_path.to_owned() });
        host_node(&self.0.next().unwrap_or_else(absent)?)
    }
}

/// The device nodes, each with its cgroup rule, as edits.
pub(super) fn node_edits(
    edits: &ContainerEdits,
    container: &Container,
    files: &dyn HostFiles,
) -> Result<Vec<Edit>, ApplyError> {
    let mut out = Vec::with_capacity(2 * edits.device_nodes.len());
    for (node, rule) in devices(edits, container, &mut NodeFacts::of([edits], files))? {
        out.push(Edit::PutDeviceNode(node.into()));
        out.extend(rule.map(|rule| Edit::AddDeviceRule(rule.into())));
    }
    Ok(out)
}

/// The device nodes, each with its cgroup rule. The facts are those of these nodes, and of others after
/// them.
pub(super) fn devices<'e>(
    edits: &'e ContainerEdits,
    container: &Container,
    facts: &mut NodeFacts,
) -> Result<Vec<DeviceParts<'e>>, ApplyError> {
    edits.device_nodes.iter().map(|node| device(node, container, facts)).collect()
}

fn env(entry: &str) -> Result<Edit, ApplyError> {
    match entry.split_once('=') {
        Some((name, value)) if !name.is_empty() && !entry.contains('\0') => {
            Ok(Edit::SetEnv { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err(ApplyError::Env { entry: entry.to_owned() }),
    }
}

/// A node with the host's facts, and the rule that lets the container use it.
pub(super) type DeviceParts<'e> = (NodeRef<'e>, Option<RuleRef<'e>>);

fn device<'e>(
    node: &'e DeviceNode,
    container: &Container,
    facts: &mut NodeFacts,
) -> Result<DeviceParts<'e>, ApplyError> {
    let host_path = host_path(node);
    // A node that says what it is need not be on the host.
    let complete = !node.node_type.is_empty() && (node.major != 0 || node.node_type == "p");
    let mut out = NodeRef {
        path: &node.path,
        node_type: &node.node_type,
        major: Some(node.major),
        minor: Some(node.minor),
        file_mode: node.file_mode,
        uid: node.uid,
        gid: node.gid,
    };
    match facts.next(host_path) {
        Ok(host) => {
            out.file_mode = out.file_mode.or(Some(host.mode));
            if !complete {
                fill(&mut out, &host, host_path)?;
            }
        }
        Err(_) if complete => {}
        Err(why) => {
            let (path, host_path) = (node.path.clone(), host_path.to_owned());
            return Err(ApplyError::DeviceNode { path, host_path, why });
        }
    }
    // Root in the container is whom the node belongs to anyway.
    let user = container.user.as_ref();
    out.uid = out.uid.or_else(|| user.map(|user| user.uid).filter(|&uid| uid > 0));
    out.gid = out.gid.or_else(|| user.map(|user| user.gid).filter(|&gid| gid > 0));
    let rule = matches!(out.node_type, "b" | "c").then(|| RuleRef {
        allow: true,
        node_type: Some(out.node_type.into()),
        major: out.major,
        minor: out.minor,
        access: match node.permissions.as_str() {
            "" => Some("rwm".into()),
            "none" => None,
            some => Some(some.into()),
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

fn host_path(node: &DeviceNode) -> &str {
    if node.host_path.is_empty() { &node.path } else { &node.host_path }
}

fn host_node(entry: &Entry) -> Result<HostNode, NodeProblem> {
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
fn fill(node: &mut NodeRef<'_>, host: &HostNode, host_path: &str) -> Result<(), ApplyError> {
    if node.node_type.is_empty() {
        node.node_type = host.node_type;
    } else if node.node_type != host.node_type {
        return Err(ApplyError::DeviceNode {
            path: node.path.to_owned(),
            host_path: host_path.to_owned(),
            why: NodeProblem::Type { wanted: node.node_type.to_owned(), found: host.node_type },
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
