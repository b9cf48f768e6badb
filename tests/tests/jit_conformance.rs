//! The recorded cases of injection just in time (`conformance/generate/jit.json`), one test each: what the reference
//! makes of a bundle with the stand-in for NVML, `gantry-runtime` makes of it. Each runs in a root directory of
//! its own, since fixed paths are looked at: that needs root, and a C compiler for the stand-in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the cases are ours"
)]

use std::fs;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use gantry_tests::chroot::{Base, HIDDEN};
use gantry_tests::compare::CdiHooks;
use gantry_tests::entries::lay_out;
use gantry_tests::programs::{installed, program, workspace};
use gantry_tests::recorded::{Outcome, compare, strings};
use gantry_tests::scene::Scene;
use gantry_tests::skips::{is_root, skip};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use toml::Table;

const CASES: &str = include_str!("../conformance/generate/jit.json");
/// The stand-in for NVML among the programs.
const NVML: &str = "standin.so";
/// A low-level runtime that writes down its arguments, for a root without `/bin/sh`.
const LOW_LEVEL: &str =
    "#!/.c/sh\nfor one; do printf '%s\\0' \"$one\"; done > \"${GANTRY_TEST_RECORD:?}\"\n";

fn main() -> ExitCode {
    if let Some(reason) = missing() {
        skip("jit_conformance", reason);
        return ExitCode::SUCCESS;
    }
    let base = Arc::new(base());
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let trial = |case: &Value| {
        let name = case["name"].as_str().unwrap().to_owned();
        let (base, case) = (Arc::clone(&base), case.clone());
        Trial::test(name, move || run(&base, &case))
    };
    let trials = cases["cases"].as_array().unwrap().iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What is needed and not here.
fn missing() -> Option<&'static str> {
    let has = |name| installed(name).is_some();
    match () {
        () if !is_root() => Some("a root directory of its own needs root"),
        () if !has("cc") => Some("there is no C compiler for the stand-in for NVML"),
        () if !has("chroot") || !has("ldd") => Some("there is no chroot, or no ldd"),
        () => None,
    }
}

/// The programs, the stand-in and the low-level runtime.
fn base() -> Base {
    let base = Base::new(&["gantry-runtime", "gantry-nvml"].map(program)).unwrap();
    base.add("low-level", LOW_LEVEL.as_bytes()).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-fvisibility=hidden"])
        .args(["-Wl,-soname,libnvidia-ml.so.1", "-o"])
        .arg(base.path(NVML))
        .arg(workspace().join("tests/nvml/standin.c"))
        .status();
    assert!(built.unwrap().success(), "cc");
    base
}

/// A case's root, bundle, and configuration of the toolkit.
fn prepare(base: &Base, case: &Value) -> Result<(Scene, Value), Failed> {
    let scene = Scene::new();
    for folder in ["bundle", "cdi", "etc", "home"] {
        fs::remove_dir_all(scene.path(folder))?;
    }
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let expanded = case
        .to_string()
        .replace("${LOWRT}", &format!("{HIDDEN}/low-level"))
        .replace("${BUNDLE}", "/bundle")
        .replace("${CDI}", "/cdi")
        .replace("${ROOT}", "/root")
        .replace("${KERNEL}", &kernel);
    let case: Value = serde_json::from_str(&expanded)?;
    let nvml = base.path(NVML);
    base.root(&scene.path(""))?;
    lay_out(&scene.path(""), &case["host"], Some(&nvml))?;
    lay_out(&scene.path("root"), &case["root"], Some(&nvml))?;
    let mut scene = scene
        .file("gantry/toolkit.toml", case["config"].as_str().unwrap())
        .file("bundle/config.json", &case["bundle"].to_string())
        .variable("GANTRY_CONFIG", "/gantry/config.toml")
        .variable("GANTRY_TEST_RECORD", "/record")
        .variable("LD_LIBRARY_PATH", HIDDEN);
    for (name, spec) in case["cdi"].as_object().into_iter().flatten() {
        let text = spec.as_str().map_or_else(|| spec.to_string(), Into::into);
        scene = scene.file(&format!("cdi/{name}"), &text);
    }
    if let Some(lines) = case["inventory_lines"].as_str().filter(|_| !case["inventory"].is_null()) {
        scene = scene.file("gantry/inventory", lines).variable("NVML_STANDIN", "/gantry/inventory");
    }
    Ok((scene, case))
}

fn run(base: &Base, case: &Value) -> Result<(), Failed> {
    let (mut scene, case) = prepare(base, case)?;
    let before = scene.fingerprint("bundle/config.json");
    let mut ran = Scene::new()
        .file("toolkit.toml", case["config"].as_str().unwrap())
        .run("gantry", "config from-nvidia ${TMP}/toolkit.toml");
    // A configuration that cannot be honoured ends here, and no container is ever made.
    if ran.code == Some(0) {
        // There is no /proc to tell which program runs, and so what is beside it.
        let mut config: Table = ran.stdout.parse()?;
        let host = config.entry("host").or_insert_with(|| Table::new().into());
        let host = host.as_table_mut().ok_or("a table")?;
        host.insert("gpu-reader".into(), format!("{HIDDEN}/gantry-nvml").into());
        scene = scene.file("gantry/config.toml", &toml::to_string(&config)?);
        let mut command = scene.command_in_root(&format!("{HIDDEN}/gantry-runtime"));
        command.args(strings(&case["argv"]));
        ran = scene.ran(&mut command);
    }
    let is_about_the_program =
        case["name"].as_str().is_some_and(|name| name.starts_with("jit-hook-program-"));
    let hooks = if is_about_the_program { CdiHooks::WithProgram } else { CdiHooks::ByArguments };
    Ok(compare(&scene, &case, &Outcome { before, ran: &ran, hooks })?)
}
