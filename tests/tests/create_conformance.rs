//! The recorded cases of the create path (`conformance/create/cases.json`), one test each: what the reference runtime
//! makes of a bundle, `gantry-runtime` makes of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the cases are ours"
)]

#[path = "create_conformance/grants.rs"]
mod grants;

use std::fs;

use gantry_tests::compare::CdiHooks;
use gantry_tests::entries::{lay_out, needs_root};
use gantry_tests::recorded::{Outcome, compare, strings};
use gantry_tests::scene::{Scene, low_level};
use gantry_tests::skips::is_root;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

const CASES: &str = include_str!("../conformance/create/cases.json");

fn main() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let mut trials: Vec<Trial> = cases["cases"].as_array().unwrap().iter().map(trial).collect();
    let needed = move || grants::all_are_needed(&cases);
    trials.push(for_root(Trial::test("each grant is needed", needed), true));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(case: &Value) -> Trial {
    let name = case["name"].as_str().unwrap().to_owned();
    let nodes = needs_root(&case["root"]);
    let case = case.clone();
    for_root(Trial::test(name, move || run(&case)), nodes)
}

/// A test that is left out, with a word, where it makes device nodes and we are not root.
fn for_root(trial: Trial, makes_nodes: bool) -> Trial {
    if !makes_nodes || is_root() {
        return trial;
    }
    eprintln!("SKIPPED create_conformance {}: device nodes need root", trial.name());
    trial.with_ignored_flag(true)
}

/// A case's host, bundle and configuration of the toolkit.
fn prepare(case: &Value) -> Result<(Scene, Value), Failed> {
    let scene = Scene::new();
    fs::remove_file(scene.path("cdi/vendor.json"))?;
    let expand = |text: &str| {
        scene
            .expand(text)
            .replace("${LOWRT}", &low_level().display().to_string())
            .replace("${BUNDLE}", &scene.path("bundle").display().to_string())
            .replace("${CDI}", &scene.path("cdi").display().to_string())
            .replace("${ROOT}", &scene.path("root").display().to_string())
    };
    let case: Value = serde_json::from_str(&expand(&case.to_string()))?;

    make_files(&scene, &case)?;
    let scene = scene
        .file("toolkit.toml", case["config"].as_str().unwrap())
        .file("bundle/config.json", &case["bundle"].to_string());
    Ok((scene, case))
}

fn run(case: &Value) -> Result<(), Failed> {
    let (mut scene, case) = prepare(case)?;
    let before = scene.fingerprint("bundle/config.json");
    let mut ran = scene.run("gantry", "config from-nvidia ${TMP}/toolkit.toml");
    // A configuration that cannot be honoured ends here, and no container is ever made.
    if ran.code == Some(0) {
        scene = scene.file("etc/config.toml", &ran.stdout);
        let mut command = scene.command("gantry-runtime");
        command.args(strings(&case["argv"]));
        ran = scene.ran(&mut command);
    }
    let outcome = Outcome { before, ran: &ran, hooks: CdiHooks::ByArguments };
    Ok(compare(&scene, &case, &outcome)?)
}

/// Makes the case's specs and its driver root.
fn make_files(scene: &Scene, case: &Value) -> Result<(), Failed> {
    for (name, spec) in case["cdi"].as_object().into_iter().flatten() {
        let text = spec.as_str().map_or_else(|| spec.to_string(), Into::into);
        let path = scene.path("cdi").join(name);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)?;
    }
    Ok(lay_out(&scene.path("root"), &case["root"], None)?)
}
