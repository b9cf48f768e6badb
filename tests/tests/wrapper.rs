//! `gantry-runtime` as an engine uses it: what it leaves alone, what it writes, and how it fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "wrapper/failures.rs"]
mod failures;
#[path = "wrapper/index.rs"]
mod index;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use gantry_tests::programs::program;
use gantry_tests::scene::{Ran, SPEC, Scene, document};
use gantry_tests::skips::{is_root, skip};

const DOCUMENT: &str = "bundle/config.json";

/// Whether the device of the scene's spec is in a document.
fn has_device(scene: &Scene, name: &str) -> bool {
    scene.read(name).unwrap().contains("\"X=1\"")
}

fn bundle_holds_only_its_document(scene: &Scene, case: &str) {
    let names: Vec<_> = fs::read_dir(scene.path("bundle"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(names == ["config.json"], "{case}: the bundle holds {names:?}");
}

#[test]
fn a_failure_before_the_write_leaves_everything_and_is_one_line() {
    for case in failures::CASES {
        let scene = (case.break_it)(Scene::new());
        let before = scene.fingerprint(DOCUMENT);
        let ran = scene.run("gantry-runtime", case.arguments);
        assert_failed(case, &scene, &ran);
        assert_eq!(scene.fingerprint(DOCUMENT), before, "{}: config.json was touched", case.name);
    }
}

fn assert_failed(case: &failures::Case, scene: &Scene, ran: &Ran) {
    let name = case.name;
    assert_eq!((ran.code, &*ran.stdout), (Some(1), ""), "{name}: {}", ran.stderr);
    assert_eq!(ran.called, None, "{name}: the low-level runtime was started");
    let line = ran.stderr.strip_suffix('\n').unwrap_or_default();
    assert!(
        !line.contains('\n') && line.starts_with("gantry-runtime: "),
        "{name}: {:?}",
        ran.stderr
    );
    for part in case.says {
        let part = scene.expand(part);
        assert!(line.contains(&part), "{name}: {part:?} is not in {line:?}");
    }
}

#[test]
fn a_failure_is_in_the_engines_log_too() {
    for case in failures::CASES {
        let scene = (case.break_it)(Scene::new());
        let logged = |format: &str| {
            let options = format!("--log ${{TMP}}/{format}.log --log-format {format}");
            let ran = scene.run("gantry-runtime", &format!("{options} {}", case.arguments));
            assert_failed(case, &scene, &ran);
            let log = scene.read(&format!("{format}.log")).unwrap_or_default();
            assert_eq!(log.matches('\n').count(), 1, "{}: {log}", case.name);
            (log, ran.stderr.trim_end().to_owned())
        };
        let (log, line) = logged("json");
        let entry: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(entry["level"], "error", "{}: {log}", case.name);
        assert_eq!(entry["msg"], *line, "{}: {log}", case.name);
        let (log, line) = logged("text");
        let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
        let wanted = format!(" level=error msg=\"{quoted}\"\n");
        assert!(log.starts_with("time=\"") && log.ends_with(&wanted), "{}: {log}", case.name);
    }
}

/// What makes no container is passed on, and reads neither a document, nor specs, nor what stages are configured.
#[test]
fn other_subcommands_touch_nothing() {
    for arguments in [
        "start c1",
        "state c1",
        "kill c1 KILL",
        "delete --force c1",
        "exec --bundle c1 sh",
        "exec -t c1 create --bundle x",
        "list",
        "features",
        "events c1",
        "update --resources - c1",
        "checkpoint --image-path create c1",
        "spec --bundle x",
        "--version",
        "--help",
        "create --help",
        "",
        // A container that is called like a subcommand.
        "start create",
        "state create",
        "kill create KILL",
        "delete -f create",
        "delete run",
        // Values that are called like one.
        "--root create state c1",
        "--log ${TMP}/create --log-format json state c1",
        "--root=create --debug kill c1",
        "--cgroup-manager create --rootless run delete c1",
    ] {
        let scene = Scene::new()
            .config("[pipeline]\norder = [\"nope\"]\n[stages.mode.settings]\nmode = \"nope\"")
            .file("etc/conf.d/10-broken.toml", "[stages.x]\nbroken = true")
            .mode("cdi", 0);
        fs::remove_file(scene.path(DOCUMENT)).unwrap();
        let ran = scene.run("gantry-runtime", arguments);
        ran.assert_quiet(arguments);
        let words: Vec<String> =
            arguments.split_whitespace().map(|word| scene.expand(word)).collect();
        assert_eq!(ran.called.as_ref(), Some(&words), "{arguments}");
        assert_eq!(scene.fingerprint(DOCUMENT), None, "{arguments}");
        // So that it can be removed.
        let _scene = scene.mode("cdi", 0o755);
    }
}

#[test]
fn each_spelling_of_create_gets_the_device() {
    for arguments in [
        "create --bundle ${TMP}/bundle c1",
        "create --bundle=${TMP}/bundle c1",
        "create -b ${TMP}/bundle c1",
        "create -b${TMP}/bundle c1",
        "create c1 --bundle ${TMP}/bundle",
        "create c1",
        "create --bundle . c1",
        "run --detach --bundle ${TMP}/bundle c1",
        "create --bundle ${TMP}/bundle create",
        "create --bundle ${TMP}/bundle state",
        "--root /run/x --log ${TMP}/log --log-format json --systemd-cgroup create --bundle ${TMP}/bundle c1",
        "--cgroup-manager=disabled create --bundle ${TMP}/bundle --pid-file ${TMP}/pid c1",
        "create --config ${TMP}/bundle/config.json c1",
    ] {
        let scene = Scene::new();
        let ran = scene.run("gantry-runtime", arguments);
        ran.assert_quiet(arguments);
        let words: Vec<String> =
            arguments.split_whitespace().map(|word| scene.expand(word)).collect();
        assert_eq!(ran.called, Some(words), "{arguments}");
        assert!(has_device(&scene, DOCUMENT), "{arguments}: no device");
        assert_eq!(scene.read("log"), None, "{arguments}: a quiet run wrote a log");
        bundle_holds_only_its_document(&scene, arguments);
    }
}

/// crun's `--config` names another document than the bundle's.
#[test]
fn the_document_that_config_names_is_the_one_that_changes() {
    let scene = Scene::new().file("other/my.json", &document("vendor.com/dev=x"));
    let before = scene.fingerprint(DOCUMENT);
    let ran =
        scene.run("gantry-runtime", "create -b ${TMP}/bundle --config ${TMP}/other/my.json c1");
    ran.assert_quiet("--config");
    assert!(has_device(&scene, "other/my.json"));
    assert_eq!(scene.fingerprint(DOCUMENT), before);
}

/// Low-level runtimes mount the host's node there, from the path that it has in the container.
#[test]
fn in_a_user_namespace_a_node_at_its_own_path_is_given() {
    for node in [r#""path": "/dev/null""#, r#""path": "/dev/null", "hostPath": "/dev/null""#] {
        let spec = SPEC.replace(r#""path": "/dev/x", "hostPath": "/dev/null""#, node);
        let scene = failures::in_user_namespace(Scene::new()).file("cdi/vendor.json", &spec);
        scene.create().assert_quiet(node);
        assert!(scene.read(DOCUMENT).unwrap().contains("\"/dev/null\""), "{node}");
    }
}

#[test]
fn what_requests_nothing_is_not_written() {
    for (case, text) in [
        ("void", document("void")),
        ("nothing", document("")),
        ("no process", "{}".to_owned()),
        ("odd but valid", "{ \"x\" : 1.50 ,\"x-big\":12345678901234567890123}\n\n".to_owned()),
    ] {
        let scene = Scene::new().file(DOCUMENT, &text);
        let before = scene.fingerprint(DOCUMENT);
        scene.create().assert_quiet(case);
        assert_eq!(scene.fingerprint(DOCUMENT), before, "{case}: config.json was touched");
        bundle_holds_only_its_document(&scene, case);
    }
}

/// Not even where nobody could: the spec directories are not looked at.
#[test]
fn what_requests_nothing_needs_no_specs() {
    let scene = Scene::new().file(DOCUMENT, &document("void")).file("cdi/vendor.json", "broken");
    scene.mode("cdi", 0o777).create().assert_quiet("void");
}

#[test]
fn a_repeated_create_writes_nothing() {
    let scene = Scene::new();
    scene.create().assert_quiet("first");
    assert!(has_device(&scene, DOCUMENT));
    let after_first = scene.fingerprint(DOCUMENT);
    scene.create().assert_quiet("second");
    assert_eq!(scene.fingerprint(DOCUMENT), after_first);
}

/// Two stages may run one modifier; the second finds everything done.
#[test]
fn a_modifier_in_two_stages_runs_twice() {
    let scene = Scene::new().config(
        "[pipeline]
        order = [\"cdi\", \"again\"]
        [stages.again]
        modifier = \"builtin:cdi\"
        enabled = true
        [stages.again.grants.read]
        env = [\"*\"]
        annotations = [\"**\"]
        mounts = [\"**\"]
        process = true
        gpus = true
        [stages.again.grants.edit]
        devices = [\"**\"]",
    );
    scene.create().assert_quiet("two stages");
    let text = scene.read(DOCUMENT).unwrap();
    assert_eq!(text.matches("\"X=1\"").count(), 1, "{text}");
    assert_eq!(text.matches("\"/dev/x\"").count(), 1, "{text}");
}

/// With a journal's directory, each create leaves a record: of what it did, or why it failed.
#[test]
fn each_create_leaves_its_record() {
    const JOURNAL: &str = "[journal]\ndir = \"${TMP}/journal\"\nkeep = 2";
    for (case, text, id, error) in [
        ("injected", document("vendor.com/dev=x"), "c1", None),
        ("failed", document("vendor.com/dev=none"), "c1", Some("vendor.com/dev=none")),
    ] {
        let scene = Scene::new().config(JOURNAL).file(DOCUMENT, &text);
        let ran = scene.create();
        assert_eq!(ran.code, Some(i32::from(error.is_some())), "{case}: {}", ran.stderr);
        let text = scene.read(&format!("journal/{id}.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(record["container"], id, "{case}");
        assert_eq!(record["mode"], "cdi", "{case}");
        match error {
            None => {
                let edits = record["edits"].as_array().unwrap();
                let reason = edits.iter().find(|edit| edit["after"] == "X=1").unwrap();
                assert_eq!(reason["stage"], "cdi", "{case}: {text}");
            }
            Some(error) => assert!(record["error"].as_str().unwrap().contains(error), "{text}"),
        }
        let mode = fs::metadata(scene.path(&format!("journal/{id}.json"))).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{case}");
    }
}

/// What no edit touches keeps its bytes.
#[test]
fn what_is_not_edited_keeps_its_text() {
    let scene = Scene::new();
    let before = scene.read(DOCUMENT).unwrap();
    scene.create().assert_quiet("create");
    let after = scene.read(DOCUMENT).unwrap();
    for line in before.lines().filter(|line| line.len() > 1 && !line.contains("\"env\"")) {
        let kept =
            after.lines().any(|other| other.trim_end_matches(',') == line.trim_end_matches(','));
        assert!(kept, "{line:?} is not in\n{after}");
    }
}

#[test]
fn a_write_replaces_the_file_and_keeps_mode_and_owner() {
    for mode in [0o600, 0o640, 0o644, 0o444] {
        let scene = Scene::new().mode(DOCUMENT, mode);
        if is_root() {
            std::os::unix::fs::chown(scene.path(DOCUMENT), Some(1234), Some(2345)).unwrap();
        }
        let before = fs::metadata(scene.path(DOCUMENT)).unwrap();
        scene.create().assert_quiet(&format!("{mode:o}"));
        let after = fs::metadata(scene.path(DOCUMENT)).unwrap();
        let facts = |meta: &fs::Metadata| (meta.mode(), meta.uid(), meta.gid());
        assert_eq!(facts(&after), facts(&before), "{mode:o}");
        assert_ne!(after.ino(), before.ino(), "{mode:o}: written in place");
        assert!(has_device(&scene, DOCUMENT), "{mode:o}");
        bundle_holds_only_its_document(&scene, &format!("{mode:o}"));
    }
}

#[test]
fn a_link_stays_and_its_target_changes() {
    for target in ["${TMP}/real/doc.json", "../real/doc.json"] {
        let scene = Scene::new().file("real/doc.json", &document("vendor.com/dev=x"));
        fs::remove_file(scene.path(DOCUMENT)).unwrap();
        symlink(scene.expand(target), scene.path(DOCUMENT)).unwrap();
        scene.create().assert_quiet(target);
        let link = fs::read_link(scene.path(DOCUMENT)).unwrap();
        assert_eq!(link.to_str(), Some(&*scene.expand(target)), "{target}");
        assert!(has_device(&scene, "real/doc.json"), "{target}");
        bundle_holds_only_its_document(&scene, target);
    }
}

/// Another name of the file is another container's, or a copy: it keeps the old text.
#[test]
fn another_name_of_the_file_keeps_the_old_text() {
    let scene = Scene::new();
    fs::hard_link(scene.path(DOCUMENT), scene.path("copy.json")).unwrap();
    scene.create().assert_quiet("hard link");
    assert!(has_device(&scene, DOCUMENT));
    assert!(!has_device(&scene, "copy.json"));
}

#[test]
fn a_directory_that_cannot_be_written_gets_it_in_place() {
    let name = "wrapper::a_directory_that_cannot_be_written_gets_it_in_place";
    if is_root() {
        return skip(name, "root can write any directory");
    }
    let scene = Scene::new().mode("bundle", 0o555);
    let before = fs::metadata(scene.path(DOCUMENT)).unwrap().ino();
    let ran = scene.create();
    let scene = scene.mode("bundle", 0o755);
    ran.assert_quiet("read-only directory");
    assert!(has_device(&scene, DOCUMENT));
    assert_eq!(fs::metadata(scene.path(DOCUMENT)).unwrap().ino(), before);
}

/// A file that is a mount point cannot be replaced.
#[test]
fn a_bind_mounted_document_is_written_in_place() {
    let name = "wrapper::a_bind_mounted_document_is_written_in_place";
    let scene = Scene::new().file("outside.json", &document("vendor.com/dev=x"));
    let before = fs::metadata(scene.path("outside.json")).unwrap().ino();
    let mounts = "mount --bind ${TMP}/outside.json ${TMP}/bundle/config.json";
    let Some(mut command) = scene.command_with_mounts(mounts, &program("gantry-runtime")) else {
        return skip(name, "a bind mount needs root, and a namespace of its own needs unshare");
    };
    scene.ran(command.args(["create", "--bundle", ".", "c1"])).assert_quiet("bind mount");
    assert!(has_device(&scene, "outside.json"));
    assert!(!has_device(&scene, DOCUMENT), "the file under the mount was written");
    assert_eq!(fs::metadata(scene.path("outside.json")).unwrap().ino(), before);
    bundle_holds_only_its_document(&scene, "bind mount");
}
