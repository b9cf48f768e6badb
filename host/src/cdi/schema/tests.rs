//! Our schema against the loader, and schemas of others.

use std::fs;
use std::path::Path;

use super::*;
use crate::cdi::{SpecError, SpecProblem};

const CASES: &str = include_str!("../../../../tests/conformance/cdi/cases.jsonl");

fn builtin() -> Schema {
    Schema::builtin().unwrap()
}

fn yaml(edits: &str) -> String {
    format!("cdiVersion: 1.1.0\nkind: v.com/c\ndevices:\n- name: d\n  containerEdits: {edits}\n")
}

/// Why the loader accepts what the schema refuses: its tolerance.
fn tolerated(violation: &Violation, document: &Value) -> Option<&'static str> {
    let value = document.pointer(&violation.pointer)?;
    let lower = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(key, _)| key.to_lowercase()).collect()
    };
    let known = Schema::builtin_text().to_lowercase();
    match value {
        Value::Null => Some("null for an absent field"),
        Value::Number(_) | Value::Bool(_) if violation.message.contains("is not of type") => {
            Some("a scalar of another type for a text")
        }
        Value::Object(_) if violation.message.starts_with("unknown field") => lower(value)
            .iter()
            .all(|key| known.contains(&format!("\"{key}\":")))
            .then_some("a field's name in another case"),
        Value::Object(_) if violation.message.ends_with("is missing") => lower(value)
            .contains(&violation.message.split('"').nth(1)?.to_lowercase())
            .then_some("a field's name in another case"),
        _ => None,
    }
}

/// Why the loader refuses what the schema accepts: what no schema can say.
fn beyond(error: &SpecError) -> Option<&'static str> {
    let SpecError::Invalid(error) = error else { return None };
    match &error.problem {
        SpecProblem::VersionTooLow { .. } => Some("a version lower than the fields need"),
        SpecProblem::DuplicateDevice(_) | SpecProblem::DuplicateInterface(_) => {
            Some("a name that is there twice")
        }
        SpecProblem::AnnotationsTooLarge { .. } => Some("the size of all annotations"),
        SpecProblem::AnnotationKey(key) if key.len() > 253 => Some("the length of a part of a key"),
        SpecProblem::ClosId(id) if !id.is_ascii() => Some("a length in bytes"),
        _ => None,
    }
}

#[test]
fn the_schema_and_the_loader_agree_on_the_recorded_cases() {
    let schema = builtin();
    let (mut count, mut accepted) = (0, 0);
    for line in CASES.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let case = &row["case"];
        if case["op"] != "parse" {
            continue;
        }
        count += 1;
        let id = &case["id"];
        let format = Format::of_path(Path::new(case["file"].as_str().unwrap())).unwrap();
        let bytes = case["content"].as_str().unwrap().as_bytes();
        let checked = schema.check(bytes, format);
        match (Spec::parse(bytes, format), checked) {
            (Ok((spec, _)), checked) => {
                accepted += 1;
                assert_eq!(schema.check_spec(&spec), Ok(()), "{id}: as it would be written");
                let Err(error) = checked else { continue };
                let SchemaError::Violations { violations, more: 0 } = &error else {
                    panic!("{id}: {error}");
                };
                let document = written(bytes, format).unwrap();
                for violation in violations {
                    assert!(tolerated(violation, &document).is_some(), "{id}: {violation}");
                }
            }
            (Err(error), Ok(())) => assert!(beyond(&error).is_some(), "{id}: {error}"),
            (Err(_), Err(_)) => {}
        }
    }
    assert!(count > 200 && accepted > 100, "{count} {accepted}");
}

