//! Names that are granted, with something else behind them: links, block devices, sources that lead
//! elsewhere.

use std::fs;
use std::os::unix::fs::symlink;

use gantry_tests::skips::skip;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use serde_json::{Value, json};

use crate::scene::{Scene, action};

/// The probe with this way of leading elsewhere: `(link, target)`, below the scene's directory.
fn linked(links: &[(&str, &str)]) -> Scene {
    let scene = Scene::new();
    for (link, target) in links {
        let target = target.replace("$T", scene.path("").to_str().unwrap().trim_end_matches('/'));
        symlink(target, scene.path(link)).unwrap();
    }
    scene
}

#[test]
fn a_link_behind_a_granted_file_does_not_lead_out() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, Value)] = &[
        ("granted/link", "../secret/file", "host-files.read", json!(["own", "/granted/link", 0, 9])),
        ("granted/link", "/secret/file", "host-files.read", json!(["own", "/granted/link", 0, 9])),
        ("granted/link", "../../../../../../secret/file", "host-files.read", json!(["own", "/granted/link", 0, 9])),
        ("granted/link", "../secret/file", "host-files.resolve", json!(["own", "/granted/link"])),
        ("granted/link", "../secret/file", "host-files.soname", json!(["own", "/granted/link"])),
        ("granted/dir", "../secret", "host-files.read", json!(["own", "/granted/dir/file", 0, 9])),
        ("granted/dir", "../secret", "host-files.stat", json!(["own", ["/granted/dir/file"]])),
        ("granted/dir", "../secret", "host-files.stat", json!(["own", ["/granted/dir/none"]])),
        ("granted/dir", "../secret", "host-files.read-link", json!(["own", "/granted/dir/file"])),
        ("granted/dir", "../secret", "host-files.resolve", json!(["own", "/granted/dir/file"])),
        ("granted/dir", "../secret", "host-files.glob", json!(["own", "/granted/dir/*"])),
        ("granted/dir", "/", "host-files.glob", json!(["own", "/granted/dir/secret/*"])),
        ("granted/dir", "..", "host-files.glob", json!(["own", "/granted/dir/*"])),
    ];
    for (link, target, call, args) in cases {
        let case = format!("{link} to {target}: {call}{args}");
        let error = linked(&[(link, target)]).actions(false, &[action(call, args)]).refused(&case);
        assert!(error.contains("not granted: read files"), "{case}: {error}");
    }
}

#[test]
fn a_glob_does_not_walk_through_links() {
    for pattern in ["/granted/*/file", "/granted/**", "/granted/**/file", "/granted/d*/*"] {
        let actions = [action("host-files.glob", &json!(["own", pattern]))];
        let scene = linked(&[("granted/dir", "../secret")]).actions(false, &actions);
        let (_, log) = scene.applied(pattern);
        assert!(!log[0].contains("secret") && !log[0].contains("dir/file"), "{pattern}: {log:?}");
    }
}

/// A root's links stay in the root: the absolute one leads to the root's own file.
#[test]
fn an_absolute_link_stays_in_its_root() {
    let actions = [action("host-files.read", &json!(["own", "/granted/link", 0, 9]))];
    let scene = linked(&[("granted/link", "/granted/inner/file")]).actions(false, &actions);
    let (_, log) = scene.applied("an absolute link");
    assert_eq!(log, ["host-files.read: ok deep"]);
}

#[test]
fn a_device_of_no_plain_file_is_read() {
    for (name, kind) in [("granted/fifo", FileType::Fifo), ("granted/socket", FileType::Socket)] {
        let scene = Scene::new();
        mknodat(CWD, scene.path(name), kind, Mode::from_raw_mode(0o600), 0).unwrap();
        let args = json!(["own", format!("/{name}"), 0, 9]);
        let error = scene.actions(false, &[action("host-files.read", &args)]).refused(name);
        assert!(error.contains("host-files.read: invalid: "), "{name}: {error}");
    }
}

#[test]
fn a_mount_whose_source_resolves_elsewhere_is_refused() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str)] = &[
        ("granted/link", "../secret/file", "$T/granted/link"),
        ("granted/link", "$T/secret", "$T/granted/link"),
        ("granted/link", "/", "$T/granted/link"),
        ("granted/link", "..", "$T/granted/link"),
        ("granted/dir", "../secret", "$T/granted/dir/file"),
        ("granted/inner/up", "../../secret", "$T/granted/inner/up/file"),
        ("granted/link", "/etc/shadow", "$T/granted/link"),
    ];
    for (link, target, source) in cases {
        let case = format!("{link} to {target}: {source}");
        let args = json!([source, "/opt/acme/x", ["ro", "nosuid"], "r"]);
        let scene = linked(&[(link, target)]);
        let error = scene.actions(false, &[action("edit-mounts.add", &args)]).refused(&case);
        assert!(error.contains("not granted: add mount"), "{case}: {error}");
        assert!(!error.contains("granted/link =>"), "{case}: it names the link: {error}");
    }
    // A star does not cross a `/`.
    let args = json!(["$T/granted/inner/file", "/opt/acme/x", [], "r"]);
    let scene = Scene::new().grant("edit", "mounts", r#"["$T/granted/* => /opt/acme/*"]"#);
    let error = scene.actions(false, &[action("edit-mounts.add", &args)]).refused("a star");
    assert!(error.contains("not granted: add mount"), "{error}");
}

