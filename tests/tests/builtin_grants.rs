//! Each built-in stage is granted what its modifier wants, each for a reason, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the configuration is ours"
)]

use std::collections::BTreeSet;
use std::path::Path;

use gantry::modifier::metadata::Metadata;
use gantry::pipeline::config::Config;
use serde_json::Value;

/// What a modifier wants: kind and pattern. A grant to mount is compared with its options' order.
fn wanted(stage: &str) -> BTreeSet<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join("target/builtins").join(format!("{stage}.wasm"));
    let wasm = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let words = Metadata::read(&wasm).unwrap().own.unwrap();
    assert_eq!(words.name, stage);
    for want in &words.wants {
        assert!(!want.why.is_empty(), "{stage}: no reason for {} {}", want.grant, want.pattern);
    }
    words.wants.into_iter().map(|want| (want.grant, want.pattern)).collect()
}

/// What the built-in configuration grants, in the words of wants.
fn granted(grants: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for table in ["read", "edit"] {
        for (key, value) in grants[table].as_object().unwrap() {
            let kind = format!("{table}.{key}");
            match value {
                Value::Bool(true) => drop(found.insert((kind, "*".to_owned()))),
                Value::Array(list) => {
                    found.extend(list.iter().map(|one| (kind.clone(), pattern(one))));
                }
                Value::Object(roots) => found.extend(below(&kind, roots)),
                _ => {}
            }
        }
    }
    if let Some(roots) = grants["listed"].as_object() {
        found.extend(below("listed", roots));
    }
    found
}

fn below(kind: &str, roots: &serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let of = |(root, list): (&String, &Value)| {
        let list = list.as_array().unwrap().iter();
        list.map(|one| (kind.to_owned(), format!("{root}:{}", one.as_str().unwrap())))
            .collect::<Vec<_>>()
    };
    roots.iter().flat_map(of).collect()
}

/// A hook goes by point and program, all else by its text.
fn pattern(grant: &Value) -> String {
    match grant {
        Value::Object(hook) => {
            format!("{} {}", hook["point"].as_str().unwrap(), hook["path"].as_str().unwrap())
        }
        other => other.as_str().map_or_else(|| other.to_string(), str::to_owned),
    }
}

/// What the setting `enforce-requirements` needs, which is off.
fn optional(stage: &str, (kind, pattern): &(String, String)) -> bool {
    stage == "cdi"
        && kind == "read.env"
        && matches!(pattern.as_str(), "NVIDIA_REQUIRE_*" | "NVIDIA_DISABLE_REQUIRE")
}

#[test]
fn a_built_in_stage_is_granted_what_it_wants() {
    let config = serde_json::to_value(Config::built_in().unwrap()).unwrap();
    let stages = config["stages"].as_object().unwrap();
    assert_eq!(stages.len(), 7);
    for (name, stage) in stages {
        let (wanted, granted) = (wanted(name), granted(&stage["grants"]));
        let missing: Vec<_> =
            wanted.difference(&granted).filter(|want| !optional(name, want)).collect();
        let more: Vec<_> = granted.difference(&wanted).collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{name}: missing {missing:?}, more {more:?}"
        );
    }
}
