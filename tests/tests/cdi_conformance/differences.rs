//! Where ours is meant to differ from what was recorded, by rule and not by name, each with its reason.

use std::collections::BTreeMap;

use gantry::cdi::{Format, Spec};
use serde_json::{Map, Value, json};

/// What is wanted in place of the recorded outcome, and why; `None`: the recorded outcome is wanted.
pub(crate) fn expectation(
    op: &str,
    case: &Value,
    go: &Value,
    got: &Value,
) -> Option<(Value, &'static str)> {
    if *got == not_run() {
        return Some((not_run(), "not run"));
    }
    if go.get("panic").is_some() {
        return Some((json!({ "err": true }), "a null in a list crashes the reference"));
    }
    match op {
        "parse" => parse(case, go, got),
        "name_for_spec" if text(&go["name"]).contains('/') => Some((
            json!({ "err": true, "name": "" }),
            "a kind that is not valid leaves the directory",
        )),
        "write" if text(&case["args"][0]).contains('/') => {
            Some((json!({ "err": true, "files": {} }), "a name with / leaves the directory"))
        }
        "cache" if conflict_below(&case["dirs"]) => {
            Some((cache(&case["dirs"], go), "a conflict below does not hide what wins over it"))
        }
        "inject" => inject(case, go),
        _ => None,
    }
}

/// The recorded outcome in the form in which ours is given.
pub(crate) fn as_recorded(op: &str, case: &Value, go: &Value) -> Value {
    let err = !go["err"].is_null();
    let list = |value: &Value| {
        if value.is_null() { json!([]) } else { value.clone() }
    };
    match op {
        "parse" if err => json!({ "err": true }),
        "parse" => json!({ "err": false, "spec": go["spec"], "min_version": go["min_version"] }),
        "cache" => {
            let errors: Vec<&String> = go["errors"].as_object().unwrap().keys().collect();
            json!({
                "devices": list(&go["devices"]), "vendors": list(&go["vendors"]),
                "classes": list(&go["classes"]), "source": go["source"], "errors": errors,
            })
        }
        "inject" => {
            let mut unresolved: Vec<Value> = Vec::new();
            for name in go["unresolved"].as_array().into_iter().flatten() {
                // Ours names each once.
                if !unresolved.contains(name) {
                    unresolved.push(name.clone());
                }
            }
            // The reference leaves a document half edited; ours does not.
            let empty = json!({});
            let oci = if err { case.get("oci").unwrap_or(&empty) } else { &go["oci"] };
            json!({ "err": err, "unresolved": unresolved, "oci": oci })
        }
        "parse_annotations" => json!({
            "err": err, "keys_sorted": list(&go["keys_sorted"]),
            "devices_sorted": list(&go["devices_sorted"]),
        }),
        "update_annotations" => {
            let none = go["annotations"].is_null();
            json!({ "err": err, "annotations": if none { json!({}) } else { go["annotations"].clone() } })
        }
        "write" => {
            let mut files = go["files"].clone();
            for file in files.as_object_mut().into_iter().flat_map(Map::values_mut) {
                // The reference keeps its temporary file's mode, and others cannot read the spec.
                file["mode"] = json!("0644");
            }
            json!({ "err": err, "files": files })
        }
        _ => {
            let mut out = go.clone();
            out["err"] = json!(err);
            out
        }
    }
}

/// The outcome of a case that this user cannot run.
pub(crate) fn not_run() -> Value {
    json!({ "not run": "skipped" })
}

fn parse(case: &Value, go: &Value, got: &Value) -> Option<(Value, &'static str)> {
    let accepted = go["err"].is_null();
    if text(&case["file"]).ends_with(".json") {
        let content = text(&case["content"]).trim_start_matches('\u{feff}');
        let json = serde_json::from_str::<Value>(content).is_ok();
        if accepted && !json {
            return Some((json!({ "err": true }), "what is not JSON is no JSON spec"));
        }
        if json && text(&go["err"]).contains("yaml:") {
            let wanted = if got["err"] == false { got.clone() } else { json!({ "err": false }) };
            return Some((wanted, "the reference reads JSON as YAML and refuses some of it"));
        }
    }
    let spec = &go["spec"];
    let mut maps = vec![&spec["annotations"]];
    maps.extend(spec["devices"].as_array().into_iter().flatten().map(|d| &d["annotations"]));
    (accepted && !maps.into_iter().all(annotations_valid))
        .then(|| (json!({ "err": true }), "the reference means to check annotations and does not"))
}

