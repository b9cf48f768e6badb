//! The recorded cases of the create path (`conformance/create/cases.json`), one test each: what the reference runtime
//! makes of a bundle, `gantry-runtime` makes of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the cases are ours"
)]

#[path = "create_conformance/compare.rs"]
mod compare;
#[path = "create_conformance/grants.rs"]
mod grants;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

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
    let nodes = case["root"].as_array().into_iter().flatten().any(|entry| entry[0] == "c");
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

    lay_out(&scene, &case)?;
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
    let after = scene.fingerprint("bundle/config.json");

    let expect = &case["expect"];
    let failure = |what: &str| {
        let note = expect["expect_note"].as_str().or(case["expect_note"].as_str()).unwrap_or("");
        Failed::from(format!("{what}\n{note}\nexit {:?}, stderr: {}", ran.code, ran.stderr))
    };
    if ran.code.map(i64::from) != expect["exit"].as_i64() {
        return Err(failure(&format!("exit {} was expected", expect["exit"])));
    }
    let called = expect["lowlevel_argv"].as_array().map(|_| strings(&expect["lowlevel_argv"]));
    if ran.called != called {
        return Err(failure(&format!("low-level runtime: {:?}, not {called:?}", ran.called)));
    }
    if ran.code == Some(0) && !(ran.stdout.is_empty() && ran.stderr.is_empty()) {
        return Err(failure("it was not silent"));
    }
    let unchanged = ran.code != Some(0) || expect["config"] == case["bundle"];
    if unchanged && before != after {
        return Err(failure("config.json was touched"));
    }
    if ran.code == Some(0) {
        let text = scene.read("bundle/config.json").unwrap_or_default();
        let (ours, theirs) = (serde_json::from_str(&text)?, expect["config"].clone());
        let (ours, theirs) = (compare::normal(ours), compare::normal(theirs));
        if ours != theirs {
            return Err(failure(&format!("config.json\n  wanted {theirs}\n  got    {ours}")));
        }
    }
    Ok(())
}

/// Makes the case's specs and its driver root.
fn lay_out(scene: &Scene, case: &Value) -> Result<(), Failed> {
    let write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)
    };
    for (name, spec) in case["cdi"].as_object().into_iter().flatten() {
        let text = spec.as_str().map_or_else(|| spec.to_string(), Into::into);
        write(&scene.path("cdi").join(name), &text)?;
    }
    for entry in case["root"].as_array().into_iter().flatten() {
        let words = strings(entry);
        let path = scene.path("root").join(words[1].trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap())?;
        match words[0].as_str() {
            "f" => write(&path, &words[2])?,
            "l" => std::os::unix::fs::symlink(&words[2], &path)?,
            "d" => fs::create_dir_all(&path)?,
            // Needs root, as the caller made sure of.
            "c" => {
                let number = |index: usize| u32::try_from(entry[index].as_u64().unwrap()).unwrap();
                let (kind, mode) = (rustix::fs::FileType::CharacterDevice, 0o666.into());
                let device = rustix::fs::makedev(number(2), number(3));
                rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, device)?;
                // Whatever the umask.
                fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
            }
            other => return Err(format!("unknown kind of file {other:?}").into()),
        }
    }
    Ok(())
}

fn strings(list: &Value) -> Vec<String> {
    let text = |item: &Value| item.as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}
