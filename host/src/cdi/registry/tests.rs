//! Spec directories: what is found in them, what is not, and why names do not resolve.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::cdi::{Cause, Plan, Unresolved};

fn spec(kind: &str, devices: &[&str]) -> String {
    let devices = devices
        .iter()
        .map(|device| format!("- name: {device}\n  containerEdits: {{env: [DEVICE={device}]}}\n"));
    let common = "containerEdits: {env: [COMMON=1]}";
    format!("cdiVersion: 1.0.0\nkind: {kind}\n{common}\ndevices:\n{}", devices.collect::<String>())
}

/// Spec directories with files of these names and contents.
struct Dirs(tempfile::TempDir, Vec<PathBuf>);

impl Dirs {
    fn new(dirs: &[&[(&str, String)]]) -> Self {
        let tmp = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (i, files) in dirs.iter().enumerate() {
            let dir = tmp.path().join(format!("d{i}"));
            fs::create_dir(&dir).unwrap();
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
            for (name, content) in *files {
                fs::write(dir.join(name), content).unwrap();
                fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o644)).unwrap();
            }
            paths.push(dir);
        }
        Self(tmp, paths)
    }

    fn load(&self) -> Registry {
        Registry::load(&self.1)
    }

    /// A message with the temporary directory's path taken out.
    fn plain(&self, text: &dyn ToString) -> String {
        text.to_string().replace(&*self.0.path().to_string_lossy(), "T")
    }
}

fn names(registry: &Registry) -> Vec<&str> {
    registry.devices().map(QualifiedName::as_str).collect()
}

fn env(plan: &Plan) -> Vec<&str> {
    plan.parts().iter().flat_map(|part| &part.edits().env).map(String::as_str).collect()
}

#[test]
fn reading_a_file_does_not_note_when() {
    let dirs = Dirs::new(&[&[("1.yaml", spec("v.com/c", &["a"]))]]);
    let file = fs::File::open(dirs.1[0].join("1.yaml")).unwrap();
    // Before the last change, so that the file system would note it.
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    file.set_times(fs::FileTimes::new().set_accessed(long_ago)).unwrap();
    assert_eq!(names(&dirs.load()), ["v.com/c=a"]);
    assert_eq!(file.metadata().unwrap().accessed().unwrap(), long_ago);
}

#[test]
fn later_directories_win_and_conflicts_count_at_the_top() {
    let one = || spec("v.com/c", &["a", "b"]);
    let dirs = Dirs::new(&[
        &[("1.yaml", one()), ("2.yaml", one()), ("3.yaml", spec("v.com/c", &["c"]))],
        &[("1.yaml", spec("v.com/c", &["a"]))],
    ]);
    let registry = dirs.load();
    assert_eq!(names(&registry), ["v.com/c=a", "v.com/c=c"]);
    let a = registry.device(&"v.com/c=a".parse().unwrap()).unwrap();
    assert_eq!((dirs.plain(&a.file.path.display()), a.file.priority), ("T/d1/1.yaml".into(), 1));
    assert_eq!(a.device().unwrap().name, "a");
    assert_eq!(registry.conflict(&"v.com/c=b".parse().unwrap()).len(), 2);
    assert_eq!(registry.conflict(&"v.com/c=a".parse().unwrap()).len(), 0);
    let errors: Vec<_> = registry
        .errors()
        .iter()
        .map(|(path, problems)| dirs.plain(&format!("{}: {}", path.display(), problems[0])))
        .collect();
    assert_eq!(
        errors,
        [
            "T/d0/1.yaml: v.com/c=b is defined in each of T/d0/1.yaml T/d0/2.yaml",
            "T/d0/2.yaml: v.com/c=b is defined in each of T/d0/1.yaml T/d0/2.yaml",
        ]
    );
}