#[test]
fn violations_say_where_and_what_is_wanted() {
    let at = "devices[0].containerEdits";
    for (edits, message) in [
        ("{env: [A=b]}", None),
        (
            "{}",
            Some(format!(
                "{at}: is of none of the forms that the schema has for it (what changes in a container that gets this device: at least one entry of at least one list, or intelRdt)"
            )),
        ),
        (
            "{env: []}",
            Some(format!(
                "{at}: is of none of the forms that the schema has for it (what changes in a container that gets this device: at least one entry of at least one list, or intelRdt)"
            )),
        ),
        (
            "{env: [A, 5]}",
            Some(format!(
                "{at}.env[0]: \"A\" does not match \"^[^=]+=\" (NAME=value, with at least one character before the =); {at}.env[1]: 5 is not of type \"string\" (NAME=value, with at least one character before the =)"
            )),
        ),
        (
            "{envs: [A=b], env: [A=b]}",
            Some(format!(
                "{at}: unknown field \"envs\" (known are additionalGids, deviceNodes, env, hooks, intelRdt, mounts, netDevices)"
            )),
        ),
        (
            "{mounts: [{hostPath: ''}]}",
            Some(format!(
                "{at}.mounts[0]: \"containerPath\" is missing (a mount); {at}.mounts[0].hostPath: \"\" is shorter than 1 character (the source, on the host)"
            )),
        ),
        (
            "{hooks: [{hookName: x, path: /x, timeout: 1.5}]}",
            Some(format!(
                "{at}.hooks[0].hookName: \"x\" is not one of [\"prestart\",\"createRuntime\",\"createContainer\",\"startContainer\",\"poststart\",\"poststop\"] (when it runs: a hook of the OCI runtime specification); {at}.hooks[0].timeout: 1.5 is not of type \"integer\" (in seconds)"
            )),
        ),
        (
            "{deviceNodes: [{path: /x, fileMode: 4294967296}]}",
            Some(format!(
                "{at}.deviceNodes[0].fileMode: 4294967296 is greater than the maximum of 4294967295 (permission bits as a decimal number: 432 is 0660 (YAML also takes 0660 itself))"
            )),
        ),
    ] {
        let error =
            builtin().check(yaml(edits).as_bytes(), Format::Yaml).err().map(|e| e.to_string());
        let message = message.map(|message| format!("does not match the schema: {message}"));
        assert_eq!(error, message, "{edits}");
    }
    for (text, message) in [
        ("#", "holds no spec: it is empty"),
        ("a: b\na: c", "line 2 column 1: duplicate key \"a\""),
        ("[[[", "line 2 column 1: while parsing a node, did not find expected node content"),
        (
            "- a",
            "does not match the schema: the value is not of type \"object\" (A spec file of the Container Device Interface: devices of one kind, and what a container needs to use them)",
        ),
    ] {
        assert_eq!(
            builtin().check(text.as_bytes(), Format::Yaml).unwrap_err().to_string(),
            message
        );
    }
    let error = builtin().check(yaml("{mounts: [{}]}").as_bytes(), Format::Yaml).unwrap_err();
    let SchemaError::Violations { violations, more: 0 } = error else { panic!("{error}") };
    assert_eq!(violations[0].pointer, "/devices/0/containerEdits/mounts/0");
    assert_eq!(violations[0].field, "devices[0].containerEdits.mounts[0]");
}

/// The pattern of versions is the one place outside the version table that lists them.
#[test]
fn the_schema_knows_the_versions() {
    let document: Value = serde_json::from_str(Schema::builtin_text()).unwrap();
    let versions = crate::cdi::Version::all().iter().map(|v| v.to_string().replace('.', "\\."));
    let pattern = format!("^v?({})$", versions.collect::<Vec<_>>().join("|"));
    assert_eq!(document.pointer("/properties/cdiVersion/pattern"), Some(&Value::String(pattern)));
}

#[test]
fn a_schema_is_a_validator() {
    let validator = Validator::from(builtin());
    let (mut spec, _) = Spec::parse(yaml("{env: [A=b]}").as_bytes(), Format::Yaml).unwrap();
    assert_eq!(validator.validate(&spec), Ok(()));
    spec.kind = "v".to_owned();
    assert!(
        validator
            .validate(&spec)
            .unwrap_err()
            .starts_with("does not match the schema: kind: \"v\" does not match")
    );
}

