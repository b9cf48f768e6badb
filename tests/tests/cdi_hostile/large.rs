//! Files and fields that are large.

use std::fs::File;

use gantry::cdi::MAX_SPEC_BYTES;

use super::{Specs, device_of, spec};

const MILLION: usize = 1_000_000;

#[test]
fn a_hundred_megabytes() {
    for name in ["large.json", "large.yaml"] {
        let specs = Specs::new();
        let path = specs.path(name);
        // Sparse: it takes no room on the disk.
        File::create(&path).unwrap().set_len(100 * 1024 * 1024).unwrap();
        specs.assert_refused(&path, "larger than");
    }
}

#[test]
fn the_limit_and_one_more() {
    let limit = usize::try_from(MAX_SPEC_BYTES).unwrap();
    for name in ["limit.json", "limit.yaml"] {
        let specs = Specs::new();
        let mut content = spec("limit.com/device", "d").into_bytes();
        content.resize(limit, b' ');
        let path = specs.put(name, &content);
        specs.assert_loaded(&path, 1);
        content.push(b' ');
        specs.put(name, &content);
        specs.assert_refused(&path, "larger than");
    }
}

/// As much as fits: refused or loaded, but within bounds.
#[test]
fn many_of_everything() {
    let edits = |name: &str, entry: &str, count: usize| {
        let list = vec![entry; count].join(",");
        let content = spec("many.com/device", "d");
        content.replace("\"env\":[\"A=b\"]", &format!("\"{name}\":[{list}]"))
    };
    let env = |i: usize| format!("\"A{i}=\"");
    let contents = [
        ("env", edits("env", "\"A=\"", MILLION)),
        (
            "other-env",
            edits("env", "@", 500_000)
                .split('@')
                .enumerate()
                .map(|(i, text)| env(i) + text)
                .collect(),
        ),
        ("gids", edits("additionalGids", "7", MILLION)),
        ("nodes", edits("deviceNodes", r#"{"path":"/d"}"#, 500_000)),
        ("empty-nodes", edits("deviceNodes", "{}", MILLION)),
        ("nulls", edits("deviceNodes", "null", MILLION)),
        ("lists", edits("env", "[]", MILLION)),
        (
            "unknown",
            spec("many.com/device", "d").replacen(
                '{',
                &format!("{{\"x\":[{}],", vec!["0"; MILLION].join(",")),
                1,
            ),
        ),
        (
            "keys",
            format!(
                "{{{}}}",
                (0..500_000).map(|i| format!("\"k{i}\":0")).collect::<Vec<_>>().join(",")
            ),
        ),
        (
            "annotations",
            spec("many.com/device", "d").replacen(
                '{',
                &format!(
                    "{{\"annotations\":{{{}}},",
                    (0..300_000).map(|i| format!("\"k{i}\":\"\"")).collect::<Vec<_>>().join(",")
                ),
                1,
            ),
        ),
    ];
    for (name, content) in contents {
        for extension in ["json", "yaml"] {
            let specs = Specs::new();
            let path = specs.put(format!("{name}.{extension}"), content.as_bytes());
            eprintln!("{name}.{extension}");
            let loaded = specs.load();
            let refused = !loaded.error(&path).is_empty();
            assert_eq!(loaded.devices.len(), if refused { 2 } else { 3 });
            assert!(loaded.error(&path).len() < super::TOLD);
        }
    }
}

#[test]
fn many_devices() {
    const DEVICES: usize = 20_000;

    let devices: Vec<String> =
        (0..DEVICES).map(|i| device_of(&format!("d{i}"), "\"A=b\"")).collect();
    let content =
        spec("many.com/device", "d").replace(&device_of("d", "\"A=b\""), &devices.join(","));
    for name in ["devices.json", "devices.yaml"] {
        let specs = Specs::new();
        let path = specs.put(name, content.as_bytes());
        specs.assert_loaded(&path, DEVICES);
    }
}

/// A long text is cut where a message repeats it, and a long name is a name.
#[test]
fn long_texts() {
    let long = "a".repeat(2 * MILLION);
    for (content, words) in [
        (spec(&long, "d"), "kind"),
        (spec("long.com/device", &format!("-{long}")), "devices[0].name"),
        (spec("long.com/device", "d").replace("A=b", &long), "devices[0].containerEdits.env[0]"),
        (spec("long.com/device", "d").replace("0.3.0", &long), "cdiVersion"),
        (spec("long.com/device", "d").replace("kind", &long), ""),
        (
            spec("long.com/device", "d")
                .replace("{\"name\":\"d\"", &format!("\"{long}\",{{\"name\":\"d\"")),
            "",
        ),
    ] {
        for name in ["long.json", "long.yaml"] {
            let specs = Specs::new();
            let path = specs.put(name, content.as_bytes());
            specs.assert_refused(&path, words);
        }
    }
    let specs = Specs::new();
    let path = specs.put("name.json", spec("long.com/device", &long).as_bytes());
    specs.assert_loaded(&path, 1);
}
