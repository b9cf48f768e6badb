//! A cache shows the directories as they are, whether it is told of changes or looks.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::*;
use crate::cdi::QualifiedName;

fn text(device: &str) -> String {
    format!(
        "{{cdiVersion: 0.5.0, kind: v.com/c, devices: [{{name: {device}, containerEdits: {{env: [A=1]}}}}]}}"
    )
}

fn names(registry: &Registry) -> Vec<&str> {
    registry.devices().map(QualifiedName::name).collect()
}

/// Changes to a directory `d`, and the devices that are there afterwards.
type Step = (&'static str, fn(&Path), &'static [&'static str]);

const STEPS: &[Step] = &[
    ("the directory comes", |d| fs::create_dir(d).unwrap(), &[]),
    ("a file comes", |d| fs::write(d.join("1.yaml"), text("a")).unwrap(), &["a"]),
    ("it is rewritten", |d| fs::write(d.join("1.yaml"), text("b")).unwrap(), &["b"]),
    (
        "another is renamed over it",
        |d| {
            fs::write(d.join("1.tmp"), text("c")).unwrap();
            fs::rename(d.join("1.tmp"), d.join("1.yaml")).unwrap();
        },
        &["c"],
    ),
    (
        "it is moved out and another in",
        |d| {
            let aside = d.with_extension("aside");
            fs::rename(d.join("1.yaml"), &aside).unwrap();
            fs::write(&aside, text("d")).unwrap();
            fs::rename(&aside, d.join("2.yaml")).unwrap();
        },
        &["d"],
    ),
    (
        "a link comes, to elsewhere",
        |d| {
            fs::write(d.with_extension("target"), text("e")).unwrap();
            symlink(d.with_extension("target"), d.join("link.yaml")).unwrap();
        },
        &["d", "e"],
    ),
    (
        "its target changes",
        |d| fs::write(d.with_extension("target"), text("f")).unwrap(),
        &["d", "f"],
    ),
    ("its target goes", |d| fs::remove_file(d.with_extension("target")).unwrap(), &["d"]),
    ("a file goes bad", |d| fs::write(d.join("2.yaml"), "[").unwrap(), &[]),
    ("and good again", |d| fs::write(d.join("2.yaml"), text("g")).unwrap(), &["g"]),
    (
        "the directory is replaced",
        |d| {
            fs::rename(d, d.with_extension("old")).unwrap();
            fs::create_dir(d).unwrap();
            fs::write(d.join("2.yaml"), text("h")).unwrap();
        },
        &["h"],
    ),
    (
        "by a link to another",
        |d| {
            fs::rename(d, d.with_extension("older")).unwrap();
            symlink(d.with_extension("old"), d).unwrap();
        },
        &["g"],
    ),
    (
        "which leads elsewhere",
        |d| {
            symlink(d.with_extension("older"), d.with_extension("new")).unwrap();
            fs::rename(d.with_extension("new"), d).unwrap();
        },
        &["h"],
    ),
    ("the directory goes", |d| fs::remove_file(d).unwrap(), &[]),
];

/// All steps, looking after each.
fn follow(watch: bool, look: fn(&Cache, &Registry) -> Arc<Registry>) {
    let tmp = tempfile::tempdir().unwrap();
    let dir: PathBuf = tmp.path().join("sub/d");
    fs::create_dir(tmp.path().join("sub")).unwrap();
    let options = CacheOptions { watch, ..CacheOptions::default() };
    let cache = Cache::new(&[tmp.path().join("none"), dir.clone()], &options);
    let mut seen = cache.registry();
    for (step, change, expected) in STEPS {
        change(&dir);
        seen = look(&cache, &seen);
        assert_eq!(names(&seen), *expected, "{step}");
        // What is kept up is what a fresh look finds.
        let fresh = Registry::load(&[tmp.path().join("none"), dir.clone()]);
        assert_eq!(format!("{:?}", fresh.errors()), format!("{:?}", seen.errors()), "{step}");
        assert!(cache.registry().is_same_as(&seen), "{step}: nothing has changed");
    }
}

#[test]
fn a_refresh_sees_every_change() {
    follow(false, |cache, _| cache.registry());
    follow(true, |cache, _| cache.refresh());
}

#[test]
fn a_waiter_is_woken_by_every_change() {
    for watch in [false, true] {
        follow(watch, |cache, seen| {
            // The first change of several may be seen alone.
            let mut now = cache.wait(seen, Some(Duration::from_secs(20))).unwrap();
            while let Some(next) = cache.wait(&now, Some(Duration::from_millis(200))) {
                now = next;
            }
            now
        });
    }
}

#[cfg(feature = "watch")]
#[test]
fn a_watching_cache_says_so() {
    let tmp = tempfile::tempdir().unwrap();
    let cache =
        |watch| Cache::new(&[tmp.path()], &CacheOptions { watch, ..CacheOptions::default() });
    assert_eq!(cache(true).freshness().to_string(), "watching");
    assert_eq!(
        cache(false).freshness().to_string(),
        "checking modification times: watching is switched off"
    );
}

#[test]
fn what_it_writes_is_there_at_once() {
    let tmp = tempfile::tempdir().unwrap();
    let dirs = [tmp.path().join("a"), tmp.path().join("b")];
    let cache = Cache::new(&dirs, &CacheOptions::default());
    let (spec, _) = Spec::parse(text("x").as_bytes(), crate::cdi::Format::Yaml).unwrap();
    let path = cache.write_spec("v", &spec, &WriteOptions::default()).unwrap();
    assert_eq!(path, dirs[1].join("v.yaml"));
    assert_eq!(names(&cache.registry()), ["x"]);
    assert!(cache.remove_spec("v").unwrap());
    assert!(names(&cache.registry()).is_empty());
    assert!(!cache.remove_spec("v").unwrap());
    let none: [&Path; 0] = [];
    let error = Cache::new(&none, &CacheOptions::default()).remove_spec("v").unwrap_err();
    assert_eq!(error.to_string(), "there is no spec directory to write to");
}

#[test]
fn a_registry_in_use_stays_as_it_is() {
    let tmp = tempfile::tempdir().unwrap();
    let cache = Cache::new(&[tmp.path()], &CacheOptions::default());
    let before = cache.registry();
    fs::write(tmp.path().join("1.yaml"), text("a")).unwrap();
    let after = cache.refresh();
    assert_eq!((names(&before).len(), names(&after).len()), (0, 1));
}