#[test]
fn schemas_of_others() {
    let tmp = tempfile::tempdir().unwrap();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, text) in [
        ("defs.json", r#"{"definitions": {"kind": {"type": "string", "pattern": "^ok/"}}}"#),
        (
            "good.json",
            r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {"kind": {"$ref": "defs.json#/definitions/kind"}}}"#,
        ),
        ("bom.json", "\u{feff}{}"),
        ("look.json", r#"{"properties": {"kind": {"pattern": "^(?!bad)"}}}"#),
        ("loop.json", r##"{"$ref": "#"}"##),
        ("syntax.json", "{\n,"),
        ("deep.json", &deep),
        ("no-schema.json", r#"{"properties": {"a": {"type": 5}}}"#),
        ("no-regex.json", r#"{"pattern": "("}"#),
        ("missing-ref.json", r#"{"$ref": "none.json"}"#),
        ("http.json", r#"{"$ref": "http://localhost:1/x.json"}"#),
        ("file.json", r#"{"$ref": "file:///etc/passwd"}"#),
        ("up.json", r#"{"$ref": "../defs.json"}"#),
        ("abs.json", r#"{"$ref": "/etc/defs.json"}"#),
        ("escaped.json", r#"{"$ref": "%2e%2e%2fdefs.json"}"#),
        ("large.json", &" ".repeat(2_000_000)),
    ] {
        fs::write(tmp.path().join(name), text).unwrap();
    }
    fs::create_dir(tmp.path().join("dir.json")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, tmp.path().join("fifo.json"), fifo, 0o600.into(), 0)
        .unwrap();
    for (name, kind, outcome) in [
        ("good.json", "ok/c", Ok(None)),
        ("good.json", "v/c", Ok(Some("kind: \"v/c\" does not match \"^ok/\""))),
        ("bom.json", "v/c", Ok(None)),
        ("look.json", "v/c", Ok(None)),
        ("look.json", "bad/c", Ok(Some("kind: \"bad/c\" does not match \"^(?!bad)\""))),
        ("loop.json", "v/c", Ok(None)),
        ("none.json", "", Err("cannot read: No such file or directory (os error 2)")),
        ("syntax.json", "", Err("is not JSON: key must be a string at line 2 column 1")),
        ("deep.json", "", Err("is not JSON: recursion limit exceeded at line 1 column 128")),
        (
            "no-schema.json",
            "",
            Err(
                "/properties/a/type: 5 is not valid under any of the schemas listed in the 'anyOf' keyword",
            ),
        ),
        ("no-regex.json", "", Err("/pattern: \"(\" is not a \"regex\"")),
        ("missing-ref.json", "", Err("/none.json: No such file or directory (os error 2)")),
        (
            "http.json",
            "",
            Err("\"http://localhost:1/x.json\" is not read: only files beside the schema are"),
        ),
        ("file.json", "", Err("is not read: only files beside the schema are")),
        ("up.json", "", Err("is not read: only files beside the schema are")),
        ("abs.json", "", Err("is not read: only files beside the schema are")),
        ("escaped.json", "", Err("is not read: only files beside the schema are")),
        ("large.json", "", Err("cannot read: is larger than 1048576 bytes")),
        ("dir.json", "", Err("cannot read: is no regular file")),
        ("fifo.json", "", Err("cannot read: is no regular file")),
    ] {
        let path = tmp.path().join(name);
        let schema = Schema::find(&path.to_str().unwrap().parse().unwrap());
        let text = format!("kind: {kind}");
        let got = schema
            .map_err(|error| error.to_string())
            .map(|s| s.unwrap().check(text.as_bytes(), Format::Yaml).err().map(|e| e.to_string()));
        match (&got, outcome) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(got)), Ok(Some(end))) => assert!(got.ends_with(end), "{name}: {got}"),
            (Err(got), Err(end)) => {
                assert!(got.starts_with(&format!("schema {}: ", path.display())), "{got}");
                assert!(got.ends_with(end), "{got}");
            }
            (got, _) => panic!("{name}: {got:?}"),
        }
    }
}

#[test]
fn choices() {
    for (text, choice) in [
        ("builtin", SchemaChoice::Builtin),
        ("none", SchemaChoice::None),
        ("/x", SchemaChoice::File("/x".into())),
        ("./none", SchemaChoice::File("./none".into())),
    ] {
        assert_eq!(text.parse(), Ok(choice));
    }
    assert!(Schema::find(&SchemaChoice::None).unwrap().is_none());
    assert_eq!(Schema::find(&SchemaChoice::Builtin).unwrap().unwrap().name(), "builtin");
}

#[test]
fn hostile_documents_are_refused_in_bounded_space() {
    let laughs = (1..10).fold("a0: &a0 [A=b]\n".to_owned(), |text, i| {
        let again = vec![format!("*a{}", i - 1); 10].join(", ");
        format!("{text}a{i}: &a{i} [{again}]\n")
    });
    let wrong = vec!["{}"; 200_000].join(",");
    for text in [
        laughs,
        yaml(&format!("{{mounts: [{wrong}]}}")),
        yaml(&format!("{{env: [{}]}}", "x".repeat(1_000_000))),
        format!("? {}\n: a", "x".repeat(100_000)),
        "{a: ".repeat(300_000),
        "$serde_json::private::RawValue: '{'".to_owned(),
    ] {
        let error = builtin().check(text.as_bytes(), Format::Yaml).unwrap_err().to_string();
        assert!(error.len() < 20_000, "{error:.200}");
        assert!(!error.contains('\n'), "{error:.200}");
    }
}
