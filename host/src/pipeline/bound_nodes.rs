//! Device nodes of a container in a user namespace. No low-level runtime can make a node there: it binds the
//! host's node of the path *in the container*, whatever the host path is. What is not there is an error of its
//! own that names no device, and another device there is given without a word; so it is said before.

use crate::cdi::Container;
use crate::document::{DeviceNode, Edit};
use crate::host_files::{FileError, FileKind, HostFiles};
use crate::text::one_line;
use crate::user_namespace::overflow_uid;

/// Whether what will be bound is what is meant, for all nodes among these edits.
pub(super) fn check(
    edits: &[Edit],
    container: &Container,
    host: &dyn HostFiles,
) -> Result<(), String> {
    let mut nodes = edits
        .iter()
        .filter_map(|edit| if let Edit::PutDeviceNode(node) = edit { Some(node) } else { None })
        .peekable();
    // A rootless engine starts us in one.
    let in_one = || container.has_user_namespace || overflow_uid().is_some();
    if nodes.peek().is_none() || !in_one() {
        return Ok(());
    }
    nodes.try_for_each(|node| check_node(node, host))
}

fn check_node(node: &DeviceNode, host: &dyn HostFiles) -> Result<(), String> {
    let path = &node.path;
    let problem = match host.lstat(path) {
        Err(FileError::Absent { .. }) => "the host has none".to_owned(),
        Err(error) => error.to_string(),
        Ok(there) => {
            let kind = match there.kind {
                FileKind::CharDevice => "c",
                FileKind::BlockDevice => "b",
                FileKind::Fifo => "p",
                FileKind::File | FileKind::Directory | FileKind::Link | FileKind::Socket => "",
            };
            let wanted = if node.node_type == "u" { "c" } else { node.node_type.as_str() };
            let numbers = (Some(there.major.into()), Some(there.minor.into()));
            if kind == wanted && (kind == "p" || numbers == (node.major, node.minor)) {
                return Ok(());
            }
            "the host's is another".to_owned()
        }
    };
    Err(format!(
        "device node {}: in a user namespace it can only be the host's own of the same path, and {problem}; \
         give it the path that it has on the host",
        one_line(path)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_files::Recorded;

    #[test]
    fn the_hosts_node_of_the_path_counts() {
        let host = Recorded::new()
            .device("/dev/zero", FileKind::CharDevice, 0o666, (1, 5))
            .device("/dev/pipe", FileKind::Fifo, 0o666, (0, 0))
            .file("/dev/file", b"");
        let elsewhere = "the host's is another";
        for (path, node_type, minor, problem) in [
            ("/dev/zero", "c", 5, None),
            ("/dev/zero", "u", 5, None),
            ("/dev/zero", "c", 3, Some(elsewhere)),
            ("/dev/zero", "b", 5, Some(elsewhere)),
            ("/dev/pipe", "p", 9, None),
            ("/dev/file", "c", 0, Some(elsewhere)),
            ("/dev/acme0", "c", 5, Some("the host has none")),
        ] {
            let node = DeviceNode {
                path: path.to_owned(),
                node_type: node_type.to_owned(),
                major: Some(1),
                minor: Some(minor),
                ..DeviceNode::default()
            };
            let said = check_node(&node, &host).err();
            assert_eq!(said.is_some(), problem.is_some(), "{path} {node_type} {minor}: {said:?}");
            let said = said.unwrap_or_default();
            assert!(said.contains(problem.unwrap_or_default()), "{said}");
        }
    }
}
