//! Edits of a container, on a host that is made up.

use super::*;
use crate::cdi::spec::NetDevice;
use crate::document::DeviceRule;
use crate::host_files::Entry;

/// A host with one node of each kind below `/dev`.
#[derive(Debug)]
struct Host;

impl HostFiles for Host {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        let (kind, major, minor) = match path {
            "/dev/c" => (FileKind::CharDevice, 7, 8),
            "/dev/b" => (FileKind::BlockDevice, 259, 513),
            "/dev/p" => (FileKind::Fifo, 0, 0),
            "/dev/link" => (FileKind::Link, 0, 0),
            "/dev/file" => (FileKind::File, 0, 0),
            _ => {
                return Err(FileError::Absent { path: path.to_owned() });
            }
        };
        let (uid, gid, size, mode) = (3, 4, 0, 0o640);
        Ok(Entry { path: path.to_owned(), kind, mode, uid, gid, size, major, minor })
    }

    fn list(&self, _: &str) -> Result<Vec<Entry>, FileError> {
        unreachable!()
    }

    fn read_link(&self, _: &str) -> Result<String, FileError> {
        unreachable!()
    }

    fn resolve(&self, _: &str) -> Result<String, FileError> {
        unreachable!()
    }

    fn read(&self, _: &str, _: u64, _: usize) -> Result<Vec<u8>, FileError> {
        unreachable!()
    }
}

fn node(path: &str, node_type: &str, major: i64, minor: i64) -> DeviceNode {
    let node_type = node_type.to_owned();
    DeviceNode { path: path.to_owned(), node_type, major, minor, ..DeviceNode::default() }
}

