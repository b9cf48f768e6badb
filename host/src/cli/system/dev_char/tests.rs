#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::os::unix::fs::symlink;

use super::*;

const MAJORS: Majors = Majors { gpu: Some(195), uvm: Some(511), caps: Some(508) };

fn lines(actions: &[Action], root: &Path) -> Vec<String> {
    let root = root.to_str().unwrap();
    actions.iter().map(|action| action.to_string().replace(root, "")).collect()
}

#[test]
fn all_that_gpus_may_have_is_linked() {
    let root = tempfile::tempdir().unwrap();
    let nodes = possible(root.path(), &MAJORS, 2, &[1, 7]).unwrap();
    let folder = root.path().join("char");
    assert_eq!(
        lines(&links(&folder, &nodes), root.path()),
        [
            "mkdir -p /char",
            "ln -s /dev/nvidiactl /char/195:255",
            "ln -s /dev/nvidia-modeset /char/195:254",
            "ln -s /dev/nvidia-uvm /char/511:0",
            "ln -s /dev/nvidia-uvm-tools /char/511:1",
            "ln -s /dev/nvidia0 /char/195:0",
            "ln -s /dev/nvidia1 /char/195:1",
            "ln -s /dev/nvidia-caps/nvidia-cap1 /char/508:1",
            "ln -s /dev/nvidia-caps/nvidia-cap7 /char/508:7",
        ]
    );
    carry_out(&links(&folder, &nodes), false).unwrap();
    assert_eq!(fs::read_link(folder.join("195:1")).unwrap(), root.path().join("dev/nvidia1"));
    let again = links(&folder, &nodes);
    assert!(again.iter().all(|action| matches!(action, Action::Nothing(_))), "{again:?}");
}

#[test]
fn what_is_there_stays() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("char");
    fs::create_dir(&folder).unwrap();
    symlink("/elsewhere", folder.join("195:0")).unwrap();
    let nodes = [Node { path: root.path().join("dev/nvidia0"), major: 195, minor: 0 }];
    let planned = links(&folder, &nodes);
    assert_eq!(
        lines(&planned, root.path()),
        ["# wrong: /char/195:0: is there, and does not lead to /dev/nvidia0: it is left as it is"]
    );
    assert!(carry_out(&planned, false).is_err());
    assert_eq!(fs::read_link(folder.join("195:0")).unwrap(), Path::new("/elsewhere"));
}

#[test]
fn a_major_that_is_needed_must_be_known() {
    let dev = Path::new("/none");
    for (majors, gpus, capabilities, fits) in [
        (Majors::default(), 0, vec![], true),
        (Majors::default(), 1, vec![], false),
        (Majors { caps: None, ..MAJORS }, 1, vec![], true),
        (Majors { caps: None, ..MAJORS }, 1, vec![1], false),
        (Majors { uvm: None, ..MAJORS }, 1, vec![], false),
    ] {
        assert_eq!(possible(dev, &majors, gpus, &capabilities).is_ok(), fits, "{majors:?} {gpus}");
    }
}

#[test]
fn nodes_are_character_devices() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(existing(root.path()).unwrap(), []);
    let dev = root.path().join("dev/nvidia-caps");
    fs::create_dir_all(dev).unwrap();
    fs::write(root.path().join("dev/nvidia0"), "").unwrap();
    symlink("/dev/null", root.path().join("dev/nvidia1")).unwrap();
    assert_eq!(existing(root.path()).unwrap(), []);
    let none = links(&root.path().join("char"), &[]);
    assert_eq!(lines(&none, root.path()), ["# there are no device nodes of NVIDIA's driver"]);
}

#[test]
fn control_nodes_are_made_where_there_is_nothing() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("dev")).unwrap();
    fs::write(root.path().join("dev/nvidia-uvm"), "").unwrap();
    for (majors, loaded, expected) in [
        (
            MAJORS,
            true,
            [
                "mknod --mode=0666 /dev/nvidiactl c 195 255",
                "mknod --mode=0666 /dev/nvidia-modeset c 195 254",
                "# wrong: /dev/nvidia-uvm: is there, and is no character device: remove it",
                "mknod --mode=0666 /dev/nvidia-uvm-tools c 511 1",
            ],
        ),
        (
            Majors { uvm: None, ..MAJORS },
            false,
            [
                "mknod --mode=0666 /dev/nvidiactl c 195 255",
                "mknod --mode=0666 /dev/nvidia-modeset c 195 254",
                "# /dev/nvidia-uvm: the major is known once nvidia-uvm is loaded",
                "# /dev/nvidia-uvm-tools: the major is known once nvidia-uvm is loaded",
            ],
        ),
    ] {
        assert_eq!(lines(&control_nodes(root.path(), &majors, loaded), root.path()), expected);
    }
    let unknown = control_nodes(root.path(), &Majors::default(), true);
    assert!(unknown.iter().all(|action| matches!(action, Action::Wrong(_))), "{unknown:?}");
}

#[test]
fn nodes_are_open_to_all_whatever_the_mask() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: device nodes need root");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("dev")).unwrap();
    carry_out(&control_nodes(root.path(), &MAJORS, true), false).unwrap();
    let facts = fs::symlink_metadata(root.path().join("dev/nvidiactl")).unwrap();
    assert_eq!((facts.mode() & 0o7777, facts.rdev()), (0o666, rustix::fs::makedev(195, 255)));
    let again = control_nodes(root.path(), &MAJORS, true);
    assert!(again.iter().all(|action| matches!(action, Action::Nothing(_))), "{again:?}");
    let others = control_nodes(root.path(), &Majors { gpu: Some(196), ..MAJORS }, true);
    assert_eq!(others.iter().filter(|action| matches!(action, Action::Wrong(_))).count(), 2);
    assert_eq!(existing(root.path()).unwrap().len(), 4);
}
