//! The example modifier in C: built from the contract's C bindings, it is a modifier like any other. Its
//! edits are `golden/explain/acme-count.txt`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;
use std::path::PathBuf;

use gantry_tests::golden::assert_golden;
use gantry_tests::programs::{example_c, workspace};
use gantry_tests::scene::{Scene, document};
use gantry_tests::skips::skip;
use serde_json::{Value, json};
use wit_component::DecodedWasm;

const DOCUMENT: &str = "bundle/config.json";
const SETTINGS: &str = "max = 2\ngid = 44\n";
const ENABLED: &str = "[stages.acme-count]\nenabled = true\n";

/// The component, or a skip that is counted.
fn component(test: &str) -> Option<PathBuf> {
    let built = example_c();
    if built.is_none() {
        skip(&format!("c_example::{test}"), "no clang with a linker for wasm has built it");
    }
    built
}

/// A file of the examples.
fn shipped(name: &str) -> String {
    fs::read_to_string(workspace().join("examples").join(name)).unwrap()
}

/// The document of a container with one more variable and an annotation; empty for none.
fn asking(variable: &str, annotation: &str) -> String {
    let mut document: Value = serde_json::from_str(&document("void")).unwrap();
    if !variable.is_empty() {
        document["process"]["env"].as_array_mut().unwrap().push(json!(variable));
    }
    if !annotation.is_empty() {
        document["annotations"] = json!({ "acme.com/count": annotation });
    }
    document.to_string()
}

/// As [`unknown`], with the component in the store.
fn scene(component: &PathBuf) -> Scene {
    let scene = unknown(component);
    let added = scene.run("gantry", "modifier add ${TMP}/acme-count.wasm");
    assert_eq!(added.code, Some(0), "{}{}", added.stdout, added.stderr);
    scene
}

/// A host with the drop-in and the spec as they are shipped, the stage enabled, and a container that
/// asks for two cards.
fn unknown(component: &PathBuf) -> Scene {
    let drop_in = shipped("acme-c/50-acme-count.toml");
    let path = "/usr/lib/gantry/modifiers/acme-count.wasm";
    assert!(drop_in.contains(path) && drop_in.contains(SETTINGS), "another drop-in:\n{drop_in}");
    let scene = Scene::new()
        .file("etc/conf.d/50-acme-count.toml", &drop_in.replace(path, "${TMP}/acme-count.wasm"))
        .file("cdi/acme.cdi.json", &shipped("acme/acme.cdi.json"))
        .file(DOCUMENT, &asking("ACME_COUNT=2", ""))
        .config(ENABLED);
    fs::copy(component, scene.path("acme-count.wasm")).unwrap();
    scene
}

/// Rewrites the drop-in.
fn drop_in(scene: Scene, from: &str, to: &str) -> Scene {
    let name = "etc/conf.d/50-acme-count.toml";
    let text = scene.read(name).unwrap();
    assert!(text.contains(from), "no {from:?} in\n{text}");
    scene.file(name, &text.replace(from, to))
}