#[test]
fn one_bad_file_or_directory_hides_no_other() {
    let dirs = Dirs::new(&[
        &[("0.yaml", "[}".to_owned()), ("1.yaml", spec("v.com/c", &["a"]))],
        &[("2.json", "{}".to_owned()), ("3.yaml", spec("v.com/c", &["b"]))],
    ]);
    let d = |i: usize| &dirs.1[i];
    fs::create_dir(d(0).join("dir.yaml")).unwrap();
    fs::create_dir(d(0).join("sub")).unwrap();
    fs::write(d(0).join("sub/4.yaml"), spec("v.com/c", &["hidden"])).unwrap();
    symlink(d(1).join("3.yaml"), d(0).join("link.yaml")).unwrap();
    symlink("nowhere", d(0).join("dangling.yaml")).unwrap();
    symlink("sub", d(0).join("link-to-dir.yaml")).unwrap();
    let fifo = d(0).join("fifo.yaml");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    fs::write(d(0).join("large.json"), " ".repeat(9_000_000)).unwrap();
    let mut paths = vec![d(0).clone(), d(0).join("0.yaml"), dirs.0.path().join("none")];
    paths.push(d(1).clone());
    let registry = Registry::load(&paths);
    assert_eq!(names(&registry), ["v.com/c=a", "v.com/c=b"]);
    assert_eq!(registry.vendors(), BTreeSet::from(["v.com"]));
    assert_eq!(registry.classes(), BTreeSet::from(["c"]));
    let failures: Vec<_> = registry.failures().map(|failure| dirs.plain(failure)).collect();
    assert_eq!(
        failures,
        [
            "T/d0/0.yaml: line 1 column 2: while parsing a node, did not find expected node content",
            "T/d0/dangling.yaml: cannot read: No such file or directory (os error 2)",
            "T/d0/fifo.yaml: is no regular file",
            "T/d0/large.json: is larger than 8388608 bytes",
            "T/d0/link-to-dir.yaml: is no regular file",
            "T/d1/2.json: cdiVersion: unknown version \"\", known are 0.3.0, 0.4.0, 0.5.0, 0.6.0, 0.7.0, 0.8.0, 1.0.0, 1.1.0",
        ]
    );
    let states: Vec<_> =
        registry.directories().iter().map(|dir| format!("{:?}", dir.state)).collect();
    assert_eq!(states[0], "Read");
    assert!(states[1].contains("NotADirectory"), "{}", states[1]);
    assert_eq!(states[2], "Missing");
    assert_eq!(states[3], "Read");
}

