//! Containers made by the engines that people run, with `gantry-runtime` in the place of `runc`, seen from inside. Each
//! engine is started by the test, in a temporary directory. They need root, the engine, and a static busybox.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "engines/containerd.rs"]
mod containerd;
#[path = "engines/docker.rs"]
mod docker;
#[path = "engines/image.rs"]
mod image;
#[path = "engines/podman.rs"]
mod podman;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use gantry_tests::programs::{example_c, installed, program, workspace};
use gantry_tests::scene::Scene;
use gantry_tests::skips::{is_root, skip};

/// One device, as an operator would have it.
const SPEC: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/card",
  "devices": [{
    "name": "0",
    "containerEdits": {
      "env": ["ACME_CARD=0"],
      "deviceNodes": [{ "path": "/dev/acme0", "hostPath": "/dev/zero" }],
      "mounts": [{ "hostPath": "${TMP}/host", "containerPath": "/opt/acme", "options": ["ro", "rbind"] }]
    }
  }]
}
"#;

/// What a container with the device says of it.
const SHOW: &str =
    "head -c 2 /dev/acme0 | od -An -tx1; echo card $ACME_CARD; cat /opt/acme/firmware";
const SEEN: &str = " 00 00\ncard 0\nfirmware 4.2\n";

/// An engine that runs.
trait Engine {
    const NAME: &'static str;

    /// Starts it in the scene's directory, with [`image::NAME`] in its store; or why it cannot be.
    fn start(scene: &Scene, image: &Path) -> Result<Self, String>
    where
        Self: Sized;

    /// Runs a script in a container made by that low-level runtime, with these variables.
    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output;
}

/// Makes tests of each of these functions with each engine.
macro_rules! with_each_engine {
    ($($test:ident)*) => {
        mod with_docker {
            $(#[test] fn $test() { super::check::<super::docker::Docker>(stringify!($test), super::$test); })*
        }
        mod with_podman {
            $(#[test] fn $test() { super::check::<super::podman::Podman>(stringify!($test), super::$test); })*
        }
        mod with_containerd {
            $(#[test] fn $test() { super::check::<super::containerd::Containerd>(stringify!($test), super::$test); })*
        }
    };
}

with_each_engine! {
    a_device_is_there_and_an_error_reaches_the_person
    a_vendors_stage_decides
}

fn check<E: Engine>(test: &str, body: fn(&Scene, &E)) {
    match started::<E>() {
        Ok((scene, engine)) => body(&scene, &engine),
        Err(why) => skip(&format!("engines::with_{}::{test}", E::NAME), &why),
    }
}

fn started<E: Engine>() -> Result<(Scene, E), String> {
    if !is_root() {
        return Err(format!("{} needs root here", E::NAME));
    }
    let runc = installed("runc").ok_or("runc is not installed")?;
    let scene = Scene::new()
        .file(
            "etc/config.toml",
            &format!("[runtime]\nlow-level = [{runc:?}]\n[store]\ndir = \"${{TMP}}/store\"\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]\n"),
        )
        .file("cdi/acme.json", SPEC)
        .file("host/firmware", "firmware 4.2\n");
    // Engines do not hand their environment on.
    let call = format!(
        "#!/bin/sh\nGANTRY_CONFIG=${{TMP}}/etc/config.toml exec {} \"$@\"\n",
        program("gantry-runtime").display()
    );
    let scene = scene.script("gantry", &call);
    let image = image::tar(&scene)?;
    let engine = E::start(&scene, &image)?;
    let alone = engine.run(&runc, &[], "echo works");
    if alone.stdout != b"works\n" {
        let why = String::from_utf8_lossy(&alone.stderr);
        return Err(format!("{} with runc makes no container here: {}", E::NAME, why.trim()));
    }
    Ok((scene, engine))
}

fn a_device_is_there_and_an_error_reaches_the_person<E: Engine>(scene: &Scene, engine: &E) {
    let gantry = scene.path("gantry");
    let ran = engine.run(&gantry, &["NVIDIA_VISIBLE_DEVICES=acme.com/card=0"], SHOW);
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(
        (ran.status.code(), String::from_utf8_lossy(&ran.stdout).as_ref()),
        (Some(0), SEEN),
        "{stderr}"
    );
    // What asks for nothing gets nothing.
    let ran =
        engine.run(&gantry, &["NVIDIA_VISIBLE_DEVICES=void"], "ls /opt/acme; echo card $ACME_CARD");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "card\n");
    let ran = engine.run(&gantry, &["NVIDIA_VISIBLE_DEVICES=acme.com/card=9"], "echo must not run");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_ne!(ran.status.code(), Some(0), "{stderr}");
    assert!(ran.stdout.is_empty());
    for part in ["stage \"cdi\"", "acme.com/card=9", "near: acme.com/card=0"] {
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
}

/// A vendor ships a file, the operator adds and enables it, and nothing is recompiled.
fn a_vendors_stage_decides<E: Engine>(scene: &Scene, engine: &E) {
    let Some(component) = example_c() else {
        let test = format!("engines::with_{}::a_vendors_stage_decides", E::NAME);
        return skip(&test, "no clang with a linker for wasm has built the modifier");
    };
    let shipped =
        |name: &str| std::fs::read_to_string(workspace().join("examples").join(name)).unwrap();
    let write = |name: &str, text: &str| {
        let path = scene.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, scene.expand(text)).unwrap();
    };
    std::fs::copy(component, scene.path("acme-count.wasm")).unwrap();
    let drop_in = shipped("acme-c/50-acme-count.toml");
    let drop_in = drop_in.replace("/usr/lib/gantry/modifiers", "${TMP}");
    write("etc/conf.d/50-acme-count.toml", &drop_in);
    write("cdi/acme.cdi.json", &shipped("acme/acme.cdi.json"));
    let gantry = scene.path("gantry");
    let show = "echo cards $ACME_CARDS driver $ACME_DRIVER";
    let seen = |what: &str| {
        let ran = engine.run(&gantry, &["ACME_COUNT=2", "NVIDIA_VISIBLE_DEVICES=void"], show);
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(0), "{what}: {stderr}");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert_eq!(seen("inert"), "cards driver\n");
    let added = scene.run("gantry", "modifier add ${TMP}/acme-count.wasm");
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let enabled = scene.run("gantry", "config enable acme-count --yes");
    assert_eq!(enabled.code, Some(0), "{}", enabled.stderr);
    assert_eq!(seen("enabled"), "cards 0,1 driver 1.0\n");
    // What the modifier refuses, and why, is what the person reads.
    let ran = engine.run(&gantry, &["ACME_COUNT=none of them"], "echo must not run");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_ne!(ran.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("stage \"acme-count\"") && stderr.contains("ACME_COUNT"), "{stderr}");
}

/// Waits until a program that was started answers.
fn until_it_answers(what: &str, mut ask: impl FnMut() -> Command) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = ask().output().map_err(|error| format!("{what}: {error}"))?;
        if answer.status.success() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let why = String::from_utf8_lossy(&answer.stderr);
            return Err(format!("{what} does not start here: {}", why.trim()));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The output of a command that must succeed for the engine to be used.
fn done(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
