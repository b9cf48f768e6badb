//! The container's state and root: which are accepted, which are refused, and with what words.
//!
//! A panic of a function here is a failed test.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use gantry_hooks::container_root::ContainerRoot;
use gantry_hooks::error::HookError;
use gantry_hooks::state::State;

/// Finds the root as a hook does, and gives its inode.
fn root_of(state: &[u8]) -> Result<u64, HookError> {
    let root = ContainerRoot::open(&State::read(state)?.root()?)?;
    Ok(rustix::fs::fstat(root).unwrap().st_ino)
}

/// A bundle with a root and whatever `config.json` a case wants. `@` in texts is the folder.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new(config: Option<&str>) -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        let at = scene.0.path();
        fs::create_dir_all(at.join("bundle/rootfs")).unwrap();
        fs::create_dir(at.join("elsewhere")).unwrap();
        fs::write(at.join("bundle/a-file"), "").unwrap();
        symlink("bundle", at.join("link")).unwrap();
        symlink("/", at.join("bundle/to-host")).unwrap();
        if let Some(config) = config {
            fs::write(at.join("bundle/config.json"), scene.text(config)).unwrap();
        }
        scene
    }

    fn text(&self, text: &str) -> String {
        text.replace('@', self.0.path().to_str().unwrap())
    }

    fn inode(&self, path: &str) -> u64 {
        fs::metadata(self.0.path().join(path)).unwrap().ino()
    }
}

