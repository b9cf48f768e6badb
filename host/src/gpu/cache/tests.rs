//! When a cached inventory is used: nothing has changed, and nobody else can have written it.

#![allow(clippy::unwrap_used, reason = "a test fails where its scene cannot be made")]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Duration;

use tempfile::TempDir;

use super::super::testing::script;
use super::*;
use crate::user_namespace::overflow_uid;

const EMPTY: &str = r#"{"gpus":[]}"#;
const FAILED: &str = r#"{"gpus":[],"failed":[{"index":0,"why":"GPU is lost"}]}"#;

/// A directory with a cache, and a reader that counts how often it is asked.
struct Scene {
    dir: TempDir,
    cache: Cache,
    reader: Reader,
}

impl Scene {
    fn new(answer: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let euid = rustix::process::geteuid().as_raw();
        let cache =
            Cache::new(dir.path().join("run/inventory.json"), Trust::new(euid, overflow_uid()));
        let asked = dir.path().join("asked");
        let text = format!("echo >> {}\necho '{answer}'", asked.display());
        let program = script(dir.path(), &text);
        let reader = Reader { program, library: None, timeout: Duration::from_mins(2) };
        Self { dir, cache, reader }
    }

    fn path(&self) -> &Path {
        &self.cache.path
    }

    fn asked(&self) -> usize {
        fs::read(self.dir.path().join("asked")).map_or(0, |text| text.len())
    }

    /// Whether the cached one was used.
    fn is_cached(&self, fingerprint: Option<&Fingerprint>) -> bool {
        let asked = self.asked();
        let known = self.cache.inventory(|| fingerprint.cloned(), &self.reader).unwrap();
        assert_eq!(self.asked(), asked + usize::from(!known.is_cached));
        known.is_cached
    }
}

fn facts() -> Fingerprint {
    Fingerprint::new().with("boot", "1").with("module", "2")
}

#[test]
fn an_unchanged_host_is_asked_once() {
    let scene = Scene::new(EMPTY);
    let uses: Vec<bool> = (0..4).map(|_| scene.is_cached(Some(&facts()))).collect();
    assert_eq!(uses, [false, true, true, true]);
    let left: Vec<_> = fs::read_dir(scene.path().parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays: {left:?}");
}

#[test]
fn a_changed_fact_is_noticed() {
    for changed in [
        facts().with("boot", "2"),
        facts().with("module", ""),
        facts().with("gpu 0000:41:00.0", "7"),
        Fingerprint::new().with("boot", "1"),
        Fingerprint::new(),
    ] {
        let scene = Scene::new(EMPTY);
        assert!(!scene.is_cached(Some(&facts())));
        assert!(!scene.is_cached(Some(&changed)), "{changed:?}");
        // And is the state of things from then on.
        assert!(scene.is_cached(Some(&changed)), "{changed:?}");
        assert!(!scene.is_cached(Some(&facts())), "{changed:?}");
    }
}

#[test]
fn what_cannot_be_verified_is_not_kept() {
    let scene = Scene::new(EMPTY);
    assert!(!scene.is_cached(None));
    assert!(!scene.path().exists());
    assert!(!scene.is_cached(Some(&facts())));
    assert!(!scene.is_cached(None));
}

#[test]
fn failed_gpus_are_not_kept() {
    let scene = Scene::new(FAILED);
    assert!(!scene.is_cached(Some(&facts())));
    assert!(!scene.path().exists());
}

#[test]
fn what_changes_while_it_is_read_is_not_kept() {
    let scene = Scene::new(EMPTY);
    let asked = || Some(facts().with("times asked", scene.asked().to_string()));
    assert!(!scene.cache.inventory(asked, &scene.reader).unwrap().is_cached);
    assert!(!scene.path().exists());
}

/// What somebody may have done to the file.
#[test]
fn a_file_that_is_not_ours_is_not_used() {
    type Change = fn(&Path);
    let cases: [(&str, Change); 11] = [
        ("group can write it", |path| mode(path, 0o660)),
        ("others can write it", |path| mode(path, 0o602)),
        ("the directory can be written", |path| mode(path.parent().unwrap(), 0o777)),
        ("a link", |path| {
            fs::rename(path, path.with_extension("other")).unwrap();
            symlink(path.with_extension("other"), path).unwrap();
        }),
        ("a link to nothing", |path| {
            fs::remove_file(path).unwrap();
            symlink("absent", path).unwrap();
        }),
        ("a directory", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("empty", |path| fs::write(path, "").unwrap()),
        ("truncated", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, bytes.get(..bytes.len() / 2).unwrap()).unwrap();
        }),
        ("garbage", |path| fs::write(path, b"\0\xff{[").unwrap()),
        ("another form", |path| {
            fs::write(path, r#"{"fingerprint":{},"inventory":[],"x":1}"#).unwrap();
        }),
        ("huge", |path| fs::write(path, " ".repeat(3 << 20)).unwrap()),
    ];
    for (what, change) in cases {
        let scene = Scene::new(EMPTY);
        assert!(!scene.is_cached(Some(&facts())));
        change(scene.path());
        assert!(!scene.is_cached(Some(&facts())), "{what}");
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Only root can give a file away.
#[test]
fn a_file_of_another_user_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED gpu::cache::a_file_of_another_user_is_not_used: needs root");
        return;
    }
    let scene = Scene::new(EMPTY);
    assert!(!scene.is_cached(Some(&facts())));
    std::os::unix::fs::lchown(scene.path(), Some(12345), None).unwrap();
    assert!(!scene.is_cached(Some(&facts())));
    // It was replaced by our own.
    assert!(scene.is_cached(Some(&facts())));
    std::os::unix::fs::lchown(scene.path().parent().unwrap(), Some(12345), None).unwrap();
    assert!(!scene.is_cached(Some(&facts())));
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let mut scene = Scene::new(EMPTY);
    scene.cache.path = "/proc/gantry/inventory.json".into();
    assert!(!scene.is_cached(Some(&facts())));
    scene.cache.path = scene.dir.path().join("text/inventory.json");
    assert!(!scene.is_cached(Some(&facts())));
}

#[test]
fn writers_do_not_disturb_each_other() {
    let scene = Scene::new(EMPTY);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| scene.cache.inventory(|| Some(facts()), &scene.reader).unwrap());
        }
    });
    assert!(scene.is_cached(Some(&facts())));
    assert_eq!(fs::read_dir(scene.path().parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn the_usual_path() {
    for (is_rootless, runtime_dir, expected) in [
        (false, None, Some("/run/gantry/inventory.json")),
        (false, Some("/run/user/0"), Some("/run/gantry/inventory.json")),
        (true, Some("/run/user/1000"), Some("/run/user/1000/gantry/inventory.json")),
        (true, Some("relative"), None),
        (true, Some(""), None),
        (true, None, None),
    ] {
        let found = Cache::usual_path(is_rootless, runtime_dir.map(OsStr::new));
        assert_eq!(found.as_deref(), expected.map(Path::new), "{is_rootless} {runtime_dir:?}");
    }
}
