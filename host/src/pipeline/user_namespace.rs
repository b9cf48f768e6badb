//! Device nodes in a user namespace. Nobody can make one there, so low-level runtimes bind-mount the
//! host's, and take it from the path that it has in the *container*: all that `config.json` says. A node
//! whose host path differs would not be found, or would silently be another device.

use std::fmt;

use crate::cdi::ContainerEdits;
use crate::document::{DeviceNode, Edit};
use crate::host_files::{FileError, FileKind, HostFiles};

/// A node that the container would not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreachable {
    path: String,
    host_path: String,
    found: Found,
}

/// What the host has at the path that the node has in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Nothing(FileError),
    Other,
}

impl Unreachable {
    /// What the person reading should do.
    pub(super) fn remedy() -> String {
        "give the node the same path in the container as on the host, or create the container without \
         a user namespace"
            .to_owned()
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, host_path, found } = self;
        write!(
            f,
            "device node {path:?} (on the host {host_path:?}): in a user namespace the low-level runtime \
             mounts the host's {path:?}, "
        )?;
        match found {
            Found::Nothing(FileError::Absent { .. }) => f.write_str("which is not there"),
            Found::Nothing(error) => write!(f, "which cannot be looked at: {error}"),
            Found::Other => f.write_str("which is another file"),
        }
    }
}

/// The first node of these edits whose host path differs and which the host does not have, as the same
/// device, at its container path too. `edits` is what they mean for the document.
pub(super) fn unreachable(
    of: &ContainerEdits,
    edits: &[Edit],
    files: &dyn HostFiles,
) -> Option<Unreachable> {
    let moved = of.device_nodes.iter().filter(|node| is_moved(node));
    moved.into_iter().find_map(|node| {
        let made = edits.iter().find_map(|edit| match edit {
            Edit::PutDeviceNode(made) if made.path == node.path => Some(made),
            _ => None,
        })?;
        let found = match is_there(made, &node.host_path, files) {
            Ok(true) => return None,
            Ok(false) => Found::Other,
            Err(error) => Found::Nothing(error),
        };
        Some(Unreachable { path: node.path.clone(), host_path: node.host_path.clone(), found })
    })
}

/// Whether any node of these edits has another path on the host.
pub(super) fn moves_nodes(of: &ContainerEdits) -> bool {
    of.device_nodes.iter().any(is_moved)
}

fn is_moved(node: &crate::cdi::DeviceNode) -> bool {
    !node.host_path.is_empty() && node.host_path != node.path
}

/// Whether the host's file at the container path, links followed as a mount does, is that node.
fn is_there(node: &DeviceNode, host_path: &str, files: &dyn HostFiles) -> Result<bool, FileError> {
    let path = files.resolve(&node.path)?;
    if files.resolve(host_path).is_ok_and(|host_path| host_path == path) {
        return Ok(true);
    }
    let there = files.lstat(&path)?;
    let same_type = match there.kind {
        FileKind::BlockDevice => node.node_type == "b",
        FileKind::CharDevice => matches!(node.node_type.as_str(), "c" | "u"),
        _ => false,
    };
    let numbers = (Some(i64::from(there.major)), Some(i64::from(there.minor)));
    Ok(same_type && numbers == (node.major, node.minor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdi;
    use crate::host_files::Recorded;

    #[test]
    fn a_node_must_be_at_its_container_path_too() {
        let host = || {
            Recorded::new()
                .device("/dev/real", FileKind::CharDevice, 0o666, (195, 3))
                .device("/dev/same", FileKind::CharDevice, 0o666, (195, 3))
                .device("/dev/other", FileKind::CharDevice, 0o666, (195, 4))
                .device("/dev/block", FileKind::BlockDevice, 0o666, (195, 3))
                .device("/dev/pipe", FileKind::Fifo, 0o666, (0, 0))
                .file("/dev/text", b"")
                .link("/dev/link", "real")
                .link("/dev/astray", "gone")
        };
        for (path, host_path, says) in [
            ("/dev/real", "/dev/real", None),
            ("/dev/real", "", None),
            ("/dev/same", "/dev/real", None),
            ("/dev/link", "/dev/real", None),
            ("/dev/gone", "/dev/real", Some("which is not there")),
            ("/dev/astray", "/dev/real", Some("which is not there")),
            ("/dev/other", "/dev/real", Some("which is another file")),
            ("/dev/block", "/dev/real", Some("which is another file")),
            ("/dev/text", "/dev/real", Some("which is another file")),
            ("/dev/real", "/dev/pipe", Some("which is another file")),
            ("/dev/text/x", "/dev/real", Some("which cannot be looked at")),
        ] {
            let node = cdi::DeviceNode {
                path: path.to_owned(),
                host_path: host_path.to_owned(),
                ..cdi::DeviceNode::default()
            };
            let of = ContainerEdits { device_nodes: vec![node], ..ContainerEdits::default() };
            let container = cdi::Container { user: None, has_user_namespace: true };
            let edits = cdi::document_edits(&of, &container, &host()).unwrap();
            let found = unreachable(&of, &edits, &host()).map(|one| one.to_string());
            match says {
                None => assert_eq!(found, None, "{path}"),
                Some(says) => {
                    let found = found.expect(path);
                    assert!(
                        found.ends_with(says) || found.contains(&format!("{says}: ")),
                        "{found}"
                    );
                    for name in [path, host_path] {
                        assert!(found.contains(&format!("{name:?}")), "{found}");
                    }
                }
            }
        }
    }
}
