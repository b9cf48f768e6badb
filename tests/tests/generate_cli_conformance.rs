//! The recorded cases of making specs (`conformance/generate/generate.json`), one test each: what the reference makes of
//! a host with the stand-in for NVML, `gantry cdi generate` makes of it. Each runs in a root directory of its own,
//! since fixed paths are looked at: that needs root, and a C compiler for the stand-in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the cases are ours"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;
use std::sync::Arc;

use gantry::cdi::{Format, Spec};
use gantry_tests::chroot::{Base, HIDDEN};
use gantry_tests::entries::lay_out;
use gantry_tests::nvml::library;
use gantry_tests::programs::{installed, program};
use gantry_tests::recorded::{difference, strings};
use gantry_tests::scene::Scene;
use gantry_tests::skips::{is_root, skip};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

const CASES: &str = include_str!("../conformance/generate/generate.json");
/// What this is called where it is skipped.
const NAME: &str = "generate_cli_conformance";
/// The stand-in for NVML among the programs.
const NVML: &str = "standin.so";
/// What was asked of the reference's own programs, ours does.
const CONFIG: &str = "[host]\ngpu-reader = \"/.c/gantry-nvml\"\ngpu-cache = \"\"\n";

fn main() -> ExitCode {
    let missing = match () {
        () if !is_root() => Some("a root directory of its own needs root"),
        () if installed("chroot").is_none() || installed("ldd").is_none() => {
            Some("there is no chroot, or no ldd")
        }
        () => None,
    };
    if let Some(reason) = missing {
        skip(NAME, reason);
        return ExitCode::SUCCESS;
    }
    let Some(nvml) = library(NAME) else { return ExitCode::SUCCESS };
    let base = Base::new(&["gantry", "gantry-nvml"].map(program)).unwrap();
    base.add(NVML, &fs::read(nvml).unwrap()).unwrap();
    let base = Arc::new(base);
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let trial = |case: &Value| {
        let name = case["name"].as_str().unwrap().to_owned();
        let (base, case) = (Arc::clone(&base), case.clone());
        Trial::test(name, move || run(&base, &case))
    };
    let trials = cases["cases"].as_array().unwrap().iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A case's root directory, and the case with its texts as they are there.
fn prepare(base: &Base, case: &Value) -> Result<(Scene, Value), Failed> {
    let mut scene = Scene::new();
    for folder in ["bundle", "cdi", "etc", "home"] {
        fs::remove_dir_all(scene.path(folder))?;
    }
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let expanded = case
        .to_string()
        .replace("${OUT}", "/out")
        .replace("${ROOT}", "/root")
        .replace("${KERNEL}", &kernel);
    let case: Value = serde_json::from_str(&expanded)?;
    let nvml = base.path(NVML);
    base.root(&scene.path(""))?;
    lay_out(&scene.path(""), &case["host"], Some(&nvml))?;
    lay_out(&scene.path("root"), &case["root"], Some(&nvml))?;
    fs::create_dir_all(scene.path("out"))?;
    fs::create_dir_all(scene.path("root"))?;
    for (name, text) in case["out"].as_object().into_iter().flatten() {
        scene = scene.file(&format!("out/{name}"), text.as_str().unwrap());
    }
    scene = scene
        .file("gantry/config.toml", CONFIG)
        .variable("GANTRY_CONFIG", "/gantry/config.toml")
        .variable("LD_LIBRARY_PATH", HIDDEN);
    for (name, value) in case["env"].as_object().into_iter().flatten() {
        scene = scene.variable(name, value.as_str().unwrap());
    }
    if let Some(lines) = case["inventory_lines"].as_str().filter(|_| !case["inventory"].is_null()) {
        scene = scene.file("gantry/inventory", lines).variable("NVML_STANDIN", "/gantry/inventory");
    }
    Ok((scene, case))
}

fn run(base: &Base, case: &Value) -> Result<(), Failed> {
    let (scene, case) = prepare(base, case)?;
    let before = files(&scene)?;
    let mut command = scene.command_in_root(&format!("{HIDDEN}/gantry"));
    let ran = scene.ran(command.args(strings(&case["argv"])));
    let notes = [&case["expect_note"], &case["remark"]];
    let note = notes.iter().find_map(|note| note.as_str()).unwrap_or_default();
    let failure = |what: &str| {
        Err(Failed::from(format!("{what}\n{note}\nexit {:?}, stderr: {}", ran.code, ran.stderr)))
    };
    let failed = ran.code != Some(0);
    if ran.code.is_none_or(|code| code > 4) || failed != (case["expect"]["exit"] == 1) {
        return failure(&format!("exit {} was expected", case["expect"]["exit"]));
    }
    if failed && (ran.stderr.is_empty() || !ran.stdout.is_empty()) {
        return failure("one says why, and prints nothing else");
    }
    let mut after = files(&scene)?;
    after.retain(|name, file| before.get(name) != Some(file));
    let mut got = printed(&ran.stdout)?;
    for (name, (text, mode)) in after {
        let format = Format::of_path(name.as_ref()).unwrap_or(Format::Yaml);
        let mut one = spec(&text, format)?;
        one["mode"] = format!("{mode:#o}").into();
        got.insert(name, one);
    }
    let with_program = case["name"].as_str().unwrap().starts_with("gen-hook-");
    let wanted = case["expect"]["specs"].as_object().cloned().unwrap_or_default();
    let wanted = compared(json!(wanted), with_program);
    let got = compared(json!(got), with_program);
    if wanted != got {
        return failure(&difference("", &wanted, &got));
    }
    Ok(())
}

/// The files in `/out`, with their modes.
fn files(scene: &Scene) -> Result<BTreeMap<String, (String, u32)>, Failed> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(scene.path("out"))? {
        let entry = entry?;
        let mode = entry.metadata()?.permissions().mode() & 0o7777;
        let text = fs::read_to_string(entry.path())?;
        files.insert(entry.file_name().into_string().unwrap(), (text, mode));
    }
    Ok(files)
}