/// The document has the path that was checked, not the link, which could be changed meanwhile.
#[test]
fn a_link_within_the_grant_is_mounted_by_its_target() {
    let args = json!(["$T/granted/link", "/opt/acme/x", ["ro", "nosuid"], "r"]);
    let scene = linked(&[("granted/link", "inner/file")]);
    let scene = scene.actions(false, &[action("edit-mounts.add", &args)]);
    let (document, _) = scene.applied("a link within");
    let target = scene.path("granted/inner/file").canonicalize().unwrap();
    assert_eq!(document["mounts"][2]["source"], json!(target));
}

#[test]
fn a_hook_whose_program_leads_elsewhere_is_refused() {
    const HOOKS: &str =
        r#"[{ point = "createContainer", path = "$T/granted/*", args = ["hook"] }]"#;
    for (target, granted) in [("../secret/file", false), ("/bin/sh", false), ("file", true)] {
        let args = json!(["createContainer", "$T/granted/link", ["hook"], 5, "r"]);
        let scene = linked(&[("granted/link", target)]).grant("edit", "hooks", HOOKS);
        let scene = scene.actions(false, &[action("edit-hooks.add", &args)]);
        if granted {
            let (document, _) = scene.applied(target);
            let program = &document["hooks"]["createContainer"][0]["path"];
            assert_eq!(program, scene.path("granted/link").to_str().unwrap());
        } else {
            let error = scene.refused(target);
            assert!(error.contains("not granted: add hook"), "{target}: {error}");
        }
    }
}

const NODES: &str = r#"["$T/granted/acme* => /dev/acme*"]"#;

#[test]
fn a_device_node_is_a_character_device_and_not_a_link() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str)] = &[
        ("granted/acme0", "/dev/null", "only character devices"),
        ("granted/acme0", "../secret/file", "only character devices"),
        ("granted/acmedir", "/dev", "not granted: add device node"),
    ];
    for (link, target, expected) in cases {
        let path = if *target == "/dev" { "$T/granted/acmedir/null" } else { "$T/granted/acme0" };
        let case = format!("{link} to {target}: {path}");
        let args = json!(["/dev/acme0", path, "rw"]);
        let scene = linked(&[(link, target)]).grant("edit", "device-nodes", NODES);
        let error = scene.actions(false, &[action("edit-device-nodes.add", &args)]).refused(&case);
        assert!(error.contains("not granted: add device node"), "{case}: {error}");
        assert!(error.contains(expected), "{case}: {error}");
    }
    for (case, kind) in [("a file", FileType::RegularFile), ("a FIFO", FileType::Fifo)] {
        let scene = Scene::new().grant("edit", "device-nodes", NODES);
        mknodat(CWD, scene.path("granted/acme0"), kind, Mode::from_raw_mode(0o600), 0).unwrap();
        let args = json!(["/dev/acme0", "$T/granted/acme0", "rw"]);
        let error = scene.actions(false, &[action("edit-device-nodes.add", &args)]).refused(case);
        assert!(error.contains("only character devices"), "{case}: {error}");
    }
}

#[test]
fn a_block_device_behind_a_granted_name_is_refused() {
    let test = "a_block_device_behind_a_granted_name_is_refused";
    for (case, kind, refused) in [
        ("a block device", FileType::BlockDevice, true),
        ("a character device", FileType::CharacterDevice, false),
    ] {
        let scene = Scene::new().grant("edit", "device-nodes", NODES);
        let mode = Mode::from_raw_mode(0o600);
        // Numbers that no driver has: nothing opens them.
        let made = mknodat(CWD, scene.path("granted/acme0"), kind, mode, makedev(240, 77));
        if let Err(error) = made {
            return skip(test, &format!("device nodes cannot be made here: {error}"));
        }
        let args = json!(["/dev/acme0", "$T/granted/acme0", "rw"]);
        let scene = scene.actions(false, &[action("edit-device-nodes.add", &args)]);
        if refused {
            let error = scene.refused(case);
            assert!(error.contains("only character devices"), "{case}: {error}");
        } else {
            let (document, _) = scene.applied(case);
            let node = &document["linux"]["devices"][1];
            assert_eq!((&node["major"], &node["minor"]), (&json!(240), &json!(77)), "{node}");
        }
    }
}

/// Where nothing is, a refusal and not an answer: a grant does not tell what exists beside it.
#[test]
fn what_is_not_granted_does_not_show_whether_it_exists() {
    let ask = |name: &str| {
        let args = json!(["own", [format!("/secret/{name}")]]);
        let scene = Scene::new().actions(false, &[action("host-files.stat", &args)]);
        fs::write(scene.path("secret/there"), "").unwrap();
        scene.refused(name).replace(name, "NAME")
    };
    assert_eq!(ask("there"), ask("gone"));
}
