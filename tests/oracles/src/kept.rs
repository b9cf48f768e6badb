//! What an injection leaves alone: every member that no edit is about, text for text, and every hook,
//! rule and group that was there.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

type Object = BTreeMap<String, Box<RawValue>>;

/// The objects that edits go into, and the members of each that they may change.
const CHANGED: [(&[&str], &[&str]); 5] = [
    (&[], &["process", "linux", "mounts", "hooks"]),
    (&["process"], &["env", "user"]),
    (&["process", "user"], &["additionalGids"]),
    (&["linux"], &["devices", "resources", "netDevices", "intelRdt"]),
    (&["linux", "resources"], &["devices"]),
];

/// The lists that only ever grow at their end.
const GROWING: [&[&str]; 8] = [
    &["linux", "resources", "devices"],
    &["process", "user", "additionalGids"],
    &["hooks", "prestart"],
    &["hooks", "createRuntime"],
    &["hooks", "createContainer"],
    &["hooks", "startContainer"],
    &["hooks", "poststart"],
    &["hooks", "poststop"],
];

/// Compares a document's text before and after an injection.
pub(crate) fn check(before: &str, after: &str) {
    let Some(was) = object(before) else {
        // A document may hold what this parser refuses, such as a lone surrogate.
        return;
    };
    let is = object(after).unwrap_or_else(|| panic!("no JSON any more: {after}\nwas {before}"));
    for (path, changed) in CHANGED {
        let (Some(was), Some(is)) = (at(&was, path), at(&is, path)) else {
            continue;
        };
        for (key, value) in was.iter().filter(|(key, _)| !changed.contains(&key.as_str())) {
            let now = is.get(key).map(|value| value.get());
            assert_eq!(now, Some(value.get()), "{path:?} {key:?} of {before}");
        }
        let new: Vec<_> = is.keys().filter(|key| !was.contains_key(*key)).collect();
        assert!(new.iter().all(|key| changed.contains(&key.as_str())), "{path:?} gets {new:?}");
    }
    for path in GROWING {
        let was = list(&was, path);
        let is = list(&is, path);
        assert!(is.len() >= was.len(), "{path:?} shrinks: {before}");
        for (was, is) in was.iter().zip(&is) {
            assert_eq!(was.get(), is.get(), "{path:?} of {before}");
        }
    }
}

fn object(text: &str) -> Option<Object> {
    serde_json::from_str(text).ok()
}

fn at(root: &Object, path: &[&str]) -> Option<Object> {
    let Some((key, rest)) = path.split_first() else {
        return Some(root.clone());
    };
    at(&object(root.get(*key)?.get())?, rest)
}

fn list(root: &Object, path: &[&str]) -> Vec<Box<RawValue>> {
    let (last, parents) = path.split_last().expect("a list has a name");
    let parent = at(root, parents).unwrap_or_default();
    parent.get(*last).and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_edits_do_is_no_loss() {
        check("{}", r#"{"process":{"env":["A=b"]}}"#);
        check(
            r#"{"x": 1.0, "linux": {"resources": {"devices": [{}]}}}"#,
            r#"{"x": 1.0, "linux": {"resources": {"devices": [{},{"allow":true}]}}}"#,
        );
    }

    #[test]
    fn losses_are_noticed() {
        for (before, after) in [
            (r#"{"x":1.0}"#, r#"{"x":1}"#),
            (r#"{"process":{"terminal":false}}"#, r#"{"process":{}}"#),
            (r#"{"linux":{"resources":{"unified":{}}}}"#, r#"{"linux":{"resources":{}}}"#),
            (r#"{"hooks":{"poststop":[{"path":"/a"}]}}"#, r#"{"hooks":{"poststop":[]}}"#),
            (r"{}", r#"{"x":1}"#),
            (r"{}", r"{"),
        ] {
            assert!(std::panic::catch_unwind(|| check(before, after)).is_err(), "{after}");
        }
    }
}
