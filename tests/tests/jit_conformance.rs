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
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use gantry_tests::chroot::{Base, HIDDEN};
use gantry_tests::compare::CdiHooks;
use gantry_tests::entries::lay_out;
use gantry_tests::nvml;
use gantry_tests::programs::{installed, program};
use gantry_tests::recorded::{Outcome, compare, strings};
use gantry_tests::scene::{Ran, Scene};
use gantry_tests::skips::{is_root, skip};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

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
    let Some(library) = nvml::library("jit_conformance") else { return ExitCode::SUCCESS };
    let base = Arc::new(base(&library));
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let trial = |case: &Value| {
        let name = case["name"].as_str().unwrap().to_owned();
        let (base, case) = (Arc::clone(&base), case.clone());
        Trial::test(name, move || run(&base, &case))
    };
    let mut trials: Vec<Trial> = cases["cases"].as_array().unwrap().iter().map(trial).collect();
    let first = cases["cases"][0].clone();
    trials.push(Trial::test("a known host is not asked again", move || known(&base, &first)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What is needed and not here.
fn missing() -> Option<&'static str> {
    let has = |name| installed(name).is_some();
    match () {
        () if !is_root() => Some("a root directory of its own needs root"),
        () if !["chroot", "ldd", "mount", "unshare"].into_iter().all(has) => {
            Some("there is no chroot, ldd, mount or unshare")
        }
        () => None,
    }
}

/// The programs, the stand-in and the low-level runtime.
fn base(library: &Path) -> Base {
    let base = Base::new(&["gantry", "gantry-runtime", "gantry-nvml"].map(program)).unwrap();
    base.add("low-level", LOW_LEVEL.as_bytes()).unwrap();
    base.add(NVML, &fs::read(library).unwrap()).unwrap();
    base
}

/// The second container on an unchanged host is created without NVML; on a changed one, with it.
fn known(base: &Base, case: &Value) -> Result<(), Failed> {
    let (scene, case) = prepare(base, case)?;
    let files = json!([
        ["f", "/proc/driver/nvidia/version", "575.57.08"],
        ["d", "/proc/driver/nvidia/gpus/0000:41:00.0"],
        ["d", "/proc/driver/nvidia/gpus/0000:42:00.0"],
        ["d", "/sys/bus/pci/devices/0000:41:00.0"],
        ["d", "/sys/bus/pci/devices/0000:42:00.0"],
        ["d", "/sys/module/nvidia"],
    ]);
    lay_out(&scene.path(""), &files, None)?;
    // Files of its own: another link to one, as other tests make, is a change. Another process copies them,
    // since a program that is open for writing here could not be executed.
    let library = "root/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.575.57.08";
    for file in [".c/gantry-nvml", library].map(|file| scene.path(file)) {
        let script = "cp -p \"$0\" \"$0.own\" && mv \"$0.own\" \"$0\"";
        let copied = Command::new("sh").args(["-c", script]).arg(file).status()?;
        assert!(copied.success(), "cp");
    }
    let mut scene = configured(scene)?.variable("NVML_STANDIN_TRACE", "/gantry/trace");
    let (mut asked, mut made) = (Vec::new(), Vec::new());
    for change in ["", "", "proc/driver/nvidia/version", ""] {
        if !change.is_empty() {
            scene = scene.file(change, "575.57.09");
        }
        scene = scene.file("bundle/config.json", &case["bundle"].to_string());
        create(&scene, &case).assert_quiet(change);
        asked.push(fs::remove_file(scene.path("gantry/trace")).is_ok());
        made.push(scene.read("bundle/config.json"));
    }
    if asked != [true, false, true, false] {
        return Err(format!("NVML was asked: {asked:?}").into());
    }
    if made.iter().any(|one| *one != made[0]) {
        return Err("what is remembered makes something else".into());
    }
    Ok(())
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

/// The configuration that the case's becomes, on its own host: programs are looked for there.
fn configured(scene: Scene) -> Result<Scene, Failed> {
    let mut command = scene.command_in_root(&format!("{HIDDEN}/gantry"));
    let translated = scene.ran(command.args(["config", "from-nvidia", "/gantry/toolkit.toml"]));
    if translated.code != Some(0) {
        return Err(format!("from-nvidia: {}", translated.stderr).into());
    }
    Ok(scene.file("gantry/config.toml", &translated.stdout))
}

fn create(scene: &Scene, case: &Value) -> Ran {
    let mut command = scene.command_in_root(&format!("{HIDDEN}/gantry-runtime"));
    scene.ran(command.args(strings(&case["argv"])))
}

fn run(base: &Base, case: &Value) -> Result<(), Failed> {
    let (mut scene, case) = prepare(base, case)?;
    let before = scene.fingerprint("bundle/config.json");
    scene = configured(scene)?;
    let ran = create(&scene, &case);
    let is_about_the_program =
        case["name"].as_str().is_some_and(|name| name.starts_with("jit-hook-program-"));
    let hooks = if is_about_the_program { CdiHooks::WithProgram } else { CdiHooks::ByArguments };
    Ok(compare(&scene, &case, &Outcome { before, ran: &ran, hooks })?)
}