/// What `gantry explain` says of the container: its exit status and the journal.
fn explain(scene: &Scene) -> (Option<i32>, Value) {
    let ran = scene.run("gantry", "explain --bundle ${TMP}/bundle --format json");
    assert_eq!(ran.stderr, "");
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

/// The edits of the stage, as they are shown.
#[test]
fn edits() {
    let Some(component) = component("edits") else { return };
    let scene = scene(&component);
    let before = scene.fingerprint(DOCUMENT);
    let ran = scene.run("gantry", "explain --bundle ${TMP}/bundle");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{}", ran.stdout);
    let mut text = String::new();
    for line in scene.normal(&ran.stdout).lines() {
        // How long a stage ran differs from run to run.
        let took = line.rfind(" µs)").and_then(|end| Some((line[..end].rfind(' ')?, end)));
        match took {
            Some((start, end)) => text.extend([&line[..start], " N", &line[end..]]),
            None => text += line,
        }
        text.push('\n');
    }
    assert_golden("explain/acme-count.txt", &text);
    assert_eq!(scene.fingerprint(DOCUMENT), before);
}

/// Which cards each request gets.
#[test]
fn requests() {
    const TABLE: &[(&str, &str, Option<&str>)] = &[
        ("", "", None),
        ("ACME_COUNT=", "", None),
        ("ACME_COUNT=1", "", Some("ACME_CARDS=0")),
        ("ACME_COUNT=1", "2", Some("ACME_CARDS=0,1")),
        ("ACME_COUNT=nonsense", "1", Some("ACME_CARDS=0")),
        ("", "002", Some("ACME_CARDS=0,1")),
    ];
    let Some(component) = component("requests") else { return };
    let scene = &mut scene(&component);
    for &(variable, annotation, cards) in TABLE {
        fs::write(scene.path(DOCUMENT), asking(variable, annotation)).unwrap();
        let (code, journal) = explain(scene);
        assert_eq!(code, Some(0), "{variable:?} {annotation:?}: {journal:#}");
        let edits = journal["edits"].as_array().unwrap().iter();
        let given: Vec<&str> = edits
            .filter_map(|edit| edit["after"].as_str())
            .filter(|value| value.starts_with("ACME_CARDS="))
            .collect();
        assert_eq!(given, Vec::from_iter(cards), "{variable:?} {annotation:?}");
        assert_eq!(journal["changed"], cards.is_some(), "{variable:?} {annotation:?}");
    }
}

/// What fails, and the whole error that the engine would see.
#[test]
fn refusals() {
    #[rustfmt::skip] // one line a case
    const TABLE: &[(&str, &str, &str)] = &[
        // The image's words.
        ("ACME_COUNT=3", "", "ACME_COUNT is `3`: write a number from 1 to 2"),
        ("ACME_COUNT=0", "", "ACME_COUNT is `0`: write a number from 1 to 2"),
        ("ACME_COUNT=-1", "", "ACME_COUNT is `-1`: write a number from 1 to 2"),
        ("ACME_COUNT=4294967297", "", "ACME_COUNT is `4294967297`: write a number from 1 to 2"),
        ("ACME_COUNT=1", "1 ", "annotation acme.com/count is `1 `: write a number from 1 to 2"),
        ("ACME_COUNT=ü\n\u{1b}[2J", "", "ACME_COUNT is `ü\\u{a}\\u{1b}[2J`: write a number from 1 to 2"),
    ];
    let Some(component) = component("refusals") else { return };
    let scene = scene(&component);
    for (variable, annotation, error) in TABLE {
        fs::write(scene.path(DOCUMENT), asking(variable, annotation)).unwrap();
        let (code, journal) = explain(&scene);
        let expected = json!(format!("stage \"acme-count\": {error}"));
        assert_eq!((code, &journal["error"]), (Some(1), &expected), "{variable:?} {annotation:?}");
    }
}

/// What the operator's configuration does not give.
#[test]
fn limits_and_grants() {
    #[rustfmt::skip] // one line a case
    const TABLE: &[(&str, &str, &[&str])] = &[
        ("max = 2", "max = 3", &["ACME_COUNT asks for 3 accelerators, and the host has 2", "ask for fewer"]),
        ("accelerator=*\"", "accelerator=0\"", &["not granted", "acme.com/accelerator=1", "[stages.acme-count.grants.edit] devices"]),
        ("gids = [44]", "gids = [45]", &["not granted", "44", "[stages.acme-count.grants.edit] gids"]),
        ("cdi = [\"acme.com/accelerator\"]\n", "", &["cdi-registry", "grant read.cdi to the stage"]),
        ("[\"ACME_COUNT\"]", "[\"OTHER\"]", &["not granted", "ACME_COUNT", "[stages.acme-count.grants.read] env"]),
        ("max = 2\ngid = 44", "max = 2\n[stages.acme-count.limits]\nfuel = 100", &["fuel"]),
        ("max = 2", "max = \"many\"", &["settings.max: write a whole number from 1 to 64"]),
    ];
    let Some(component) = component("limits_and_grants") else { return };
    for (from, to, says) in TABLE {
        let count = if *to == "max = 3" { "ACME_COUNT=3" } else { "ACME_COUNT=2" };
        let scene = scene(&component).file(DOCUMENT, &asking(count, ""));
        let (code, journal) = explain(&drop_in(scene, from, to));
        let error = journal["error"].as_str().unwrap_or_default();
        assert!(
            code == Some(1) && says.iter().all(|part| error.contains(part)),
            "{to}: {journal:#}"
        );
    }
}

/// A hundredth of the memory that a stage may use by default, and less of the instructions.
#[test]
fn inside_narrow_limits() {
    let Some(component) = component("inside_narrow_limits") else { return };
    let scene = drop_in(
        scene(&component),
        SETTINGS,
        "\n[stages.acme-count.limits]\nmemory = \"128KiB\"\nfuel = 20_000\n",
    );
    let (code, journal) = explain(&scene);
    assert_eq!(code, Some(0), "{journal:#}");
}

/// All that `validate` finds, each with its key.
#[test]
fn settings() {
    #[rustfmt::skip] // one line a case
    const TABLE: &[(&str, &[&str])] = &[
        ("", &[]),
        ("max = 1", &[]),
        ("gid = 4294967294\nmax = 64", &[]),
        ("max = 0", &["settings.max: write a whole number from 1 to 64"]),
        ("max = 65", &["settings.max: write a whole number from 1 to 64"]),
        ("max = -1", &["settings.max: write a whole number from 1 to 64"]),
        ("max = 2.0", &["settings.max: write a whole number from 1 to 64"]),
        ("max = \"2\"", &["settings.max: write a whole number from 1 to 64"]),
        ("max = [1, 2, { a = \"}\" }]\ngid = 1", &["settings.max: write a whole number from 1 to 64"]),
        ("gid = 4294967296", &["settings.gid: write a whole number from 1 to 4294967294"]),
        ("mx = 1\nmax = 0", &["settings.mx: unknown; there are `max` and `gid`", "settings.max: write"]),
        ("\"a \\\" b\" = { max = \"\\\\\" }", &["unknown; there are `max` and `gid`"]),
    ];
    let Some(component) = component("settings") else { return };
    for (settings, problems) in TABLE {
        let scene = drop_in(scene(&component), SETTINGS, settings);
        let report = scene.run("gantry", "config check").stdout;
        let found = report.lines().filter(|line| line.contains(": settings.")).count();
        assert_eq!(found, problems.len(), "{settings}: {report}");
        assert!(problems.iter().all(|problem| report.contains(problem)), "{settings}: {report}");
    }
}

/// What `gantry modifier inspect` reads of it: every wanted grant, each granted by the drop-in.
#[test]
fn inspected() {
    let Some(component) = component("inspected") else { return };
    let ran = scene(&component).run("gantry", "modifier inspect ${TMP}/acme-count.wasm");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{}", ran.stdout);
    let metadata: Value = serde_json::from_str(&shipped("acme-c/metadata.json")).unwrap();
    let field = |of: &Value, name: &str| of[name].as_str().unwrap().to_owned();
    let line = ["name", "version", "description"].map(|name| field(&metadata, name));
    let mut wanted = vec![format!("{} {}, a modifier: {}", line[0], line[1], line[2])];
    for want in metadata["wants"].as_array().unwrap() {
        let grant = format!("{} {}", field(want, "grant"), field(want, "pattern"));
        wanted.push(format!("{grant}: {}", field(want, "why")));
        wanted.push(format!("granted: {grant}"));
    }
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    let missing: Vec<_> = wanted.iter().filter(|line| !lines.contains(&line.as_str())).collect();
    assert!(missing.is_empty(), "not there: {missing:#?}\n{}", ran.stdout);
}

/// A container gets from the store what `explain` showed, and nothing before it is there.
#[test]
fn created() {
    let Some(component) = component("created") else { return };
    let refused = unknown(&component).create();
    let says = refused.stderr.contains("gantry modifier add");
    assert!(refused.code == Some(1) && says, "not in the store, and yet: {refused:?}");

    let scene = scene(&component);
    let (code, journal) = explain(&scene);
    assert_eq!((code, &journal["changed"]), (Some(0), &json!(true)), "{journal:#}");
    scene.create().assert_quiet("from the store");
    let written: Value = serde_json::from_str(&scene.read(DOCUMENT).unwrap()).unwrap();
    for edit in journal["edits"].as_array().unwrap() {
        let pointer = edit["pointer"].as_str().unwrap();
        assert_eq!(written.pointer(pointer), Some(&edit["after"]), "{pointer}");
    }
}

/// It can ever do what its code calls, and nothing else: no WASI, and no interface that it does not use.
#[test]
fn imports() {
    let Some(component) = component("imports") else { return };
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(&fs::read(component).unwrap()).unwrap()
    else {
        panic!("no component");
    };
    let names = |items: &mut dyn Iterator<Item = &wit_parser::WorldKey>| {
        let mut names: Vec<String> = items.map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    let of_contract = |interfaces: &[&str]| -> Vec<String> {
        interfaces.iter().map(|name| format!("gantry:modifier/{name}@0.1.0")).collect()
    };
    let world = &resolve.worlds[world];
    let imports = [
        "cdi-registry",
        "container-annotations",
        "container-env",
        "edit-devices",
        "edit-env",
        "edit-gids",
        "log",
        "types",
    ];
    assert_eq!(names(&mut world.imports.keys()), of_contract(&imports));
    assert_eq!(names(&mut world.exports.keys()), of_contract(&["settings", "stage"]));
}

/// The metadata is in the component as it is in the source, and the drop-in grants what it wants.
#[test]
fn metadata() {
    let Some(component) = component("metadata") else { return };
    let source = shipped("acme-c/metadata.json");
    let bytes = fs::read(component).unwrap();
    let section = [b"gantry:modifier-metadata", source.as_bytes()].concat();
    let found = bytes.windows(section.len()).filter(|window| *window == section).count();
    assert_eq!(found, 1, "the section is in the component {found} times");

    let metadata: Value = serde_json::from_str(&source).unwrap();
    assert_eq!((&metadata["metadata-version"], &metadata["wit"]), (&json!(1), &json!("0.1.0")));
    let config: toml::Value = toml::from_str(&shipped("acme-c/50-acme-count.toml")).unwrap();
    let mut granted = 0;
    for want in metadata["wants"].as_array().unwrap() {
        let (of, kind) = want["grant"].as_str().unwrap().split_once('.').unwrap();
        let pattern = want["pattern"].as_str().unwrap();
        let grants = &config["stages"]["acme-count"]["grants"][of][kind];
        let grants: Vec<String> = grants
            .as_array()
            .unwrap()
            .iter()
            .map(|grant| grant.as_str().map_or_else(|| grant.to_string(), ToOwned::to_owned))
            .collect();
        assert_eq!(grants, [pattern], "{want}");
        granted += 1;
    }
    assert_eq!(granted, 6);
}
