//! `gantry explain`: every change, why, and nothing written. Goldens are in `golden/explain`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;

use gantry_tests::golden::assert_golden;
use gantry_tests::programs::{example, program, workspace};
use gantry_tests::scene::{Ran, Scene, document};
use gantry_tests::skips::skip;
use serde_json::Value;

const DOCUMENT: &str = "bundle/config.json";

struct Case {
    name: &'static str,
    scene: fn() -> Scene,
    code: i32,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "device", scene: Scene::new, code: 0 },
    Case { name: "two-devices", scene: || requests("vendor.com/dev=x,vendor.com/dev=y"), code: 0 },
    Case { name: "nothing-requested", scene: || requests("void"), code: 0 },
    Case { name: "already-there", scene: already_there, code: 0 },
    Case { name: "replaced", scene: replaced, code: 0 },
    Case { name: "unresolvable", scene: || requests("vendor.com/dev=z"), code: 1 },
    Case { name: "not-in-mode", scene: || Scene::new().config("[pipeline]\norder = [\"cdi\"]\n[stages.mode.settings]\nmode = \"csv\""), code: 0 },
    Case { name: "not-wanted", scene: || Scene::new().config("[stages.cdi.when]\nenv = [\"ACME\"]\nmounts = [\"/acme/**\"]"), code: 0 },
    Case { name: "observed", scene: || Scene::new().config("[stages.cdi]\nenforce = false"), code: 0 },
    Case { name: "skipped", scene: || requests("vendor.com/dev=z").config("[stages.cdi]\non-error = \"skip\""), code: 0 },
    Case { name: "log", scene: || Scene::new().config("[pipeline]\norder = [\"cdi\"]\n[stages.cdi]\nmodes = [\"csv\", \"cdi\"]\n[stages.mode.settings]\nmode = \"csv\""), code: 0 },
];

fn requests(devices: &str) -> Scene {
    Scene::new().file(DOCUMENT, &document(devices))
}

fn already_there() -> Scene {
    let scene = Scene::new();
    scene.create().assert_quiet("create");
    scene
}

/// A variable that the device sets, with another value.
fn replaced() -> Scene {
    let text = document("vendor.com/dev=y").replace("\"PATH=/bin\"", "\"Y=0\", \"PATH=/bin\"");
    Scene::new().file(DOCUMENT, &text)
}

/// A run's output without what differs from run to run.
fn normal(scene: &Scene, text: &str) -> String {
    let mut out = String::new();
    for line in scene.normal(text).lines() {
        let micros = line.rfind(" µs)").and_then(|end| Some((line[..end].rfind(' ')?, end)));
        match (micros, line.find("micros\": ")) {
            (Some((start, end)), _) => out.extend([&line[..start], " N", &line[end..]]),
            (_, Some(at)) => {
                let comma = if line.ends_with(',') { "," } else { "" };
                out.extend([&line[..at], "micros\": 0", comma]);
            }
            _ => out += line,
        }
        out.push('\n');
    }
    out
}

fn explain(scene: &Scene, format: &str, code: i32, name: &str) -> Ran {
    let before = scene.fingerprint(DOCUMENT);
    let ran = scene.run("gantry", &format!("explain --bundle ${{TMP}}/bundle --format {format}"));
    assert_eq!((ran.code, &*ran.stderr), (Some(code), ""), "{name}: {}", ran.stdout);
    assert_eq!(ran.called, None, "{name}: the low-level runtime was started");
    assert_eq!(scene.fingerprint(DOCUMENT), before, "{name}: config.json was touched");
    let entries = fs::read_dir(scene.path("bundle")).unwrap().count();
    assert_eq!(entries, 1, "{name}: something else is in the bundle");
    ran
}

#[test]
fn text() {
    for case in CASES {
        let scene = (case.scene)();
        let ran = explain(&scene, "text", case.code, case.name);
        assert_golden(&format!("explain/{}.txt", case.name), &normal(&scene, &ran.stdout));
    }
}

#[test]
fn json() {
    for case in CASES {
        let scene = (case.scene)();
        let ran = explain(&scene, "json", case.code, case.name);
        assert_golden(&format!("explain/{}.json", case.name), &normal(&scene, &ran.stdout));
        let value: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(value["error"].is_null(), case.code == 0, "{}", case.name);
    }
}

