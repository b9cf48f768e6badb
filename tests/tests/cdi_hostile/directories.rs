//! Spec directories that are none, or too many things: each is told, and the others serve.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use gantry_tests::{loads, skips};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{PROGRAM, Specs, TOLD, assert_serves, spec};

/// Loads the directory at each end of a good one; what is said of it.
fn state(specs: &Specs, bad: &Path) -> String {
    let dirs = [bad.to_owned(), specs.dir(), bad.to_owned()];
    let loaded = loads::load(PROGRAM, &dirs);
    assert_serves(&loaded);
    assert!(loaded.errors.is_empty(), "{loaded:?}");
    assert_eq!(loaded.directories[&*specs.dir().to_string_lossy()], "read");
    let state = loaded.directories[&*bad.to_string_lossy()].clone();
    let told = loaded.unresolved.contains(&*bad.to_string_lossy());
    assert!(told || state == "read", "{}", loaded.unresolved);
    state
}

#[test]
fn no_directory() {
    let specs = Specs::new();
    let at = |name: &str| specs.tmp.path().join(name);
    fs::write(at("file"), "{}").unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("file", at("to-file")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    for (bad, words) in [
        (at("missing"), "missing"),
        (at("missing/below"), "missing"),
        (at("dangling"), "missing"),
        (at("file"), "cannot read"),
        (at("file/below"), "cannot read"),
        (at("to-file"), "cannot read"),
        (at("loop"), "cannot read"),
        (at("loop/below"), "cannot read"),
        (at("pipe"), "cannot read"),
        (PathBuf::from("/dev/zero"), "cannot read"),
        (at(&"a".repeat(300)), "cannot read"),
        (PathBuf::from(format!("/{}", "a/".repeat(4000))), "cannot read"),
    ] {
        let state = state(&specs, &bad);
        assert!(state.starts_with(words), "{}: {state}", bad.display());
    }
}

#[test]
fn a_directory_that_may_not_be_read() {
    if skips::is_root() {
        return skips::skip("a_directory_that_may_not_be_read", "root may read all directories");
    }
    let specs = Specs::new();
    let bad = specs.tmp.path().join("secret");
    fs::create_dir(&bad).unwrap();
    fs::set_permissions(&bad, fs::Permissions::from_mode(0o0)).unwrap();
    assert!(state(&specs, &bad).starts_with("cannot read"));
}

#[test]
fn a_link_to_a_directory_is_that_directory() {
    let specs = Specs::new();
    let other = specs.tmp.path().join("other");
    fs::create_dir(&other).unwrap();
    symlink("other", specs.tmp.path().join("link")).unwrap();
    assert_eq!(state(&specs, &specs.tmp.path().join("link")), "read");
}

#[test]
fn twenty_thousand_entries() {
    const FILES: usize = 10_000;

    let specs = Specs::new();
    for i in 0..FILES {
        specs.put(format!("n{i}.json"), spec("many.com/device", &format!("d{i}")).as_bytes());
        specs.put(format!("n{i}.txt"), b"");
    }
    let bad = specs.put("m.json", b"{");
    let loaded = specs.load();
    assert_eq!(loaded.devices.len(), 2 + FILES);
    assert_eq!(loaded.errors.len(), 1);
    assert!(!loaded.error(&bad).is_empty());
}

#[test]
fn thousands_of_bad_files() {
    const FILES: usize = 5_000;

    let specs = Specs::new();
    for i in 0..FILES {
        specs.put(format!("bad{i}.yaml"), b"kind: [\n");
    }
    let loaded = specs.load();
    assert_eq!(loaded.errors.len(), FILES);
}

/// Each of many files defines one device: none wins, and what is said of it stays short.
#[test]
fn thousands_of_conflicts() {
    const FILES: usize = 10_000;

    let specs = Specs::new();
    for i in 0..FILES {
        specs.put(format!("same{i}.json"), spec("same.com/device", "d").as_bytes());
    }
    let loaded = specs.load();
    assert_eq!(loaded.devices.len(), 2);
    assert_eq!(loaded.errors.len(), FILES);
    assert!(loaded.errors.values().all(|errors| errors.concat().len() < TOLD));
}
