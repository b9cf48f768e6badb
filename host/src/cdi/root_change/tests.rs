use super::super::spec::{Device, DeviceNode, Mount};
use super::*;

const FROM: &str = "/run/driver";

#[test]
fn a_path_changes_at_whole_names() {
    for (from, to, path, changed) in [
        (FROM, "/", "/run/driver/usr/lib/x.so", "/usr/lib/x.so"),
        (FROM, "/host", "/run/driver/x", "/host/x"),
        (FROM, "/host", "/run/driver", "/host"),
        (FROM, "/", "/run/driver", "/"),
        (FROM, "/host", "/run/driver-backup/x", "/run/driver-backup/x"),
        (FROM, "/host", "/run/drive", "/run/drive"),
        (FROM, "/host", "/usr/run/driver/x", "/usr/run/driver/x"),
        (FROM, "/host", "run/driver/x", "run/driver/x"),
        (FROM, "/host", "/run/driver/../x", "/run/driver/../x"),
        (FROM, "/host", "/run//driver/./x", "/host/x"),
        ("/run/driver/", "/host/", "/run/driver/x", "/host/x"),
        ("/", "/host", "/x", "/host/x"),
        ("/", "/host", "/", "/host"),
        ("/", "/", "/x", "/x"),
        (FROM, FROM, "/run/driver/x", "/run/driver/x"),
    ] {
        let mut path = path.to_owned();
        RootChange::new(from, to, Side::Host).unwrap().change(&mut path);
        assert_eq!(path, changed, "{from} {to}");
    }
}

#[test]
fn a_folder_is_absolute() {
    for (from, to) in [("run", "/"), ("/", ""), ("", "/"), ("/", "./x")] {
        assert_eq!(RootChange::new(from, to, Side::Host), None, "{from:?} {to:?}");
    }
}

fn hook(name: &str) -> Hook {
    let args = ["hook", "--folder", "/a/f", "--link", "/a/t::/a/l", "--root=/a/r", "/b", "t::/a/l"];
    Hook {
        hook_name: name.to_owned(),
        path: "/a/hook".to_owned(),
        args: args.map(str::to_owned).to_vec(),
        env: vec!["X=/a/x".to_owned()],
        timeout: None,
    }
}

#[test]
fn each_side_has_its_own_paths() {
    let node = |path: &str, host_path: &str| DeviceNode {
        path: path.to_owned(),
        host_path: host_path.to_owned(),
        ..DeviceNode::default()
    };
    let mount = |host_path: &str, container_path: &str| Mount {
        host_path: host_path.to_owned(),
        container_path: container_path.to_owned(),
        ..Mount::default()
    };
    let changed = |name: &str, path: bool, args: bool| {
        let mut hook = hook(name);
        if path {
            hook.path = "/c/hook".to_owned();
        }
        if args {
            hook.args = hook.args.iter().map(|arg| arg.replace("/a/", "/c/")).collect();
        }
        hook
    };
    let edits = ContainerEdits {
        env: vec!["DIR=/a/x".to_owned()],
        device_nodes: vec![
            node("/a/d", ""),
            node("/a/d", "/b/d"),
            node("/b/e", "/a/e"),
            node("/b", ""),
        ],
        mounts: vec![mount("/a/m", "/a/m"), mount("/ab", "/ab")],
        hooks: ["prestart", "createContainer", "startContainer"].map(hook).to_vec(),
        ..ContainerEdits::default()
    };
    for (side, device_nodes, mounts, hooks) in [
        (
            Side::Host,
            vec![node("/a/d", "/c/d"), node("/a/d", "/b/d"), node("/b/e", "/c/e"), node("/b", "")],
            vec![mount("/c/m", "/a/m"), mount("/ab", "/ab")],
            vec![
                changed("prestart", true, true),
                changed("createContainer", true, false),
                changed("startContainer", false, false),
            ],
        ),
        (
            Side::Container,
            vec![node("/c/d", "/a/d"), node("/c/d", "/b/d"), node("/b/e", "/a/e"), node("/b", "")],
            vec![mount("/a/m", "/c/m"), mount("/ab", "/ab")],
            vec![
                changed("prestart", false, false),
                changed("createContainer", false, true),
                changed("startContainer", true, true),
            ],
        ),
    ] {
        let expected = ContainerEdits { device_nodes, hooks, mounts, ..edits.clone() };
        let device = |edits: &ContainerEdits| Device {
            name: "x".to_owned(),
            container_edits: edits.clone(),
            ..Device::default()
        };
        let spec = |edits: &ContainerEdits| Spec {
            kind: "vendor.com/class".to_owned(),
            devices: vec![device(edits)],
            container_edits: edits.clone(),
            ..Spec::default()
        };
        let change = RootChange::new("/a", "/c", side).unwrap();
        assert_eq!(change.apply(spec(&edits)), spec(&expected), "{side:?}");
        let same = RootChange::new("/a", "/a/", side).unwrap().apply(spec(&edits));
        assert_eq!(same.container_edits.mounts, edits.mounts);
    }
}