/// What would be said at `create` is what is said here.
#[test]
fn the_error_is_that_of_create() {
    let scene = requests("vendor.com/dev=z");
    let ran = explain(&scene, "json", 1, "json");
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let line = format!("gantry-runtime: {}\n", value["error"].as_str().unwrap());
    assert_eq!(line, scene.create().stderr);
    let text = explain(&scene, "text", 1, "text").stdout;
    assert!(text.contains(value["error"].as_str().unwrap()), "{text}");
}

/// What explain says would be applied is what create applies.
#[test]
fn the_changes_are_those_of_create() {
    let scene = requests("vendor.com/dev=x,vendor.com/dev=y");
    let ran = explain(&scene, "json", 0, "before");
    let journal: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(journal["changed"], true);
    scene.create().assert_quiet("create");
    let written: Value = serde_json::from_str(&scene.read(DOCUMENT).unwrap()).unwrap();
    let edits = journal["edits"].as_array().unwrap();
    assert!(!edits.is_empty());
    for edit in edits {
        let pointer = edit["pointer"].as_str().unwrap();
        assert_eq!(written.pointer(pointer), Some(&edit["after"]), "{pointer}");
    }
    let again: Value = serde_json::from_str(&explain(&scene, "json", 0, "after").stdout).unwrap();
    assert_eq!(again["changed"], false);
}

/// The example vendor's drop-in, spec and component, as they are shipped; `examples/acme/README.md` step by step.
#[test]
fn the_example_vendor() {
    const HOST: &str = "mount -t tmpfs none /opt && mkdir -p /opt/acme/silver
        mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/acme-ctl c 1 3";
    let name = "explain::the_example_vendor";
    let read =
        |name: &str| fs::read_to_string(workspace().join("examples/acme").join(name)).unwrap();
    let path = "/usr/lib/gantry/modifiers/acme.wasm";
    let drop_in = read("50-acme.toml");
    assert!(drop_in.contains(path), "the drop-in names another modifier");
    let asking = document("void").replace("\"PATH=/bin\"", "\"PATH=/bin\", \"ACME_DEVICES=0,1\"");
    let scene = Scene::new()
        .file("etc/conf.d/50-acme.toml", &drop_in.replace(path, "${TMP}/acme.wasm"))
        .file("cdi/acme.cdi.json", &read("acme.cdi.json"))
        .file(DOCUMENT, &asking);
    fs::copy(example(), scene.path("acme.wasm")).unwrap();

    let inert = explain(&scene, "text", 0, "inert").stdout;
    assert!(inert.contains("would stay as it is") && !inert.contains("stage acme"), "{inert}");

    let scene = scene.config("[stages.acme]\nenabled = true");
    let added = scene.run("gantry", "modifier add ${TMP}/acme.wasm");
    assert_eq!((added.code, &*added.stderr), (Some(0), ""), "{}", added.stdout);
    let bare = explain(&scene, "text", 1, "without the vendor's files").stdout;
    assert_golden("explain/acme-without-its-files.txt", &normal(&scene, &bare));

    let Some(mut command) = scene.command_with_mounts(HOST, &program("gantry")) else {
        return skip(name, "the vendor's files need root, and a namespace of their own");
    };
    let before = scene.fingerprint(DOCUMENT);
    let ran = scene.ran(command.arg("explain"));
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{}", ran.stdout);
    assert_golden("explain/acme.txt", &normal(&scene, &ran.stdout));
    assert_eq!(scene.fingerprint(DOCUMENT), before);

    let scene = scene.file(DOCUMENT, &document("void"));
    let quiet = explain(&scene, "text", 0, "not asking").stdout;
    assert_golden("explain/acme-not-asked.txt", &normal(&scene, &quiet));
}

#[test]
fn what_cannot_be_explained_is_one_line() {
    for (arguments, says) in [
        (
            "explain --bundle ${TMP}/none",
            "gantry: ${TMP}/none/config.json: not there: is it the bundle's directory that was given?\n",
        ),
        (
            "explain --bundle ${TMP}/etc",
            "gantry: ${TMP}/etc/config.json: not there: is it the bundle's directory that was given?\n",
        ),
        (
            "explain --config none.toml",
            "gantry: ${TMP}/bundle/none.toml: not there; write it, or unset GANTRY_CONFIG (leave out --config) to use the default places\n",
        ),
    ] {
        let scene = Scene::new();
        let ran = scene.run("gantry", arguments);
        let expected = (Some(1), String::new(), scene.expand(says));
        assert_eq!((ran.code, ran.stdout, ran.stderr), expected, "{arguments}");
    }
}
