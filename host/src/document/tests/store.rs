//! The bundle on disk: what is read, what is left alone, and what a write leaves behind.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::super::replace::write_in_place;
use super::super::{Bundle, Document, Edit, StoreError, Stored};

const TEXT: &str = "{\"x\": 1e400}\n";
const EDITED: &str = "{\"x\": 1e400,\"process\": {\"env\":[\"A=1\"]}}\n";

fn bundle() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("config.json"), TEXT).unwrap();
    directory
}

fn edited(bundle: &Bundle) -> Document {
    let mut document = bundle.document().clone();
    document.apply(&Edit::SetEnv { name: "A".to_owned(), value: "1".to_owned() }).unwrap();
    document
}

fn text(directory: &Path) -> String {
    fs::read_to_string(directory.join("config.json")).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn is_left_alone_when_nothing_changed() {
    let directory = bundle();
    let path = directory.path().join("config.json");
    let before = fs::metadata(&path).unwrap();
    let mut bundle = Bundle::open(directory.path()).unwrap();
    let same = bundle.document().clone();
    assert_eq!(bundle.store(&same).unwrap(), Stored::Unchanged);
    let after = fs::metadata(&path).unwrap();
    assert_eq!((before.ino(), before.ctime_nsec()), (after.ino(), after.ctime_nsec()));
}

#[test]
fn is_replaced_with_the_same_mode_and_owner() {
    let directory = bundle();
    let path = directory.path().join("config.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4640)).unwrap();
    // Only root may give a file away.
    let _ = std::os::unix::fs::chown(&path, Some(1234), Some(4321));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4640)).unwrap();
    let before = fs::metadata(&path).unwrap();
    let mut bundle = Bundle::open(directory.path()).unwrap();
    let document = edited(&bundle);
    assert_eq!(bundle.store(&document).unwrap(), Stored::Written);
    assert_eq!(text(directory.path()), EDITED);
    let after = fs::metadata(&path).unwrap();
    assert_ne!(before.ino(), after.ino(), "a new file");
    assert_eq!(
        (before.mode(), before.uid(), before.gid()),
        (after.mode(), after.uid(), after.gid())
    );
    assert_eq!(names(directory.path()), ["config.json"]);
    // Again: the same text, and another one.
    assert_eq!(bundle.store(&document).unwrap(), Stored::Unchanged);
    let original = bundle.document().clone();
    assert_eq!(bundle.store(&original).unwrap(), Stored::Written);
    assert_eq!(text(directory.path()), TEXT);
}

#[test]
fn is_written_where_a_link_leads() {
    let directory = bundle();
    let linked = tempfile::tempdir().unwrap();
    symlink(directory.path().join("config.json"), linked.path().join("config.json")).unwrap();
    let mut bundle = Bundle::open(linked.path()).unwrap();
    let document = edited(&bundle);
    assert_eq!(bundle.store(&document).unwrap(), Stored::Written);
    assert_eq!(text(directory.path()), EDITED);
    assert!(linked.path().join("config.json").is_symlink());
    assert_eq!(names(linked.path()), ["config.json"]);
    assert_eq!(names(directory.path()), ["config.json"]);
}

#[test]
fn is_not_written_over_another() {
    for change in [
        |path: &Path| fs::write(path, "{\"y\":1}").unwrap(),
        |path: &Path| fs::remove_file(path).unwrap(),
        |path: &Path| {
            fs::remove_file(path).unwrap();
            symlink("/dev/null", path).unwrap();
        },
    ] {
        let directory = bundle();
        let mut bundle = Bundle::open(directory.path()).unwrap();
        change(&directory.path().join("config.json"));
        let before = names(directory.path());
        let document = edited(&bundle);
        assert!(matches!(bundle.store(&document), Err(StoreError::Changed { .. })));
        assert_eq!(names(directory.path()), before);
    }
}

#[test]
fn cannot_be_read() {
    type Prepare = fn(&Path);
    let cases: &[(Prepare, &str)] = &[
        (|_| {}, ": not there: is it the bundle's directory that was given?"),
        (|path| fs::create_dir(path).unwrap(), ": a directory, not a file"),
        (|path| assert!(run("mkfifo", &[path.to_str().unwrap()])), ": a FIFO, not a file"),
        (|path| fs::write(path, [b'{', 0xff, b'}']).unwrap(), ": not UTF-8 at byte 1"),
        (
            |path| fs::File::create(path).unwrap().set_len((16 << 20) + 1).unwrap(),
            ": larger than 16777216 bytes",
        ),
        (|path| fs::write(path, "[]").unwrap(), ": the top level is not an object"),
        (
            |path| symlink("config.json", path).unwrap(),
            ": cannot be read: Too many levels of symbolic links (os error 40)",
        ),
        (
            |path| symlink("none", path).unwrap(),
            ": not there: is it the bundle's directory that was given?",
        ),
    ];
    for (prepare, expected) in cases {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        prepare(&path);
        let error = Bundle::open(directory.path()).unwrap_err().to_string();
        assert_eq!(error, format!("{}{expected}", path.display()));
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

/// What is mounted for a test, until its end.
struct Mounted<'a>(&'a str);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        run("umount", &[self.0]);
    }
}

/// A directory in which no file can be made, or a file that no other can replace: whichever this user
/// can arrange.
#[test]
fn is_written_in_place_where_it_cannot_be_replaced() {
    let directory = bundle();
    let path = directory.path().join("config.json");
    let path = path.to_str().unwrap();
    let mounted = run("mount", &["--bind", path, path]).then(|| Mounted(path));
    if mounted.is_none() {
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let inode = fs::metadata(path).unwrap().ino();
    let mut bundle = Bundle::open(directory.path()).unwrap();
    let document = edited(&bundle);
    assert_eq!(bundle.store(&document).unwrap(), Stored::Written);
    assert_eq!(text(directory.path()), EDITED);
    assert_eq!(fs::metadata(path).unwrap().ino(), inode, "the same file");
    // A shorter text leaves nothing of the longer one.
    let original = bundle.document().clone();
    assert_eq!(bundle.store(&original).unwrap(), Stored::Written);
    assert_eq!(text(directory.path()), TEXT);
    assert_eq!(names(directory.path()), ["config.json"]);
    drop(mounted);
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// On a file system that is full both ways fail, and the old text is there. Needs a user who may mount.
#[test]
fn is_whole_after_a_write_that_fails() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().to_str().unwrap();
    if !run("mount", &["-t", "tmpfs", "-o", "size=16k", "tmpfs", at]) {
        eprintln!("skipped: this user cannot mount a small file system");
        return;
    }
    let _mounted = Mounted(at);
    let path = directory.path().join("config.json");
    fs::write(&path, TEXT).unwrap();
    let mut bundle = Bundle::open(directory.path()).unwrap();
    let mut document = bundle.document().clone();
    let value = "x".repeat(64 << 10);
    document.apply(&Edit::SetEnv { name: "A".to_owned(), value }).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    for error in [
        bundle.store(&document).unwrap_err(),
        write_in_place(&file, &path, TEXT, &document.to_text()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Write { .. }), "{error}");
        assert_eq!(text(directory.path()), TEXT);
        assert_eq!(names(directory.path()), ["config.json"]);
    }
}