/// Kubernetes' rule, case ignored, written once more.
fn annotations_valid(map: &Value) -> bool {
    let Some(map) = map.as_object() else {
        return true;
    };
    let size: usize = map.iter().map(|(key, value)| key.len() + text(value).len()).sum();
    let alnum = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let ends = |s: &str| alnum(s.chars().next()) && alnum(s.chars().last());
    let of = |s: &str, more: &str| s.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let key_valid = |key: &String| {
        let (prefix, name) = key.split_once('/').unwrap_or(("x", key));
        ends(name)
            && of(name, "-_.")
            && name.len() < 64
            && prefix.len() < 254
            && prefix.split('.').all(|label| ends(label) && of(label, "-"))
    };
    size <= 262_144 && map.keys().all(key_valid)
}

fn inject(case: &Value, go: &Value) -> Option<(Value, &'static str)> {
    if conflict_below(&case["dirs"]) && !go["unresolved"].is_null() {
        // As if what lies below the highest directory were not there.
        let mut dirs = case["dirs"].clone();
        let all = dirs.as_array_mut().unwrap();
        let last = all.len() - 1;
        all[..last].fill(Value::Null);
        let wanted = super::host::inject(case, &dirs).unwrap();
        assert_eq!(wanted["err"], false);
        return Some((wanted, "a conflict below does not hide what wins over it"));
    }
    if !go["err"].is_null() {
        return None;
    }
    let mut wanted = as_recorded("inject", case, go);
    let oci = &mut wanted["oci"];
    let mounts = oci.get_mut("mounts").and_then(Value::as_array_mut);
    if mounts.is_some_and(one_for_each_place) {
        return Some((wanted, "/c and /c/ are one place, and the later mount hides the other"));
    }
    let names = case["devices"].as_array().unwrap();
    let twice = names.iter().enumerate().any(|(i, name)| names[..i].contains(name));
    if !twice && case["repeat"].is_null() {
        return None;
    }
    for hooks in
        oci.get_mut("hooks").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        once(hooks);
    }
    if let Some(rules) = oci.pointer_mut("/linux/resources/devices") {
        once(rules);
    }
    Some((wanted, "what is injected twice is there once"))
}

/// Keeps the last of the mounts whose destinations differ only in a `/` at the end; whether there
/// were such.
fn one_for_each_place(mounts: &mut Vec<Value>) -> bool {
    let place = |mount: &Value| text(&mount["destination"]).trim_end_matches('/').to_owned();
    let all = mounts.clone();
    let mut rest = all.iter();
    mounts.retain(|mount| {
        rest.next();
        !rest.clone().any(|later| place(later) == place(mount) && later != mount)
    });
    mounts.len() < all.len()
}

fn once(list: &mut Value) {
    let mut kept: Vec<Value> = Vec::new();
    for item in list.as_array().unwrap() {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    *list = Value::Array(kept);
}

/// For each device, its files: directory and name.
fn definitions(dirs: &Value) -> BTreeMap<String, Vec<(usize, String)>> {
    let mut found: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (i, dir) in dirs.as_array().unwrap().iter().enumerate() {
        for (name, content) in dir.as_object().into_iter().flatten() {
            let Some(format) = Format::of_path(std::path::Path::new(name)) else {
                continue;
            };
            let Ok((spec, kind)) = Spec::parse(text(content).as_bytes(), format) else {
                continue;
            };
            for device in spec.devices {
                let device = format!("{kind}={}", device.name);
                found.entry(device).or_default().push((i, name.clone()));
            }
        }
    }
    found
}

fn conflict_below(dirs: &Value) -> bool {
    definitions(dirs).values().any(|files| {
        let top = files.iter().map(|file| file.0).max();
        files.iter().any(|a| Some(a.0) != top && files.iter().any(|b| a.0 == b.0 && a.1 != b.1))
    })
}

/// Devices and errors as they should be; files that are rejected are as the reference says.
fn cache(dirs: &Value, go: &Value) -> Value {
    let (mut source, mut errors) = (Map::new(), Vec::new());
    for (path, messages) in go["errors"].as_object().unwrap() {
        let rejected = |message: &Value| !text(message).starts_with("conflicting device");
        if messages.as_array().unwrap().iter().any(rejected) {
            errors.push(path.clone());
        }
    }
    for (device, files) in definitions(dirs) {
        let top = files.iter().map(|file| file.0).max().unwrap();
        let at_top: Vec<String> = files
            .iter()
            .filter(|file| file.0 == top)
            .map(|(dir, name)| format!("$T/d{dir}/{name}"))
            .collect();
        match at_top.as_slice() {
            [path] => {
                source.insert(device, json!({ "path": path, "priority": top }));
            }
            _ => errors.extend(at_top),
        }
    }
    errors.sort();
    errors.dedup();
    let devices: Vec<&String> = source.keys().collect();
    let mut out = as_recorded("cache", &Value::Null, go);
    out["devices"] = json!(devices);
    out["source"] = json!(source);
    out["errors"] = json!(errors);
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
