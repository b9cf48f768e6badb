//! Edits below named roots, and what the operator's own lists grant.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::scene::{Scene, action};

/// Runs one call that must be refused; gives the error.
#[track_caller]
fn refused(scene: Scene, call: &str, args: &Value) -> String {
    scene.actions(false, &[action(call, args)]).refused(&format!("{call} {args}"))
}

fn below_own() -> Scene {
    Scene::new().grant("edit", "mounts", r#"["own:/granted/** => /opt/acme/** : ro,nosuid"]"#)
}

#[test]
fn a_mount_below_a_root_is_granted_in_that_root() {
    let mount = json!(["/granted/file", "/opt/acme/x", ["ro", "nosuid"], "r", "own"]);
    let scene = below_own().actions(false, &[action("edit-mounts.add", &mount)]);
    let (document, _) = scene.applied("below its root");
    let mounts = document["mounts"].as_array().unwrap();
    let added = mounts.iter().find(|one| one["destination"] == "/opt/acme/x").unwrap();
    assert_eq!(added["source"], scene.path("granted/file").to_str().unwrap());

    for (what, args) in [
        ("another path", json!(["/secret/file", "/opt/acme/x", ["ro", "nosuid"], "r", "own"])),
        ("another root", json!(["/granted/file", "/opt/acme/x", ["ro", "nosuid"], "r", "other"])),
        ("no root", json!(["$T/granted/file", "/opt/acme/x", ["ro", "nosuid"], "r"])),
        ("another place", json!(["/granted/file", "/etc/x", ["ro", "nosuid"], "r", "own"])),
        ("a link", json!(["/granted/link", "/opt/acme/x", ["ro", "nosuid"], "r", "own"])),
    ] {
        let scene = below_own();
        symlink("/secret/file", scene.path("granted/link")).unwrap();
        let error = refused(scene, "edit-mounts.add", &args);
        assert!(error.contains("[stages.probe.grants.edit] mounts"), "{what}: {error}");
    }
}

/// A driver root with libraries, and a list that names some of its files and `/dev/null`.
fn listed() -> Scene {
    let scene = Scene::new()
        .top("[host]\ndriver-root = \"$T/driver\"\n")
        .without("edit", "mounts")
        .without("edit", "device-nodes")
        .grant("listed", "own", r#"["/lists/*.csv"]"#);
    for folder in ["driver/lib", "driver/share", "lists"] {
        fs::create_dir_all(scene.path(folder)).unwrap();
    }
    for file in ["driver/lib/libx.so.1.0", "driver/lib/secret", "driver/share/file"] {
        fs::write(scene.path(file), "").unwrap();
    }
    symlink("libx.so.1.0", scene.path("driver/lib/libx.so.1")).unwrap();
    symlink("libx.so.1", scene.path("driver/lib/libx.so")).unwrap();
    let lines =
        "# driver\n lib , /lib/libx.so.1 \ndir, /share\ndev, /dev/null\nodd, /lib/secret\nlib\n";
    fs::write(scene.path("lists/a.csv"), lines).unwrap();
    scene
}

const HARMLESS: [&str; 3] = ["ro", "nosuid", "nodev"];

#[test]
fn what_a_list_names_may_be_used() {
    let options = json!(HARMLESS);
    let calls = [
        action("host-files.stat", &json!(["driver-root", ["/lib/libx.so.1", "/lib/libx.so"]])),
        action("host-files.read-link", &json!(["driver-root", "/lib/libx.so.1"])),
        action("host-files.resolve", &json!(["driver-root", "/lib/libx.so.1"])),
        action(
            "edit-mounts.add",
            &json!(["/lib/libx.so.1", "/lib/libx.so.1.0", options, "r", "driver-root"]),
        ),
        action("edit-mounts.add", &json!(["/share", "/share", options, "r", "driver-root"])),
        action(
            "edit-device-nodes.add",
            &json!(["/dev/null", "none", "none", "none", "none", "none", "r", "dev-root"]),
        ),
    ];
    let scene = listed().actions(false, &calls);
    let (document, log) = scene.applied("listed");
    assert_eq!(log.len(), calls.len());
    let mounts = document["mounts"].as_array().unwrap();
    for (path, source) in
        [("/lib/libx.so.1.0", "driver/lib/libx.so.1.0"), ("/share", "driver/share")]
    {
        let added = mounts.iter().find(|one| one["destination"] == path).unwrap();
        assert_eq!(added["source"], scene.path(source).to_str().unwrap());
    }
    let nodes = document["linux"]["devices"].as_array().unwrap();
    assert!(nodes.iter().any(|node| node["path"] == "/dev/null" && node["minor"] == 3));
}

#[test]
fn what_no_list_names_is_refused() {
    for (call, args) in [
        ("host-files.stat", json!(["driver-root", ["/lib/secret"]])),
        ("host-files.stat", json!(["own", ["/driver/lib/libx.so.1"]])),
        ("host-files.glob", json!(["driver-root", "/lib/*"])),
        ("host-files.read", json!(["driver-root", "/share/file", 0, 9])),
        // Beside a library, and so looked at, but not followed and not mounted.
        ("host-files.resolve", json!(["driver-root", "/lib/libx.so"])),
        ("edit-mounts.add", json!(["/lib/libx.so", "/lib/libx.so", HARMLESS, "r", "driver-root"])),
        ("edit-mounts.add", json!(["/lib/secret", "/lib/secret", HARMLESS, "r", "driver-root"])),
        ("edit-mounts.add", json!(["/lib/libx.so.1", "/etc/passwd", HARMLESS, "r", "driver-root"])),
        ("edit-mounts.add", json!(["/share", "/share", ["nosuid", "nodev"], "r", "driver-root"])),
        (
            "edit-mounts.add",
            json!(["/share", "/share", ["ro", "nosuid", "nodev", "rw"], "r", "driver-root"]),
        ),
        ("edit-mounts.add", json!(["$T/driver/share", "/share", HARMLESS, "r"])),
        (
            "edit-device-nodes.add",
            json!(["/dev/zero", "none", "none", "none", "none", "none", "r", "dev-root"]),
        ),
        (
            "edit-device-nodes.add",
            json!(["/dev/x", "/dev/null", "none", "none", "none", "none", "r", "dev-root"]),
        ),
        (
            "edit-device-nodes.add",
            json!(["/dev/null", "none", "none", "none", "none", "none", "r"]),
        ),
    ] {
        let error = refused(listed(), call, &args);
        assert!(error.contains("not granted"), "{call} {args}: {error}");
    }
}

#[test]
fn a_list_that_others_can_write_grants_nothing() {
    let scene = listed();
    let list = scene.path("lists/a.csv");
    fs::set_permissions(&list, fs::Permissions::from_mode(0o666)).unwrap();
    let error = refused(scene, "host-files.stat", &json!(["driver-root", ["/share"]]));
    assert!(error.contains("a list that grants what it names"), "{error}");
    assert!(error.contains(&format!("chmod go-w {}", list.display())), "{error}");
}

/// The group of a node that the stage adds, and no other.
#[test]
fn groups_of_device_nodes() {
    let node = action("edit-device-nodes.add", &json!(["/dev/acme0", "/dev/null", "rw"]));
    let scene = || Scene::new().grant("edit", "gids", r#"["device-nodes"]"#);
    let error = scene()
        .actions(false, &[node, action("edit-gids.add", &json!([4, "r"]))])
        .refused("another group");
    assert!(error.contains("[stages.probe.grants.edit] gids"), "{error}");
}
