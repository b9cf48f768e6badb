//! `gantry cdi generate` and `gantry cdi transform root` as people and scripts use them: files that are written or
//! left alone, what is said, and how it ends. What a spec holds is the recorded cases' business.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use gantry_tests::scene::{Ran, Scene};
use gantry_tests::skips::{is_root, skip};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

/// A host with the node of `gdrdrv`, and no GPU. `None`: only root can make it.
fn host(test: &str) -> Option<Scene> {
    if !is_root() {
        skip(&format!("generate_cli {test}"), "device nodes need root");
        return None;
    }
    let scene = Scene::new();
    node(&scene, "root/dev/gdrdrv", 241, 0);
    Some(scene.variable("PATH", "/none"))
}

fn node(scene: &Scene, path: &str, major: u32, minor: u32) {
    let path = scene.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mode = Mode::from_raw_mode(0o666);
    mknodat(CWD, &path, FileType::CharacterDevice, mode, makedev(major, minor)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
}

fn generate(scene: &Scene, line: &str) -> Ran {
    scene.run("gantry", &format!("cdi generate --mode gdrcopy --driver-root ${{TMP}}/root {line}"))
}

#[test]
fn a_file_is_written_once() {
    let Some(scene) = host("a_file_is_written_once") else { return };
    let file = "out/nvidia.yaml";
    let line = "--output ${TMP}/out/nvidia.yaml";
    let ran = generate(&scene, &format!("{line} --dry-run"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("dry run") && ran.stderr.contains("would be written"), "{ran:?}");
    assert!(
        ran.stdout.starts_with("--- /dev/null\n+++ ")
            && ran.stdout.contains("\n+kind: nvidia.com/gpu\n"),
        "{ran:?}"
    );
    assert!(!scene.path("out").exists());

    let ran = generate(&scene, line);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stderr.contains("nvidia.yaml: written: 1 device of nvidia.com/gpu"), "{ran:?}");
    assert_eq!(fs::metadata(scene.path(file)).unwrap().mode() & 0o7777, 0o644);
    let printed = generate(&scene, "").stdout;
    assert_eq!(scene.read(file).unwrap(), printed);

    let before = scene.fingerprint(file);
    let ran = generate(&scene, &format!("{line} --diff"));
    assert!(ran.stdout.is_empty() && ran.stderr.contains("nvidia.yaml: not changed"), "{ran:?}");
    assert_eq!(scene.fingerprint(file), before);

    let ran = generate(&scene, &format!("{line} --class other --diff -q"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.contains("\n-kind: nvidia.com/gpu\n+kind: nvidia.com/other\n"), "{ran:?}");
    assert_ne!(scene.fingerprint(file), before);
    // Nothing of a file in the making is left.
    assert_eq!(fs::read_dir(scene.path("out")).unwrap().count(), 1);

    // Others could not read it.
    fs::set_permissions(scene.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    generate(&scene, &format!("{line} --class other"));
    assert_eq!(fs::metadata(scene.path(file)).unwrap().mode() & 0o7777, 0o644);
}

/// A spec of GPUs that are not there any more is nobody's to remove, but is told of.
#[test]
fn a_file_that_is_not_made_any_more() {
    let Some(scene) = host("a_file_that_is_not_made_any_more") else { return };
    let scene = scene.file("out/x.coherent.yaml", "old");
    let stale = "out/x.coherent.yaml is of an earlier run";
    for (line, told) in [
        ("--output ${TMP}/out/x.yaml", true),
        ("--output ${TMP}/out/x.yaml -q", false),
        ("--output ${TMP}/out/y.yaml", false),
    ] {
        let ran = generate(&scene, line);
        assert_eq!((ran.code, ran.stderr.contains(stale)), (Some(0), told), "{line} {ran:?}");
    }
    assert_eq!(scene.read("out/x.coherent.yaml").as_deref(), Some("old"));
}

/// What is given, and the file that comes of it with what it begins with.
#[test]
#[rustfmt::skip] // a table: one line a case
fn a_name_says_its_notation() {
    let Some(scene) = host("a_name_says_its_notation") else { return };
    for (line, file, begins) in [
        ("--output ${TMP}/a/x", "a/x.yaml", "---\n"),
        ("--output ${TMP}/b/x --format json", "b/x.json", "{\""),
        ("--output ${TMP}/c/x.json", "c/x.json", "{\""),
        ("--output ${TMP}/d/x.yaml --format JSON", "d/x.yaml", "---\n"),
        ("--output ${TMP}/e/x.yml", "e/x.yml.yaml", "---\n"),
        ("--output ${TMP}/f/x.v2", "f/x.v2.yaml", "---\n"),
    ] {
        let ran = generate(&scene, line);
        assert_eq!(ran.code, Some(0), "{line} {ran:?}");
        let text = scene.read(file).unwrap_or_else(|| panic!("{line}: no {file}"));
        assert!(text.starts_with(begins), "{line} {text}");
        assert_eq!(ran.stderr.contains("not of --format"), line.contains("JSON"), "{line} {ran:?}");
    }
}

#[test]
fn variables_stand_for_options() {
    let Some(scene) = host("variables_stand_for_options") else { return };
    let scene = scene
        .variable("NVIDIA_CTK_DRIVER_ROOT", "${TMP}/root")
        .variable("NVIDIA_CTK_CDI_GENERATE_MODE", "GDRCOPY")
        .variable("NVIDIA_CTK_CDI_GENERATE_OUTPUT_FORMAT", "Json")
        .variable("NVIDIA_CTK_CDI_GENERATE_VENDOR", "v")
        .variable("NVIDIA_CTK_CDI_GENERATE_NO_ALL_DEVICE", "1")
        // Empty is not set.
        .variable("NVIDIA_CTK_CDI_OUTPUT_FILE_PATH", "")
        .variable("NVIDIA_CTK_CDI_GENERATE_DEVICE_IDS", "");
    let ran = scene.run("gantry", "cdi generate");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.starts_with("{\"cdiVersion\"") && ran.stdout.contains("\"kind\":\"v/gpu\""),
        "{ran:?}"
    );
    let ran = scene.run("gantry", "cdi generate --vendor=w --format=yaml");
    assert!(ran.stdout.contains("\nkind: w/gpu\n"), "{ran:?}");
    // The last counts, as in the reference.
    let ran = scene.run("gantry", "cdi generate --vendor=w --vendor=z --format=json --format=yaml");
    assert!(ran.stdout.contains("\nkind: z/gpu\n"), "{ran:?}");
    let scene = scene.variable("NVIDIA_CTK_CDI_GENERATE_NO_ALL_DEVICE", "perhaps");
    assert_eq!(scene.run("gantry", "cdi generate").code, Some(2));
}

/// What is wrong, its exit status, and a part of what is said.
#[test]
#[rustfmt::skip] // a table: one line a case
fn errors_leave_the_file_alone() {
    let scene = Scene::new().file("out/x.yaml", "old\n").file("gpus", "gpus: 1\n").file("none.json", "{\"gpus\":[]}").file("more.json", "{\"gpus\":[],\"x\":1}");
    fs::create_dir(scene.path("root")).unwrap();
    let before = scene.fingerprint("out/x.yaml");
    for (line, code, said) in [
        ("--mode gdrcopy", 1, "this host has no"),
        ("--mode nothing", 2, "there are auto, nvml, csv,"),
        ("--device-name-strategy serial", 2, "there are index, uuid, type-index"),
        ("--vendor v_/x", 2, "v_/x"),
        ("--class=", 2, "class"),
        ("--enable-hook all", 2, "name each hook"),
        ("--mode gds --driver-root ${TMP}/none", 1, "none: not there"),
        ("--mode nvml --inventory ${TMP}/none", 1, "none: cannot be read"),
        ("--mode nvml --device-id none --inventory ${TMP}/none.json", 1, "they were looked for below ${TMP}/root"),
        ("--mode nvml --device-id none --inventory ${TMP}/none.json --library-search-path ${TMP}/root/x", 1, "they were looked for in ${TMP}/root/x"),
        ("--mode gds --inventory ${TMP}/gpus", 4, "not an inventory: line 1 column 7: gpus: "),
        ("--mode gds --inventory ${TMP}/more.json", 4, "unknown field `x`"),
    ] {
        let ran = scene.run("gantry", &format!("cdi generate --driver-root ${{TMP}}/root --output ${{TMP}}/out/x.yaml {}", line.replace("--driver-root ${TMP}/none", "--dev-root ${TMP}/none")));
        assert_eq!(ran.code, Some(code), "{line} {ran:?}");
        assert!(ran.stderr.contains(&scene.expand(said)), "{line} {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
    }
    assert_eq!(scene.fingerprint("out/x.yaml"), before);
    for (line, said) in [
        ("--diff", "--diff needs --output"),
        ("--output ${TMP}/out", "that is a directory; give the file's name"),
        ("--output ${TMP}/new/", "give the file's name"),
        ("--format toml", "toml"),
    ] {
        let ran = scene.run("gantry", &format!("cdi generate --mode gds --driver-root ${{TMP}}/root {line}"));
        assert_eq!(ran.code, Some(2), "{line} {ran:?}");
        assert!(ran.stderr.contains(said), "{line} {ran:?}");
    }
}

const SPEC: &str = r#"{"cdiVersion":"0.3.0","kind":"v.com/c","devices":[{"name":"x","containerEdits":
{"deviceNodes":[{"path":"/run/d/dev/x"}],"mounts":[{"hostPath":"/run/d/lib","containerPath":"/run/d/lib"}]}}]}"#;

