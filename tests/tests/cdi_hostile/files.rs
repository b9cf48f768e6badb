//! Things in a spec directory that are no files: FIFOs, sockets, devices, directories, links; and
//! names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use gantry_tests::skips;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use super::{Specs, spec};

#[test]
fn a_fifo_is_not_waited_for() {
    let specs = Specs::new();
    let path = specs.path("pipe.json");
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    specs.assert_refused(&path, "no regular file");
}

#[test]
fn a_socket() {
    let specs = Specs::new();
    let path = specs.path("socket.yaml");
    let _listener = UnixListener::bind(&path).unwrap();
    specs.assert_refused(&path, "");
}

#[test]
fn a_device_file() {
    if !skips::is_root() {
        return skips::skip("a_device_file", "needs root, for mknod");
    }
    let specs = Specs::new();
    let path = specs.path("zero.json");
    let kind = FileType::CharacterDevice;
    mknodat(CWD, &path, kind, Mode::from_raw_mode(0o600), makedev(1, 5)).unwrap();
    specs.assert_refused(&path, "");
}

#[test]
fn a_directory_is_no_spec_and_no_error() {
    let specs = Specs::new();
    let path = specs.path("dir.json");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("below.json"), spec("below.com/device", "d")).unwrap();
    specs.assert_loaded(&path, 0);
}

#[test]
fn links_that_lead_to_no_spec() {
    for (target, words) in [
        ("link.json", ""),
        ("nowhere", ""),
        ("/dev/zero", "no regular file"),
        ("/dev/null", "no regular file"),
        ("/dev/tty", ""),
        ("/proc/self", "no regular file"),
        ("/proc/self/maps", ""),
        ("..", "no regular file"),
        ("pipe", "no regular file"),
        ("a-good.json/x", ""),
    ] {
        let specs = Specs::new();
        let pipe = specs.path("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let path = specs.path("link.json");
        symlink(target, &path).unwrap();
        eprintln!("{target}");
        specs.assert_refused(&path, words);
    }
}

#[test]
fn links_in_a_circle() {
    let specs = Specs::new();
    symlink("b.json", specs.path("a.json")).unwrap();
    symlink("a.json", specs.path("b.json")).unwrap();
    let loaded = specs.load();
    assert_eq!(loaded.errors.len(), 2, "{loaded:?}");
}

#[test]
fn a_link_to_a_spec_is_that_spec() {
    let specs = Specs::new();
    let target = specs.put("target", spec("linked.com/device", "d").as_bytes());
    let path = specs.path("link.json");
    symlink(target, &path).unwrap();
    specs.assert_loaded(&path, 1);
}

#[test]
fn a_file_that_may_not_be_read() {
    if skips::is_root() {
        return skips::skip("a_file_that_may_not_be_read", "root may read all files");
    }
    let specs = Specs::new();
    let path = specs.put("secret.json", spec("secret.com/device", "d").as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    specs.assert_refused(&path, "cannot read");
}

#[test]
fn names_that_are_no_text() {
    let long = [b"a".repeat(250), b".json".to_vec()].concat();
    for name in
        [&b"\xff\xfe.json"[..], b"new\nline.json", b"\x1b[2J.json", b" .yaml", b".json", &long]
    {
        let specs = Specs::new();
        let name = OsStr::from_bytes(name);
        let path = specs.put(name, spec("named.com/device", "d").as_bytes());
        specs.assert_loaded(&path, 1);
        specs.put(name, b"{");
        specs.assert_refused(&path, "");
    }
}

/// Only the two extensions count, exactly so; what editors and writers leave behind does not.
#[test]
fn names_that_are_no_specs() {
    let specs = Specs::new();
    for name in
        ["a.yml", "a.JSON", "a.json~", ".a.json.swp", "#a.json#", "a.json.tmp", "json", "yaml"]
    {
        specs.put(name, b"{");
    }
    let loaded = specs.load();
    assert!(loaded.errors.is_empty(), "{loaded:?}");
}
