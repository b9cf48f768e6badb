//! Reading with options: what is ignored and how that is said, what stays an error, and validators.

use proptest::prelude::*;

use super::*;
use crate::cdi::{ContainerEdits, Device, Validator, WriteError, WriteOptions, write_spec};

const WARN: ParseOptions = ParseOptions { unknown: Unknown::Warn, validator: None };

/// The warnings, or the error.
fn warned(text: &str, format: Format) -> Result<Vec<String>, String> {
    Spec::parse_with(text.as_bytes(), format, &WARN)
        .map(|parsed| parsed.warnings.iter().map(ToString::to_string).collect())
        .map_err(|error| error.to_string())
}

/// A spec of one device, its edits and more fields after them, at the top.
fn yaml(edits: &str, more: &str) -> String {
    format!(
        "cdiVersion: 1.1.0\nkind: v.com/c\ndevices:\n- name: d\n  containerEdits: {edits}\n{more}"
    )
}

#[test]
fn what_is_ignored_is_said() {
    for (text, warnings) in [
        (yaml("{env: [A=b]}", ""), vec![]),
        (yaml("{ENV: [A=b]}", "Annotations: null\n"), vec![]),
        (
            yaml("{env: [A=b]}", "new: {deep: [1]}\n"),
            vec!["line 6 column 1: new: unknown field, ignored"],
        ),
        (yaml("{env: [A=b]}", "new:\n"), vec!["line 6 column 1: new: unknown field, ignored"]),
        (
            yaml(
                "{env: [A=b], Envs: [x], mounts: [{hostPath: /a, containerPath: /b, \"ty\\npe\": x}]}",
                "",
            ),
            vec![
                "line 5 column 32: devices[0].containerEdits.Envs: unknown field, ignored",
                "line 5 column 86: devices[0].containerEdits.mounts[0].ty\\u{a}pe: unknown field, ignored",
            ],
        ),
        (
            yaml("{intelRdt: {enableCMT: true, enablembm: false}}", ""),
            vec![
                "line 5 column 31: devices[0].containerEdits.intelRdt.enableCMT: field ignored, 1.1.0 removed it",
                "line 5 column 48: devices[0].containerEdits.intelRdt.enablembm: field ignored, 1.1.0 removed it",
            ],
        ),
        (
            yaml("{env: [A=b]}", "x: 1\n").replace("1.1.0", "v1.2.0"),
            vec![
                "cdiVersion: unknown version \"v1.2.0\", read as 1.1.0",
                "line 6 column 1: x: unknown field, ignored",
            ],
        ),
    ] {
        assert_eq!(warned(&text, Format::Yaml).unwrap(), warnings, "{text}");
        assert_eq!(
            Spec::parse(text.as_bytes(), Format::Yaml).is_ok(),
            warnings.is_empty(),
            "{text}"
        );
    }
    let json = r#"{"cdiVersion": "1.1.0", "kind": "v.com/c", "x": 1,
        "devices": [{"name": "d", "containerEdits": {"env": ["A=b"], "y": {"env": 5}}}]}"#;
    assert_eq!(
        warned(json, Format::Json).unwrap(),
        ["x: unknown field, ignored", "devices[0].containerEdits.y: unknown field, ignored"]
    );
    let parsed = Spec::parse_with(json.as_bytes(), Format::Json, &WARN).unwrap();
    assert_eq!(parsed.spec.devices[0].container_edits.env, ["A=b"]);
    assert_eq!(parsed.kind.as_str(), "v.com/c");
}

#[test]
fn many_warnings_are_counted() {
    let fields: Vec<String> = (0..1000).map(|i| format!("x{i}: 1\n")).collect();
    let warnings = warned(&yaml("{env: [A=b]}", &fields.concat()), Format::Yaml).unwrap();
    assert_eq!(warnings.len(), 33);
    assert_eq!(warnings[32], "968 more unknown fields, ignored");
}