#[test]
fn accepted() {
    const ROOTFS: &str = r#"{"root": {"path": "rootfs"}}"#;
    const STATE: &str = r#"{"bundle": "@/bundle"}"#;
    let big =
        format!(r#"{{"annotations": {{"a": "{}"}}, "bundle": "@/bundle"}}"#, "x".repeat(4 << 20));
    let deep =
        format!(r#"{{"x": {}{}, "bundle": "@/bundle"}}"#, "[".repeat(9999), "]".repeat(9999));
    let cases: &[(&str, &str, &str, &str)] = &[
        ("runc's form", STATE, ROOTFS, "bundle/rootfs"),
        (
            "all fields",
            r#"{"ociVersion": "1.2.0", "id": "c", "status": "creating", "pid": 7, "bundle": "@/bundle", "annotations": {"a": "b"}}"#,
            r#"{"ociVersion": "1.2.0", "root": {"path": "rootfs", "readonly": true}, "process": {}}"#,
            "bundle/rootfs",
        ),
        ("absolute root", STATE, r#"{"root": {"path": "@/elsewhere"}}"#, "elsewhere"),
        (
            "`..` in the root",
            STATE,
            r#"{"root": {"path": "../elsewhere/../bundle/rootfs"}}"#,
            "bundle/rootfs",
        ),
        ("a link as bundle", r#"{"bundle": "@/link"}"#, ROOTFS, "bundle/rootfs"),
        ("crun's root", r#"{"bundle": "@/nowhere", "root": "@/elsewhere"}"#, ROOTFS, "elsewhere"),
        (
            "crun's root, relative",
            r#"{"bundle": "@/bundle", "root": "rootfs"}"#,
            "no json",
            "bundle/rootfs",
        ),
        ("crun's root, empty", r#"{"bundle": "@/bundle", "root": ""}"#, ROOTFS, "bundle/rootfs"),
        ("crun's root, null", r#"{"bundle": "@/bundle", "root": null}"#, ROOTFS, "bundle/rootfs"),
        ("a large annotation", &big, ROOTFS, "bundle/rootfs"),
        ("depth", &deep, ROOTFS, "bundle/rootfs"),
        (
            "other types",
            r#"{"ociVersion": 1, "id": {}, "pid": "x", "status": [1e999, -0, null], "annotations": "\ud800", "bundle": "@/bundle"}"#,
            r#"{"process": 7, "hooks": "x", "mounts": {}, "root": {"readonly": "no", "path": "rootfs"}}"#,
            "bundle/rootfs",
        ),
        ("twice", r#"{"bundle": "@/nowhere", "bundle": "@/bundle"}"#, ROOTFS, "bundle/rootfs"),
        ("more after it", r#"{"bundle": "@/bundle"} {"bundle": 5} x"#, ROOTFS, "bundle/rootfs"),
        ("escapes", r#"{"b\u0075ndle": "@\/bundle"}"#, ROOTFS, "bundle/rootfs"),
    ];
    for (name, state, config, expected) in cases {
        let scene = Scene::new(Some(config));
        match root_of(scene.text(state).as_bytes()) {
            Ok(inode) => assert_eq!(inode, scene.inode(expected), "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn refused() {
    const STATE: &str = r#"{"bundle": "@/bundle"}"#;
    let cases: &[(&str, &str, Option<&str>, &str)] = &[
        ("nothing", "", None, "state: not valid"),
        ("no JSON", "{", None, "state: not valid"),
        ("a list", "[]", None, "state: not valid"),
        ("no bundle", "{}", None, "state: bundle: missing"),
        ("no bundle, crun", r#"{"root": "@/elsewhere"}"#, None, "state: bundle: missing"),
        ("empty bundle", r#"{"bundle": ""}"#, None, "state: bundle: empty"),
        ("relative bundle", r#"{"bundle": "bundle"}"#, None, "state: bundle: not an absolute"),
        ("a NUL", r#"{"bundle": "/\u0000"}"#, None, "state: bundle: with a NUL"),
        ("bundle of a wrong type", r#"{"bundle": 7}"#, None, "state: not valid"),
        ("root of a wrong type", r#"{"bundle": "@/bundle", "root": {}}"#, None, "state: not valid"),
        ("no config", STATE, None, "config.json: reading"),
        ("config is no JSON", STATE, Some("{"), "config.json: not valid"),
        ("no root", STATE, Some("{}"), "root.path: missing"),
        ("null root", STATE, Some(r#"{"root": null}"#), "root.path: missing"),
        ("no path", STATE, Some(r#"{"root": {}}"#), "root.path: missing"),
        ("empty path", STATE, Some(r#"{"root": {"path": ""}}"#), "root.path: empty"),
        ("missing", STATE, Some(r#"{"root": {"path": "missing"}}"#), "bundle/missing"),
        ("no directory", STATE, Some(r#"{"root": {"path": "a-file"}}"#), "bundle/a-file"),
        ("the host", STATE, Some(r#"{"root": {"path": "/"}}"#), "root of the host"),
        ("spelled", STATE, Some(r#"{"root": {"path": "//."}}"#), "root of the host"),
        ("by `..`", STATE, Some(r#"{"root": {"path": "/tmp/../../.."}}"#), "root of the host"),
        ("by a link", STATE, Some(r#"{"root": {"path": "to-host"}}"#), "root of the host"),
        ("by crun", r#"{"bundle": "@/bundle", "root": "/"}"#, None, "root of the host"),
    ];
    for (name, state, config, expected) in cases {
        let scene = Scene::new(*config);
        match root_of(scene.text(state).as_bytes()) {
            Ok(_) => panic!("{name}: accepted"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(expected), "{name}: {error}");
            }
        }
    }
}

/// A `config.json` that is a FIFO is not waited for, and neither is what follows the state.
#[test]
fn nothing_is_waited_for() {
    let scene = Scene::new(None);
    let fifo = scene.0.path().join("bundle/config.json");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let error = root_of(scene.text(r#"{"bundle": "@/bundle"}"#).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");

    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, br#"{"bundle": "/b", "root": "/r"}"#).unwrap();
    assert_eq!(State::read(reader).unwrap().root().unwrap(), Path::new("/r"));
}

#[test]
fn too_much_is_refused() {
    let endless = std::io::Read::chain(&br#"{"x": ""#[..], std::io::repeat(b'x'));
    let error = State::read(endless).unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}
