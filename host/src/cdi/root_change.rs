//! Another root in a spec's paths: for a spec that was made where the driver, or its container, is
//! mounted elsewhere.

use super::spec::{ContainerEdits, Hook, Spec};
use crate::path::clean;

/// A folder that becomes another in the paths of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootChange {
    from: String,
    to: String,
    side: Side,
}

/// Whose paths they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Of the host: sources of mounts, host paths of device nodes, hook programs, and the arguments of
    /// hooks that run outside of the container's namespaces.
    Host,
    /// Of the container: destinations of mounts, paths of device nodes, the program of `startContainer`
    /// hooks, and the arguments of the hooks that look into the container.
    Container,
}

impl RootChange {
    /// `from` becomes `to`; `None` where one of them is not absolute.
    #[must_use]
    pub fn new(from: &str, to: &str, side: Side) -> Option<Self> {
        let folder = |path: &str| path.starts_with('/').then(|| clean(path).into_owned());
        Some(Self { from: folder(from)?, to: folder(to)?, side })
    }

    /// The spec with its paths changed, all else as it was. A host path that was the container's all along
    /// is then given, which may need a later version of CDI than the spec declares.
    #[must_use]
    pub fn apply(&self, mut spec: Spec) -> Spec {
        for device in &mut spec.devices {
            self.edits(&mut device.container_edits);
        }
        self.edits(&mut spec.container_edits);
        spec
    }

    fn edits(&self, edits: &mut ContainerEdits) {
        for node in &mut edits.device_nodes {
            match self.side {
                Side::Container => {
                    // It stays the same node of the host.
                    if let Some(path) = self.path(&node.path) {
                        let old = std::mem::replace(&mut node.path, path);
                        if node.host_path.is_empty() {
                            node.host_path = old;
                        }
                    }
                }
                Side::Host => {
                    let old = if node.host_path.is_empty() { &node.path } else { &node.host_path };
                    if let Some(path) = self.path(old) {
                        node.host_path = path;
                    }
                }
            }
        }
        for mount in &mut edits.mounts {
            let path = match self.side {
                Side::Host => &mut mount.host_path,
                Side::Container => &mut mount.container_path,
            };
            self.change(path);
        }
        edits.hooks.iter_mut().for_each(|hook| self.hook(hook));
    }

    fn hook(&self, hook: &mut Hook) {
        let program = if hook.hook_name == "startContainer" { Side::Container } else { Side::Host };
        if self.side == program {
            self.change(&mut hook.path);
        }
        let args = match hook.hook_name.as_str() {
            "createContainer" | "startContainer" => Side::Container,
            _ => Side::Host,
        };
        if self.side == args {
            hook.args.iter_mut().for_each(|arg| self.argument(arg));
        }
    }

    /// A path, `--flag=PATH`, or two paths with `::` between them, as `create-symlinks` has them.
    fn argument(&self, arg: &mut String) {
        let flag_ends = arg.find('=').filter(|_| arg.starts_with("--")).map_or(0, |at| at + 1);
        let (flag, value) = arg.split_at(flag_ends);
        let changed = match value.split_once("::") {
            Some((target, link)) => {
                let part = |part: &str| self.path(part).unwrap_or_else(|| part.to_owned());
                [flag, &part(target), "::", &part(link)].concat()
            }
            None => match self.path(value) {
                Some(path) => [flag, &path].concat(),
                None => return,
            },
        };
        *arg = changed;
    }

    fn change(&self, path: &mut String) {
        if let Some(changed) = self.path(path) {
            *path = changed;
        }
    }

    /// The path as it becomes; `None` where it is not below the folder, and stays.
    fn path(&self, path: &str) -> Option<String> {
        if !path.starts_with('/') {
            return None;
        }
        let path = clean(path);
        let rest = path.strip_prefix(self.from.trim_end_matches('/'))?;
        if !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        Some(clean(&[&self.to, "/", rest].concat()).into_owned())
    }
}

#[cfg(test)]
mod tests;