#[test]
fn plans_are_in_the_order_of_the_request() {
    let dirs = Dirs::new(&[&[
        ("1.yaml", spec("v.com/c", &["a", "b"])),
        ("2.yaml", spec("v.com/c", &["c"])),
        ("3.json", r#"{"cdiVersion":"0.3.0","kind":"w.com/c","devices":[{"name":"x","containerEdits":{"env":["X=1"]}}]}"#.to_owned()),
    ]]);
    let registry = dirs.load();
    for (request, wanted) in [
        (vec![], vec![]),
        (vec!["v.com/c=b"], vec!["COMMON=1", "DEVICE=b"]),
        (
            vec!["v.com/c=b", "v.com/c=c", "v.com/c=a", "v.com/c=b"],
            vec!["COMMON=1", "DEVICE=b", "COMMON=1", "DEVICE=c", "DEVICE=a"],
        ),
        (vec!["w.com/c=x"], vec!["X=1"]),
    ] {
        let plan = registry.resolve_names(&request).unwrap();
        assert_eq!(env(&plan), wanted, "{request:?}");
        assert_eq!(plan.is_empty(), request.is_empty());
    }
    let plan = registry.resolve(&["v.com/c=a".parse().unwrap()]).unwrap();
    let sources: Vec<_> = plan.parts().iter().map(|part| dirs.plain(&part.source)).collect();
    assert_eq!(sources, ["containerEdits of T/d0/1.yaml", "v.com/c=a in T/d0/1.yaml"]);
}

fn unresolved() -> (Dirs, Vec<PathBuf>) {
    let dirs = Dirs::new(&[&[
        ("1.yaml", spec("v.com/gpu", &["gpu0", "gpu1", "x"])),
        ("2.yaml", spec("v.com/gpu", &["x"])),
        ("3.yaml", spec("v.com/nic", &["a", "b="])),
        ("4.json", "{".to_owned()),
    ]]);
    let paths = vec![dirs.1[0].clone(), dirs.0.path().join("none")];
    (dirs, paths)
}

#[test]
fn what_does_not_resolve_is_explained() {
    let (dirs, paths) = unresolved();
    let request = [
        "v.com/gpu=gpu1",
        "v.com/gpu=gpu2",
        "v.com/gpu=x",
        "v.com/nic=a",
        "w.com/c=d",
        "gpu",
        "w.com/c=d",
    ];
    let full = Registry::load(&paths);
    let kinds = ["v.com/gpu".parse().unwrap()];
    let partial = Registry::load_for(&paths, Wanted::Kinds(&kinds), &LoadOptions::default());
    assert_eq!((full.is_partial(), partial.is_partial()), (false, true));
    for registry in [full, partial] {
        let error: Unresolved = registry.resolve_names(&request).unwrap_err();
        let causes: Vec<_> = error.devices.iter().map(|device| dirs.plain(device)).collect();
        assert_eq!(
            causes,
            [
                "v.com/gpu=gpu2: v.com/gpu has no such device (near: v.com/gpu=gpu0, v.com/gpu=gpu1)",
                "v.com/gpu=x: defined in each of T/d0/1.yaml, T/d0/2.yaml",
                "v.com/nic=a: rejected T/d0/3.yaml: devices[1].name: invalid device name in \"b=\": must end with a letter or digit, not '='",
                "w.com/c=d: there are no devices of w.com/c",
                "\"gpu\": invalid qualified device name \"gpu\": must have the form vendor/class=name",
            ]
        );
        assert!(matches!(error.devices[1].cause, Cause::Conflict(_)));
        assert_eq!(
            dirs.plain(&error),
            "cannot resolve CDI devices v.com/gpu=gpu2: v.com/gpu has no such device (near: v.com/gpu=gpu0, v.com/gpu=gpu1); \
             v.com/gpu=x: defined in each of T/d0/1.yaml, T/d0/2.yaml; \
             v.com/nic=a: rejected T/d0/3.yaml: devices[1].name: invalid device name in \"b=\": must end with a letter or digit, not '='; \
             w.com/c=d: there are no devices of w.com/c; and 1 more; searched T/d0, T/none (does not exist); \
             rejected T/d0/4.json: line 1 column 1: EOF while parsing an object"
        );
        assert_eq!(dirs.plain(&error.details()).lines().count(), 5 + 2 + 2);
    }
}

#[test]
fn a_partial_registry_resolves_what_was_asked_for() {
    let (_dirs, paths) = unresolved();
    let kinds = ["v.com/gpu".parse().unwrap()];
    let registry = Registry::load_for(&paths, Wanted::Kinds(&kinds), &LoadOptions::default());
    assert_eq!(registry.files().count(), 2);
    assert_eq!(
        env(&registry.resolve_names(&["v.com/gpu=gpu1"]).unwrap()),
        ["COMMON=1", "DEVICE=gpu1"]
    );
    // What was not asked for is looked up all the same, a conflict too.
    let wanted = ["v.com/nic=first".parse().unwrap()];
    let dirs = Dirs::new(&[&[
        ("1.yaml", spec("v.com/nic", &["first", "second"])),
        ("2.yaml", spec("v.com/nic", &["second"])),
    ]]);
    let registry = Registry::load_for(&dirs.1, Wanted::Devices(&wanted), &LoadOptions::default());
    assert_eq!(registry.files().count(), 1);
    assert!(registry.resolve_names(&["v.com/nic=first"]).is_ok());
    let error = registry.resolve_names(&["v.com/nic=second"]).unwrap_err();
    assert!(matches!(error.devices[0].cause, Cause::Conflict(_)));
    let dirs = Dirs::new(&[&[("1.yaml", spec("v.com/nic", &["a"]))]]);
    let registry = Registry::load_for(&dirs.1, Wanted::Kinds(&kinds), &LoadOptions::default());
    assert_eq!(registry.files().count(), 0);
    assert_eq!(env(&registry.resolve_names(&["v.com/nic=a"]).unwrap()), ["COMMON=1", "DEVICE=a"]);
}

#[test]
fn what_others_can_write_is_not_trusted() {
    let dirs = Dirs::new(&[
        &[("1.yaml", spec("v.com/c", &["a"])), ("2.yaml", spec("v.com/c", &["b"]))],
        &[("1.yaml", spec("v.com/c", &["c"]))],
    ]);
    let mode =
        |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(dirs.1[0].join("2.yaml"), 0o664);
    mode(dirs.1[1].clone(), 0o1777);
    assert_eq!(names(&dirs.load()).len(), 3);
    let options = LoadOptions { require_trusted: true, ..LoadOptions::default() };
    let registry = Registry::load_with(&dirs.1, &options);
    assert_eq!(names(&registry), ["v.com/c=a"]);
    let error = registry.resolve_names(&["v.com/c=b", "v.com/c=c"]).unwrap_err();
    let details = dirs.plain(&error.details());
    for line in [
        "searched T/d1: writable by others than its owner (mode 1777); run chmod go-w T/d1",
        "rejected T/d0/2.yaml: writable by others than its owner (mode 0664); run chmod go-w T/d0/2.yaml",
    ] {
        assert!(details.lines().any(|other| other == line), "{details}");
    }
    assert!(crate::cdi::check_dir_trust(&dirs.1[0]).is_ok());
    assert!(crate::cdi::check_dir_trust(&dirs.1[1]).is_err());
}
