//! The views, of an untouched document and of one whose lists are expanded.

use super::super::{Document, Edit, EnvEntry, HookPoint, Mount};
use super::document;

const WHOLE: &str = r#"{
    "annotations": {"b": "2", "a": "1\n", "n": null},
    "process": {
        "env": ["PATH=/bin", "A=", "BARE", "E=x=y", "A=\u0062"],
        "user": {"uid": 1, "gid": 2, "additionalGids": [3, 4]},
        "capabilities": {"bounding": ["CAP_CHOWN"], "ambient": null}
    },
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": null},
        {"destination": "/x", "options": ["ro", "bind"], "unknown": 1e999}
    ],
    "hooks": {
        "prestart": [{"path": "/h", "args": ["h", "x"], "env": ["K=v"], "timeout": 5}],
        "poststop": null
    },
    "linux": {
        "devices": [{"path": "/dev/f", "type": "p"}, {"path": "/dev/n", "type": "c", "major": 1,
            "minor": 3, "fileMode": 438, "uid": 0, "gid": 5}],
        "resources": {"devices": [{"allow": false, "access": "rwm"},
            {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "r"}]},
        "namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/1/ns/net"},
            {"type": "ipc", "path": ""}]
    }
}"#;

/// Every view, as text.
fn views(document: &Document) -> Vec<String> {
    vec![
        format!("{:?}", document.annotations().unwrap()),
        format!("{:?}", document.env().unwrap()),
        format!("{:?}", document.user().unwrap()),
        format!("{:?}", document.capabilities().unwrap()),
        format!("{:?}", document.mounts().unwrap()),
        format!("{:?}", document.hooks(HookPoint::Prestart).unwrap()),
        format!("{:?}", document.device_nodes().unwrap()),
        format!("{:?}", document.device_rules().unwrap()),
        format!("{:?}", document.namespaces().unwrap()),
    ]
}

#[test]
fn say_what_is_written() {
    let document = document(WHOLE);
    let entry = |name: &str, value: Option<&str>| EnvEntry {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    assert_eq!(
        document.env().unwrap(),
        [
            entry("PATH", Some("/bin")),
            entry("A", Some("")),
            entry("BARE", None),
            entry("E", Some("x=y")),
            entry("A", Some("b")),
        ]
    );
    let annotations = document.annotations().unwrap();
    let pairs: Vec<_> = annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("a", "1\n"), ("b", "2"), ("n", "")]);
    let user = document.user().unwrap().unwrap();
    assert_eq!((user.uid, user.gid, user.additional_gids), (1, 2, vec![3, 4]));
    let capabilities = document.capabilities().unwrap();
    assert_eq!(capabilities.bounding, ["CAP_CHOWN"]);
    assert!(capabilities.ambient.is_empty());
    let mounts = document.mounts().unwrap();
    assert_eq!(mounts[0].fs_type.as_deref(), Some("proc"));
    assert_eq!(mounts[1].options, ["ro", "bind"]);
    let hooks = document.hooks(HookPoint::Prestart).unwrap();
    assert_eq!((hooks[0].args.len(), hooks[0].timeout), (2, Some(5)));
    assert!(document.hooks(HookPoint::Poststop).unwrap().is_empty());
    assert!(document.hooks(HookPoint::CreateRuntime).unwrap().is_empty());
    let nodes = document.device_nodes().unwrap();
    assert_eq!((nodes[0].major, nodes[1].major, nodes[1].file_mode), (None, Some(1), Some(438)));
    let rules = document.device_rules().unwrap();
    assert_eq!((rules[0].allow, rules[1].access.as_deref()), (false, Some("r")));
    let namespaces = document.namespaces().unwrap();
    assert_eq!(namespaces[1].path.as_deref(), Some("/proc/1/ns/net"));
    assert_eq!(namespaces[2].path, None);
}