#[test]
fn a_root_is_changed_in_place() {
    let scene = Scene::new().file("x.json", SPEC);
    let line = |side: &str| {
        format!(
            "cdi transform root --from /run/d --to / --relative-to {side} --input ${{TMP}}/x.json"
        )
    };
    let ran = scene.run("gantry", &line("host"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // The node's host path is given now, which CDI 0.3.0 does not know.
    for part in [
        "\"0.5.0\"",
        "\"path\":\"/run/d/dev/x\",\"hostPath\":\"/dev/x\"",
        "\"hostPath\":\"/lib\",\"containerPath\":\"/run/d/lib\"",
    ] {
        assert!(ran.stdout.contains(part), "{part} {ran:?}");
    }
    let line = format!("{} --output ${{TMP}}/x.json", line("container"));
    let ran = scene.run("gantry", &line);
    assert!(ran.stderr.contains("x.json: written"), "{ran:?}");
    let text = scene.read("x.json").unwrap();
    for part in [
        "\"path\":\"/dev/x\",\"hostPath\":\"/run/d/dev/x\"",
        "\"hostPath\":\"/run/d/lib\",\"containerPath\":\"/lib\"",
    ] {
        assert!(text.contains(part), "{part} {text}");
    }
    let before = scene.fingerprint("x.json");
    let ran = scene.run("gantry", &line);
    assert!(ran.stderr.contains("x.json: not changed"), "{ran:?}");
    assert_eq!(scene.fingerprint("x.json"), before);
    for (line, code) in [
        ("cdi transform root --from run --to /", 2),
        ("cdi transform root --from /run", 2),
        ("cdi transform root --from /run --to / --input ${TMP}/none", 1),
        ("cdi transform root --from /run --to / --input ${TMP}/etc/config.toml", 4),
    ] {
        let ran = scene.run("gantry", line);
        assert_eq!(ran.code, Some(code), "{line} {ran:?}");
    }
}

#[test]
fn nodes_are_made_and_never_replaced() {
    let Some(scene) = host("nodes_are_made_and_never_replaced") else { return };
    node(&scene, "root/dev/nvidia0", 195, 0);
    let line =
        "system create-dev-char-symlinks --driver-root ${TMP}/root --dev-char-path ${TMP}/char";
    let ran = scene.run("gantry", &format!("{line} --dry-run"));
    let tmp = scene.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stdout.replace(&tmp, ""),
        "mkdir -p /char\nln -s /root/dev/nvidia0 /char/195:0\n"
    );
    assert!(!scene.path("char").exists());
    assert_eq!(scene.run("gantry", line).code, Some(0));
    assert_eq!(fs::metadata(scene.path("char/195:0")).unwrap().rdev(), makedev(195, 0));
    let ran = scene.run("gantry", line);
    assert_eq!(
        (ran.code, ran.stdout.replace(&tmp, "").as_str()),
        (Some(0), "# /char/195:0: is there\n")
    );
    // Options of the command line that make no sense without each other.
    assert_eq!(scene.run("gantry", &format!("{line} --create-device-nodes")).code, Some(1));
    assert_eq!(scene.run("gantry", "system create-device-nodes").code, Some(1));
    let modules = "system create-device-nodes --load-kernel-modules --root /run/d --dry-run";
    let ran = scene.run("gantry", modules);
    assert!(ran.stdout.starts_with("chroot /run/d /sbin/modprobe nvidia\n"), "{ran:?}");
}
