//! Written spec files: where they are, what they hold, who can read them, and what is left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn spec() -> Spec {
    let text =
        "cdiVersion: 1.0.0\nkind: v.com/c\ndevices: [{name: d, containerEdits: {env: [A=b]}}]";
    Spec::parse(text.as_bytes(), Format::Yaml).unwrap().0
}

#[test]
fn names() {
    for (name, file) in [
        ("x", Some("x.yaml")),
        ("x.yaml", Some("x.yaml")),
        ("x.json", Some("x.json")),
        ("x.yml", Some("x.yml.yaml")),
        ("x.JSON", Some("x.JSON.yaml")),
        (".json", Some(".json")),
        ("..x", Some("..x.yaml")),
        ("", None),
        (".", None),
        ("..", None),
        ("../x", None),
        ("sub/x", None),
        ("/x", None),
        ("x\0", None),
    ] {
        assert_eq!(file_name(name).ok().as_deref(), file, "{name:?}");
    }
}

#[test]
fn a_written_file_is_whole_and_readable() {
    let tmp = tempfile::tempdir().unwrap();
    let dir = tmp.path().join("a/b");
    let options = WriteOptions { sync: true, ..WriteOptions::default() };
    for (name, format) in [("x", Format::Yaml), ("x.json", Format::Json), ("x", Format::Yaml)] {
        let path = write_spec(&dir, name, &spec(), &options).unwrap();
        let (read, _) = Spec::parse(&fs::read(&path).unwrap(), format).unwrap();
        assert_eq!(read, spec());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o644);
    }
    let once = WriteOptions { overwrite: false, ..WriteOptions::default() };
    assert!(matches!(write_spec(&dir, "x", &spec(), &once), Err(WriteError::Io { .. })));
    assert!(write_spec(&dir, "y", &spec(), &once).is_ok());
    let invalid = Spec { kind: "v".to_owned(), ..spec() };
    assert!(matches!(write_spec(&dir, "z", &invalid, &once), Err(WriteError::Spec(_))));
    let mut left: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["x.json", "x.yaml", "y.yaml"]);
    assert!(remove_spec(&dir, "x").unwrap());
    assert!(!remove_spec(&dir, "x").unwrap());
}
