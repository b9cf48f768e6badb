//! Applying edits: twice is once, nothing is lost, and the order is that of the edits.

use gantry::cdi::ContainerEdits;
use gantry::document::Document;
use gantry_oracles::{edits_hold, host, inject};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::{config, documents, recorded, specs};

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn twice_is_once_and_nothing_is_lost(
        document in documents::document(),
        edits in vec(documents::edits(), 0..4),
    ) {
        let document = Document::parse(document.to_string()).unwrap();
        edits_hold(&document, &edits.iter().collect::<Vec<_>>());
    }

    #[test]
    fn of_recorded_documents_too(
        document in select(recorded::documents()),
        edits in vec(documents::edits(), 0..4),
    ) {
        let document = Document::parse(document).unwrap();
        edits_hold(&document, &edits.iter().collect::<Vec<_>>());
    }

    #[test]
    fn any_text_in_edits(document in documents::document(), edits in specs::edits()) {
        let document = Document::parse(document.to_string()).unwrap();
        edits_hold(&document, &[&edits]);
    }

    #[test]
    fn one_after_another_is_what_they_make_together(
        document in documents::document(),
        edits in vec(documents::edits(), 0..4),
    ) {
        let document = Document::parse(document.to_string()).unwrap();
        let mut together = ContainerEdits::default();
        for edits in &edits {
            together.append(edits.clone());
        }
        let apart = inject(&document, &edits, &host());
        let together = inject(&document, [&together], &host());
        match (apart, together) {
            // Kinds of edits do not meet, so that only their order within a kind shows. Members that
            // come to be stand in the order in which they came.
            (Ok(apart), Ok(together)) => prop_assert_eq!(value(&apart), value(&together)),
            (apart, together) => prop_assert_eq!(apart.is_err(), together.is_err()),
        }
    }

    #[test]
    fn the_order_is_that_of_the_edits(
        document in documents::document(),
        edits in vec(documents::edits(), 0..4),
    ) {
        let before = Document::parse(document.to_string()).unwrap();
        let Ok(after) = inject(&before, &edits, &host()) else {
            return Ok(());
        };
        let (before, after) = (value(&before), value(&after));
        // Names of variables: first those that were there, then new ones as they come.
        let mut names = names_of(&texts(&before["process"]["env"]));
        for entry in edits.iter().flat_map(|edits| &edits.env) {
            let name = name_of(entry);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        prop_assert_eq!(names_of(&texts(&after["process"]["env"])), names);
        if edits.iter().any(|edits| !edits.mounts.is_empty()) {
            let depth = |mount: &Value| depth(mount["destination"].as_str().unwrap());
            let mounts = after["mounts"].as_array().unwrap();
            prop_assert!(mounts.is_sorted_by_key(depth), "{mounts:?}");
        }
        // New device nodes, each at the last of its edits.
        let there = |path: &String| {
            let paths = before["linux"]["devices"].as_array().into_iter().flatten();
            paths.filter(|node| node["path"] == **path).count()
        };
        let mut wanted: Vec<&String> = Vec::new();
        for node in edits.iter().flat_map(|edits| &edits.device_nodes) {
            wanted.retain(|path| **path != node.path);
            wanted.push(&node.path);
        }
        wanted.retain(|path| there(path) == 0);
        let after = after["linux"]["devices"].as_array().cloned().unwrap_or_default();
        let got: Vec<&str> = after.iter().map(|node| node["path"].as_str().unwrap()).collect();
        let mut got_new: Vec<&str> = got.clone();
        got_new.retain(|path| wanted.iter().any(|wanted| wanted == path));
        // One that is put again as it is stays where it is.
        let (mut sorted, mut unsorted) = (got_new.clone(), wanted.clone());
        sorted.sort_unstable();
        unsorted.sort_unstable();
        prop_assert_eq!(sorted, unsorted);
    }
}

fn value(document: &Document) -> Value {
    serde_json::from_str(&document.to_text()).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn name_of(entry: &str) -> String {
    entry.split('=').next().unwrap_or_default().to_owned()
}

/// Each name where it first stands.
fn names_of(entries: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for name in entries.iter().map(|entry| name_of(entry)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The elements of a path; `/` has one.
fn depth(path: &str) -> usize {
    path.split('/').filter(|element| !element.is_empty()).count().max(1)
}