fn edits(node: DeviceNode) -> ContainerEdits {
    ContainerEdits { device_nodes: vec![node], ..ContainerEdits::default() }
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

#[test]
fn nodes_take_what_is_not_given_from_the_host() {
    for (node, expected) in [
        (node("/dev/c", "", 0, 0), Ok(("c", 7, 8, Some(0o640)))),
        (node("/dev/b", "b", 0, 9), Ok(("b", 259, 513, Some(0o640)))),
        (node("/dev/p", "", 0, 0), Ok(("p", 0, 0, Some(0o640)))),
        (node("/dev/c", "", 6, 0), Ok(("c", 6, 0, Some(0o640)))),
        (node("/dev/c", "b", 5, 6), Ok(("b", 5, 6, Some(0o640)))),
        (node("/dev/c", "u", 5, 6), Ok(("u", 5, 6, Some(0o640)))),
        (node("/dev/none", "c", 5, 6), Ok(("c", 5, 6, None))),
        (node("/dev/link", "c", 5, 6), Ok(("c", 5, 6, None))),
        (node("/dev/none", "p", 0, 0), Ok(("p", 0, 0, None))),
        (node("/dev/c", "b", 0, 0), Err("is of type c, the spec says b")),
        (node("/dev/c", "u", 0, 0), Err("is of type c, the spec says u")),
        (node("/dev/none", "", 5, 6), Err("/dev/none: not there")),
        (node("/dev/none", "c", 0, 6), Err("/dev/none: not there")),
        (node("/dev/file", "", 0, 0), Err("is neither a device nor a FIFO")),
        (
            node("/dev/link", "", 0, 0),
            Err("is a symbolic link: the spec must name the device itself"),
        ),
    ] {
        let got = document_edits(&edits(node.clone()), &Container::default(), &Host);
        match (got, expected) {
            (Ok(got), Ok((node_type, major, minor, file_mode))) => {
                let Edit::PutDeviceNode(got_node) = &got[0] else { panic!("{got:?}") };
                let wanted = document::DeviceNode {
                    path: node.path,
                    node_type: node_type.to_owned(),
                    major: Some(major),
                    minor: Some(minor),
                    file_mode,
                    ..document::DeviceNode::default()
                };
                assert_eq!(*got_node, wanted);
                assert_eq!(got.len(), if matches!(node_type, "b" | "c") { 2 } else { 1 });
            }
            (Err(error), Err(why)) => {
                let wanted = format!("device node {0:?} (on the host {0:?}): {why}", node.path);
                assert_eq!(error.to_string(), wanted);
            }
            (got, _) => panic!("{node:?}: {got:?}"),
        }
    }
}

#[test]
fn owners_and_permissions() {
    for (uid, gid, user, expected) in [
        (None, None, None, (None, None)),
        (None, None, Some((0, 0)), (None, None)),
        (None, None, Some((5, 0)), (Some(5), None)),
        (None, Some(0), Some((5, 6)), (Some(5), Some(0))),
        (Some(0), Some(9), Some((5, 6)), (Some(0), Some(9))),
    ] {
        let user = user.map(|(uid, gid)| User { uid, gid, additional_gids: vec![] });
        let container = Container { user, has_user_namespace: false };
        let node = DeviceNode { uid, gid, ..node("/dev/c", "", 0, 0) };
        let got = document_edits(&edits(node), &container, &Host).unwrap();
        let Edit::PutDeviceNode(node) = &got[0] else { panic!("{got:?}") };
        assert_eq!((node.uid, node.gid), expected);
    }
    for (permissions, access) in [("", Some("rwm")), ("r", Some("r")), ("none", None)] {
        let node = DeviceNode { permissions: permissions.to_owned(), ..node("/dev/c", "", 0, 0) };
        let got = document_edits(&edits(node), &Container::default(), &Host).unwrap();
        let rule = DeviceRule {
            allow: true,
            node_type: Some("c".to_owned()),
            major: Some(7),
            minor: Some(8),
            access: access.map(str::to_owned),
        };
        assert_eq!(got[1], Edit::AddDeviceRule(rule));
    }
}

#[test]
fn bind_mounts_are_mapped_in_user_namespaces() {
    for (mount_type, options, added) in [
        ("", &[][..], None),
        ("bind", &[], Some("idmap")),
        ("tmpfs", &[], None),
        ("", &["bind"], Some("idmap")),
        ("", &["rbind"], Some("ridmap")),
        ("bind", &["rbind", "ro"], Some("ridmap")),
        ("", &["rbind", "bind"], Some("idmap")),
        ("bind", &["ridmap"], None),
    ] {
        let (host_path, container_path) = ("/h".to_owned(), "/c".to_owned());
        let mount = Mount {
            host_path,
            container_path,
            options: strings(options),
            mount_type: mount_type.to_owned(),
        };
        let edits = ContainerEdits { mounts: vec![mount], ..ContainerEdits::default() };
        for has_user_namespace in [false, true] {
            let container = Container { user: None, has_user_namespace };
            let got = document_edits(&edits, &container, &Host).unwrap();
            let Edit::PutMount(mount) = &got[0] else { panic!("{got:?}") };
            let added = added.filter(|_| has_user_namespace);
            assert_eq!(mount.options, strings(&[options, added.as_slice()].concat()));
            assert_eq!(got[1], Edit::SortMounts);
        }
    }
}

#[test]
fn the_order_is_fixed() {
    let edits = ContainerEdits {
        env: strings(&["A=b=c"]),
        net_devices: vec![NetDevice { host_interface_name: "h".into(), name: "n".into() }],
        hooks: vec![Hook {
            hook_name: "poststop".into(),
            path: "/x".into(),
            timeout: Some(0),
            ..Hook::default()
        }],
        intel_rdt: Some(IntelRdt { schemata: Some(vec![]), ..IntelRdt::default() }),
        additional_gids: vec![0, 5, 5],
        ..edits(node("/dev/p", "", 0, 0))
    };
    let got = document_edits(&edits, &Container::default(), &Host).unwrap();
    assert_eq!(got[0], Edit::SetEnv { name: "A".into(), value: "b=c".into() });
    assert!(matches!(got[1], Edit::PutDeviceNode(_)));
    assert_eq!(got[2], Edit::PutNetDevice { host_name: "h".into(), name: "n".into() });
    let hook = document::Hook { path: "/x".into(), timeout: Some(0), ..document::Hook::default() };
    assert_eq!(got[3], Edit::AddHook { point: HookPoint::Poststop, hook: hook.into() });
    assert_eq!(got[4], Edit::SetRdt(document::IntelRdt::default()));
    assert_eq!(got[5..], [Edit::AddGid(5), Edit::AddGid(5)]);
}

#[test]
fn edits_that_no_spec_has_are_errors() {
    for (entry, message) in [
        ("A", "env \"A\" is not NAME=value"),
        ("=b", "env \"=b\" is not NAME=value"),
        ("A=\0", "env \"A=\\0\" is not NAME=value"),
    ] {
        let edits = ContainerEdits { env: strings(&[entry]), ..ContainerEdits::default() };
        let error = document_edits(&edits, &Container::default(), &Host).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let hook = Hook { hook_name: "preStart".into(), ..Hook::default() };
    let edits = ContainerEdits { hooks: vec![hook], ..ContainerEdits::default() };
    let error = document_edits(&edits, &Container::default(), &Host).unwrap_err();
    assert_eq!(error.to_string(), "unknown hook \"preStart\"");
}
