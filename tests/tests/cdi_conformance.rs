//! The recorded cases of the reference CDI library (`conformance/cdi/cases.jsonl`), one test for each
//! kind of them. Where ours is meant to differ, `differences` says how and why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test may fail, and spec files' extensions have one case"
)]

#[path = "cdi_conformance/differences.rs"]
mod differences;
#[path = "cdi_conformance/host.rs"]
mod host;

use std::collections::BTreeMap;
use std::path::Path;

use gantry::cdi::{self, Format, QualifiedName, Registry, Spec, WriteOptions};
use serde_json::{Map, Value, json};

const CASES: &str = include_str!("../conformance/cdi/cases.jsonl");

/// Runs all cases of a kind; each gives what ours does, or why it could not be run.
fn run(op: &str, ours: impl Fn(&Value) -> Result<Value, String>) {
    let (mut count, mut failures) = (0, Vec::new());
    for line in CASES.lines().filter(|line| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line).unwrap();
        let (case, go) = (&row["case"], &row["go"]);
        if case["op"] != op {
            continue;
        }
        count += 1;
        let (id, got) = (case["id"].as_str().unwrap(), ours(case));
        let got = got.unwrap_or_else(|why| json!({ "not run": why }));
        let (wanted, reason) = match differences::expectation(op, case, go, &got) {
            Some((wanted, reason)) => (wanted, reason),
            None => (differences::as_recorded(op, case, go), "as recorded"),
        };
        if got != wanted {
            failures.push(format!(
                "{id} ({reason})\n  case   {case}\n  wanted {wanted}\n  got    {got}"
            ));
        }
    }
    assert!(count > 0, "there are no cases of {op}");
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

fn arg(case: &Value, index: usize) -> &str {
    case["args"][index].as_str().unwrap_or_default()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `{field: value, "err": false}`, or the empty value and true.
fn outcome<E>(field: &str, result: Result<String, E>) -> Value {
    let err = result.is_err();
    json!({ field: result.unwrap_or_default(), "err": err })
}

#[test]
fn parse() {
    run("parse", |case| {
        let format = Format::of_path(Path::new(text(case, "file"))).ok_or("no spec file")?;
        let Ok((spec, _)) = Spec::parse(text(case, "content").as_bytes(), format) else {
            return Ok(json!({ "err": true }));
        };
        Ok(json!({
            "err": false,
            "spec": as_the_reference_writes(serde_json::to_value(&spec).unwrap()),
            "min_version": spec.minimum_version().to_string(),
        }))
    });
}

/// The reference always writes the common edits, and never an empty list.
fn as_the_reference_writes(mut spec: Value) -> Value {
    spec.as_object_mut().unwrap().entry("containerEdits").or_insert(json!({}));
    let devices = spec["devices"].as_array_mut().unwrap().iter_mut();
    for rdt in devices.filter_map(|device| device.pointer_mut("/containerEdits/intelRdt")) {
        if rdt["schemata"] == json!([]) {
            rdt.as_object_mut().unwrap().remove("schemata");
        }
    }
    spec
}

#[test]
fn qualified() {
    run("qualified", |case| {
        let name = arg(case, 0);
        let parsed = name.parse::<QualifiedName>();
        let parts = match &parsed {
            Ok(name) => (name.vendor(), name.class(), name.name()),
            Err(_) => ("", "", name),
        };
        Ok(json!({ "device": cdi::split_device(name), "qualified": parts, "err": parsed.is_err() }))
    });
}

#[test]
fn qualifier() {
    run("qualifier", |case| {
        let (vendor, class) = cdi::split_kind(arg(case, 0));
        Ok(json!({ "vendor": vendor, "class": class, "err": false }))
    });
}

#[test]
fn annotation_key() {
    run("annotation_key", |case| {
        Ok(outcome("key", cdi::annotation_key(arg(case, 0), arg(case, 1))))
    });
}

#[test]
fn annotation_value() {
    run("annotation_value", |case| {
        Ok(outcome("value", cdi::annotation_value(&strings(&case["devices"]))))
    });
}

#[test]
fn update_annotations() {
    run("update_annotations", |case| {
        let mut annotations: BTreeMap<String, String> =
            serde_json::from_value(case["annotations"].clone()).unwrap_or_default();
        let devices = strings(&case["devices"]);
        let result =
            cdi::update_annotations(&mut annotations, arg(case, 0), arg(case, 1), &devices);
        Ok(json!({ "annotations": annotations, "err": result.is_err() }))
    });
}

#[test]
fn parse_annotations() {
    run("parse_annotations", |case| {
        let annotations: BTreeMap<String, String> =
            serde_json::from_value(case["annotations"].clone()).unwrap_or_default();
        let pairs = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let result = cdi::parse_annotations(pairs);
        let err = result.is_err();
        let (keys, devices) = result.unwrap_or_default();
        let mut devices: Vec<&str> = devices.iter().map(QualifiedName::as_str).collect();
        devices.sort_unstable();
        Ok(json!({ "keys_sorted": keys, "devices_sorted": devices, "err": err }))
    });
}

#[test]
fn spec_names() {
    run("spec_name", |case| {
        Ok(json!({ "name": cdi::spec_name(arg(case, 0), arg(case, 1)), "err": false }))
    });
    run("transient_name", |case| {
        let name = cdi::transient_spec_name(arg(case, 0), arg(case, 1), arg(case, 2));
        Ok(json!({ "name": name, "err": false }))
    });
    run("name_for_spec", |case| {
        let spec = Spec { kind: arg(case, 0).to_owned(), ..Spec::default() };
        Ok(outcome("name", cdi::name_for_spec(&spec)))
    });
}

#[test]
fn cache() {
    run("cache", |case| {
        let tmp = tempfile::tempdir().map_err(|error| error.to_string())?;
        let dirs = host::spec_dirs(tmp.path(), &case["dirs"]);
        let registry = Registry::load(&dirs);
        let mut source = Map::new();
        for name in registry.devices() {
            let file = registry.device(name).unwrap().file;
            let path = host::normal(&file.path.to_string_lossy(), tmp.path());
            source.insert(name.to_string(), json!({ "path": path, "priority": file.priority }));
        }
        let errors = registry.errors();
        let errors: Vec<String> =
            errors.keys().map(|path| host::normal(&path.to_string_lossy(), tmp.path())).collect();
        Ok(json!({
            "devices": registry.devices().map(QualifiedName::as_str).collect::<Vec<_>>(),
            "vendors": registry.vendors(),
            "classes": registry.classes(),
            "source": source,
            "errors": errors,
        }))
    });
}

#[test]
fn inject() {
    let root = rustix::process::geteuid().is_root();
    if !root {
        host::skipped("inject", "cases with device nodes need root, for mknod");
    }
    run("inject", |case| {
        if !root && host::needs_root(&case["setup"]) {
            return Ok(differences::not_run());
        }
        host::inject(case, &case["dirs"])
    });
}

#[test]
fn write() {
    run("write", |case| {
        let format = Format::Yaml;
        let spec = Spec::parse_unchecked(text(case, "content").as_bytes(), format).unwrap();
        let tmp = tempfile::tempdir().map_err(|error| error.to_string())?;
        let dir = tmp.path().join("d0");
        let result = cdi::write_spec(&dir, arg(case, 0), &spec, &WriteOptions::default());
        Ok(json!({ "err": result.is_err(), "files": host::files_below(tmp.path()) }))
    });
}