#[test]
fn say_the_same_of_expanded_lists() {
    let untouched = document(WHOLE);
    let mut expanded = untouched.clone();
    // Each of these finds the list in the state it asks for, or is undone.
    for edit in [
        Edit::SetEnv { name: "A".to_owned(), value: "b".to_owned() },
        Edit::AddGid(3),
        Edit::SortMounts,
        Edit::RemoveHooks { point: HookPoint::Prestart, path: "/none".to_owned() },
        Edit::PutDeviceNode(untouched.device_nodes().unwrap().remove(0)),
        Edit::AddDeviceRule(untouched.device_rules().unwrap().remove(1)),
    ] {
        assert_eq!(expanded.apply(&edit).unwrap(), [], "{edit:?}");
    }
    assert_eq!(views(&expanded), views(&untouched));
    assert!(expanded.is_same_as(&untouched));
    let mount = Mount { destination: "/new".to_owned(), ..Mount::default() };
    expanded.apply(&Edit::PutMount(mount.clone().into())).unwrap();
    assert_eq!(expanded.mounts().unwrap().last(), Some(&mount));
    assert_eq!(untouched.mounts().unwrap().len(), 2, "a clone is not the original");
    assert!(!expanded.is_same_as(&untouched));
}

#[test]
fn take_null_and_absent_for_nothing() {
    for text in [
        "{}",
        r#"{"process":null,"linux":null,"mounts":null,"hooks":null,"annotations":null}"#,
        r#"{"hooks":{"prestart":null},"linux":{"devices":null,"resources":null}}"#,
    ] {
        let document = document(text);
        let views = views(&document);
        assert!(views.iter().all(|view| !view.contains(['"', '/', '1'])), "{text}: {views:?}");
        assert_eq!(document.user().unwrap(), None, "{text}");
    }
    let user = document(r#"{"process":{}}"#).user().unwrap();
    assert_eq!(user, Some(super::super::User::default()));
}

#[test]
fn name_what_is_of_the_wrong_type() {
    type View = fn(&Document) -> String;
    let env: View = |d| error_of(d.env());
    let mounts: View = |d| error_of(d.mounts());
    let user: View = |d| error_of(d.user());
    let rules: View = |d| error_of(d.device_rules());
    for (text, view, expected) in [
        (r#"{"process":[]}"#, env, "/process: expected an object"),
        (r#"{"process":{"env":{}}}"#, env, "/process/env: expected an array"),
        (
            r#"{"process":{"env":["A=b",7]}}"#,
            env,
            "/process/env/1: invalid type: integer `7`, expected a string",
        ),
        (r#"{"mounts":"x"}"#, mounts, "/mounts: expected an array"),
        (r#"{"mounts":[null]}"#, mounts, "/mounts/0: invalid type: null, expected an object"),
        (
            r#"{"mounts":[{},["/x"]]}"#,
            mounts,
            "/mounts/1: invalid type: sequence, expected an object",
        ),
        (
            r#"{"mounts":[{"source":"a","source":"b"}]}"#,
            mounts,
            "/mounts/0: duplicate field `source`",
        ),
        (r#"{"process":7}"#, user, "/process: expected an object"),
        (r#"{"process":{"user":"root"}}"#, user, "/process/user: expected an object"),
        (
            r#"{"process":{"user":{"uid":-1}}}"#,
            user,
            "/process/user/uid: invalid value: integer `-1`, expected u32",
        ),
        (r#"{"linux":{"resources":0}}"#, rules, "/linux/resources: expected an object"),
        (
            r#"{"annotations":{"a":"1","a":"2"}}"#,
            |d: &Document| error_of(d.annotations()),
            "/annotations: the key \"a\" stands twice",
        ),
        (r#"{"process":{"env":["\ud800"]}}"#, env, "/process/env/0: unexpected end of hex escape"),
    ] {
        assert_eq!(view(&document(text)), expected, "{text}");
    }
}

fn error_of<T: std::fmt::Debug>(result: Result<T, super::DocumentError>) -> String {
    result.unwrap_err().to_string()
}