/// The specs on stdout, by the names that the cases have for them.
fn printed(stdout: &str) -> Result<BTreeMap<String, Value>, Failed> {
    let specs: Vec<Value> = if stdout.starts_with('{') {
        let values = serde_json::Deserializer::from_str(stdout).into_iter::<Value>();
        values
            .map(|value| spec(&value?.to_string(), Format::Json))
            .collect::<Result<_, Failed>>()?
    } else {
        let documents = stdout.split("---\n").filter(|text| !text.is_empty());
        documents.map(|text| spec(text, Format::Yaml)).collect::<Result<_, Failed>>()?
    };
    let name = |index| if index == 0 { "stdout".to_owned() } else { format!("stdout.{index}") };
    Ok(specs.into_iter().enumerate().map(|(index, spec)| (name(index), spec)).collect())
}

fn spec(text: &str, format: Format) -> Result<Value, Failed> {
    let notation = if format == Format::Json { "json" } else { "yaml" };
    let (spec, _) = Spec::parse(text.as_bytes(), format).map_err(|error| error.to_string())?;
    Ok(json!({ "notation": notation, "spec": spec }))
}

/// Leaves of hooks what is compared: the subcommand and its arguments, and in some cases the program.
fn compared(mut specs: Value, with_program: bool) -> Value {
    if with_program {
        return specs;
    }
    for file in specs.as_object_mut().unwrap().values_mut() {
        let spec = &mut file["spec"];
        let mut all = vec![spec["containerEdits"].take()];
        for device in spec["devices"].as_array_mut().into_iter().flatten() {
            all.push(device["containerEdits"].take());
        }
        for hook in all.iter_mut().filter_map(|edits| edits["hooks"].as_array_mut()).flatten() {
            let program = hook["path"].take();
            let own =
                1 + usize::from(program.as_str().is_some_and(|path| path.ends_with("/nvidia-ctk")));
            hook["args"] =
                hook["args"].as_array().into_iter().flatten().skip(own).cloned().collect();
        }
        file["edits"] = all.into();
    }
    specs
}
