//! A hook ends, and in bounded memory, whatever it is given.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Command, Stdio};

use scene::libraries::is_skipped;
use scene::{PROGRAM, Scene, run};

/// A state whose end never comes: the deadline ends the hook, with a message.
#[test]
fn the_deadline() {
    let mut command = Command::new(PROGRAM);
    command.args(["create-symlinks", "--link", "a::/x"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"bundle\": \"/").unwrap();
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("create-symlinks: not done after 10 s"), "{told}");
    drop(input);
}

/// A hundred thousand entries, and no more address space than a small program has.
#[test]
fn many_entries() {
    let scene = Scene::new(&["d /usr/local/cuda/compat", "l /dev /usr/local/cuda/compat"]);
    let folder = scene.inside("/usr/local/cuda/compat");
    let first = folder.join("libcuda.so.900.0");
    File::create(&first).unwrap();
    for number in 1..100_000_u32 {
        // Links to one file: a file system has no end of names, and not always so many files. (Some
        // file systems limit the links to a file.)
        let name = folder.join(format!("libcuda.so.900.{number}"));
        if fs::hard_link(&first, &name).is_err() {
            File::create(name).unwrap();
        }
    }
    for hook in ["enable-cuda-compat --host-driver-version=1", "update-application-profile"] {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v 65536 && exec {PROGRAM} {hook}")]);
        let outcome = run(&mut command, scene.state().as_bytes());
        assert_eq!(outcome.code, Some(0), "{hook}: {}", outcome.stderr);
        assert!(!scene.inside("/etc").exists(), "{hook}");
    }
}

/// Configurations of a loader that are long, or slow to read: the rest is left out, and the folder is told of.
#[test]
fn long_configurations() {
    if is_skipped("update-ldcache: long configurations") {
        return;
    }
    let names: Vec<String> =
        (0..1000).map(|at| format!("f /e/{at:04}{}", "a".repeat(240))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let slow = format!("include /e/{}b\n", "*a".repeat(1900)).repeat(1000);
    // Each link leads through hundreds of directories to the next.
    let through = "d/../".repeat(680);
    let links: Vec<String> =
        (0..38).map(|at| format!("l /l/{at} /l/{through}{}", at + 1)).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).chain(["d /l/d", "d /l/38"]).collect();
    let found: Vec<String> = (0..5000).map(|at| format!("include /l/0/{at}\n")).collect();
    let distinct: Vec<String> = (0..400_000).map(|at| format!("/{at}\n")).collect();
    let cases: [(&str, &[&str], &str); 6] = [
        (
            "patterns of an empty directory",
            &["d /e"],
            &format!("include{}", " /e/*".repeat(700_000)),
        ),
        ("patterns", &[], &format!("include{}", " *".repeat(2_000_000))),
        ("names", &[], &format!("include{}", " a".repeat(2_000_000))),
        ("directories", &[], &distinct.concat()),
        ("slow patterns", &names, &slow),
        ("slow links", &links, &found.concat()),
    ];
    for (name, lines, config) in cases {
        let scene = Scene::new(&[lines, &["d /opt/gpu", "d /etc"]].concat());
        fs::write(scene.inside("/etc/ld.so.conf"), config).unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("ulimit -v 131072 && exec {PROGRAM} update-ldcache --folder=/opt/gpu"),
        ]);
        let outcome = run(&mut command, scene.state().as_bytes());
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("too much is in it"), "{name}: {}", outcome.stderr);
        let told = fs::read_to_string(scene.inside("/etc/ld.so.conf.d/00-gantry-hook.conf"));
        assert_eq!(told.unwrap(), "/opt/gpu\n", "{name}");
    }
}

/// A state of many megabytes in fields that do not matter.
#[test]
fn a_large_state() {
    let scene = Scene::new(&[]);
    let mut state = format!(r#"{{"annotations": {{"a": "{}"}}, "#, "x".repeat(12 << 20));
    state.push_str(scene.state().strip_prefix('{').unwrap());
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -v 24576 && exec {PROGRAM} create-symlinks --link a::/x")]);
    let outcome = run(&mut command, state.as_bytes());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(scene.inside("/x").is_symlink());
}