#[test]
fn all_else_stays_an_error() {
    for (text, format, error) in [
        (
            yaml("{env: 5, x: 1}", ""),
            Format::Yaml,
            "line 5 column 25: devices[0].containerEdits.env: expected a list, found a scalar",
        ),
        (
            yaml("{x: 1}", ""),
            Format::Yaml,
            "devices[0].containerEdits: a device needs at least one edit",
        ),
        (
            yaml("{env: [A=b]}", "x: 1\nx: 2\n"),
            Format::Yaml,
            "line 7 column 1: duplicate key \"x\"",
        ),
        ("{".to_owned(), Format::Json, "line 1 column 1: EOF while parsing an object"),
        (
            "{\n\"x\": 1, \"kind\": []}".to_owned(),
            Format::Json,
            "kind: expected a string, found a list",
        ),
        (
            "{\n\"kind\": \"a\", \"annotations\": {\"a\": \"b\", \"a\": \"c\"}}".to_owned(),
            Format::Json,
            "line 2 column 48: annotations: duplicate key \"a\"",
        ),
    ] {
        assert_eq!(warned(&text, format).unwrap_err(), error, "{text}");
    }
    // Of versions, only well-formed newer ones pass.
    for (version, fits) in [
        ("1.1.0", true),
        ("1.1.1", true),
        ("1.10.0", true),
        ("2.0.0", true),
        ("v9.9.999", true),
        ("1.0.1", false),
        ("0.3.1", false),
        ("1.2", false),
        ("1.2.0.0", false),
        ("1.02.0", false),
        ("1.2.0-rc1", false),
        ("+1.2.0", false),
        ("1..2", false),
        ("1.2.", false),
        ("", false),
        ("V1.2.0", false),
        ("vv1.2.0", false),
        ("99999999999999999999.0.0", false),
    ] {
        let text = yaml("{env: [A=b]}", "").replace("1.1.0", &format!("'{version}'"));
        assert_eq!(warned(&text, Format::Yaml).is_ok(), fits, "{version}");
    }
    // A field of a newer version does not make one of an older pass.
    let old = yaml("{netDevices: [{hostInterfaceName: a, name: b}]}", "").replace("1.1.0", "1.0.0");
    assert_eq!(
        warned(&old, Format::Yaml).unwrap_err(),
        "cdiVersion: version 1.0.0 is too low: netDevices needs 1.1.0"
    );
}

#[test]
fn validators_refuse_what_is_valid() {
    let none = Validator::new(|spec: &Spec| Err(format!("no {}", spec.kind)));
    let text = yaml("{env: [A=b]}", "");
    for (validator, error) in [
        (none.clone(), Some("refused by the validator: no v.com/c")),
        (Validator::new(|_| Ok(())), None),
    ] {
        let options =
            ParseOptions { validator: Some(validator.clone()), ..ParseOptions::default() };
        let parsed = Spec::parse_with(text.as_bytes(), Format::Yaml, &options);
        assert_eq!(parsed.as_ref().err().map(ToString::to_string).as_deref(), error);
        let (spec, _) = Spec::parse(text.as_bytes(), Format::Yaml).unwrap();
        let tmp = tempfile::tempdir().unwrap();
        let options = WriteOptions { validator: Some(validator), ..WriteOptions::default() };
        let written = write_spec(tmp.path(), "x", &spec, &options);
        assert_eq!(written.as_ref().err().map(ToString::to_string).as_deref(), error);
        assert_eq!(matches!(written, Err(WriteError::Refused { .. })), error.is_some());
        assert_eq!(tmp.path().join("x.yaml").exists(), error.is_none());
    }
    assert_ne!(none, Validator::new(|_| Ok(())));
    assert_eq!(none, none.clone());
}

#[test]
fn edits_are_appended() {
    let read = |edits: &str| {
        Spec::parse(yaml(edits, "").as_bytes(), Format::Yaml).unwrap().0.devices.remove(0)
    };
    let all =
        "{env: [A=b], deviceNodes: [{path: /a}], netDevices: [{hostInterfaceName: a, name: b}],
        hooks: [{hookName: prestart, path: /x}], mounts: [{hostPath: /a, containerPath: /b}],
        intelRdt: {closID: x}, additionalGids: [5]}";
    let Device { container_edits: all, .. } = read(all);
    let mut edits = ContainerEdits::default();
    edits.append(all.clone());
    assert_eq!(edits, all);
    edits.append(read("{env: [C=d], intelRdt: {closID: z}}").container_edits);
    assert_eq!(edits.env, ["A=b", "C=d"]);
    assert_eq!(edits.intel_rdt.as_ref().unwrap().clos_id, "z");
    edits.append(ContainerEdits::default());
    assert_eq!(edits.intel_rdt.as_ref().unwrap().clos_id, "z");
    assert_eq!(edits.mounts, all.mounts);
}

proptest! {
    /// What is read strictly is read the same leniently, without a warning; and no damage panics.
    #[test]
    fn lenient_reading_agrees(text in "([-?:,\\[\\]{}#&*!|>'\"%@` a0.~=\\\\\n\t]|kind: v/c\n|devices|x: 1\n|: |- |\n  |<<: |\\*a|&a ){0,60}", json: bool) {
        let format = if json { Format::Json } else { Format::Yaml };
        let strict = Spec::parse_unchecked(text.as_bytes(), format);
        match (strict, Spec::parse_known(text.as_bytes(), format)) {
            (Ok(spec), Ok((known, warnings))) => {
                prop_assert_eq!(known, spec);
                prop_assert!(warnings.is_empty());
            }
            (Err(_), Ok((_, warnings))) => prop_assert!(!warnings.is_empty()),
            (Ok(_), Err(error)) => prop_assert!(false, "{}", error),
            (Err(_), Err(_)) => {}
        }
    }
}
