//! Whether a document after the same edits once more is as it was.

use std::collections::BTreeMap;

use gantry::cdi::ContainerEdits;
use serde_json::Value;

/// Compares the texts after the first time and after the second.
///
/// Where two edits put different things into one place, the first of them is done again, and undone by
/// the second: the entry goes to the end of its list, and one that the container had below it may go.
/// Then the order of device nodes and mounts may differ, and what is hidden by a later one, but not
/// what is seen, nor how many there are.
pub(crate) fn check(edits: &[&ContainerEdits], before: &str, once: &str, twice: &str) {
    if !put_two_things_in_one_place(edits) {
        assert_eq!(twice, once, "twice is once, of {before}");
        return;
    }
    let once = seen(once);
    assert!(once.is_some(), "no JSON any more, of {before}");
    assert_eq!(seen(twice), once, "twice is once but for the order, of {before}");
}

fn put_two_things_in_one_place(edits: &[&ContainerEdits]) -> bool {
    let nodes: Vec<_> = edits.iter().flat_map(|edits| &edits.device_nodes).collect();
    let mounts: Vec<_> = edits.iter().flat_map(|edits| &edits.mounts).collect();
    differ(&nodes, |a, b| a.path == b.path)
        || differ(&mounts, |a, b| place(&a.container_path) == place(&b.container_path))
}

/// The elements of a path.
fn place(path: &str) -> Vec<&str> {
    path.split('/').filter(|element| !matches!(*element, "" | ".")).collect()
}

/// Whether two that meet are not equal.
fn differ<T: PartialEq>(all: &[T], meet: impl Fn(&T, &T) -> bool) -> bool {
    all.iter().enumerate().any(|(i, a)| all.iter().skip(i + 1).any(|b| meet(a, b) && a != b))
}

/// The document, with what is seen of its device nodes and mounts, in an order that depends on nothing
/// but them, and how many there are.
fn seen(text: &str) -> Option<(Value, Vec<usize>)> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    let mut counts = Vec::new();
    // A node's path is compared as text, as in `pkg/cdi`.
    for (list, path, exact) in [("/linux/devices", "path", true), ("/mounts", "destination", false)]
    {
        if let Some(Value::Array(list)) = document.pointer_mut(list) {
            counts.push(list.len());
            let mut last = BTreeMap::new();
            for entry in list.drain(..) {
                let path = entry.get(path).and_then(Value::as_str).unwrap_or_default();
                let place = if exact { path.to_owned() } else { place(path).join("/") };
                last.insert(place, entry);
            }
            list.extend(last.into_values());
        }
    }
    Some((document, counts))
}

#[cfg(test)]
mod tests {
    use gantry::cdi::Mount;
    use serde_json::json;

    use super::*;

    fn at(path: &str, source: &str) -> ContainerEdits {
        let mount = Mount {
            container_path: path.to_owned(),
            host_path: source.to_owned(),
            ..Mount::default()
        };
        ContainerEdits { mounts: vec![mount], ..ContainerEdits::default() }
    }

    #[test]
    fn order_counts_unless_a_place_is_taken_twice() {
        let list = |paths: &[&str]| {
            let mounts: Vec<_> =
                paths.iter().map(|path| json!({ "destination": path, "source": path })).collect();
            json!({ "mounts": mounts }).to_string()
        };
        let (ab, ba) = (&*list(&["/a", "/b"]), &*list(&["/b", "/a"]));
        let same = |edits: &[ContainerEdits], once: &str, twice: &str| {
            let edits: Vec<_> = edits.iter().collect();
            std::panic::catch_unwind(|| check(&edits, "", once, twice)).is_ok()
        };
        for (edits, twice, expected) in [
            (vec![at("/a", "x"), at("/b", "x")], ab, true),
            (vec![at("/a", "x"), at("/b", "x")], ba, false),
            (vec![at("/a", "x"), at("/a", "x")], ba, false),
            (vec![at("/a", "x"), at("/a/", "y")], ba, true),
            (vec![at("/a", "x"), at("/a", "y")], &list(&["/a", "/b", "/b"]), false),
            (vec![at("/a", "x"), at("/a", "y")], &list(&["/b", "/a/"]), false),
        ] {
            assert_eq!(same(&edits, ab, twice), expected, "{edits:?}");
        }
    }
}
