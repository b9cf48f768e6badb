//! Each edit: the text that it leaves, and what it reports.

use super::super::{DeviceNode, DeviceRule, Edit, Hook, HookPoint, IntelRdt, Json, Mount};
use super::{document, edited};

fn env(name: &str, value: &str) -> Edit {
    Edit::SetEnv { name: name.to_owned(), value: value.to_owned() }
}

fn mount(destination: &str) -> Edit {
    let (destination, source) = (destination.to_owned(), Some("/s".to_owned()));
    let options = vec!["ro".to_owned()];
    Edit::PutMount(Mount { destination, source, options, fs_type: None }.into())
}

fn node(path: &str, minor: i64) -> Edit {
    let (path, node_type) = (path.to_owned(), "c".to_owned());
    let (major, minor) = (Some(7), Some(minor));
    Edit::PutDeviceNode(DeviceNode { path, node_type, major, minor, ..DeviceNode::default() })
}

fn rule(allow: bool, minor: i64) -> Edit {
    let (node_type, access) = (Some("c".to_owned()), Some("rw".to_owned()));
    Edit::AddDeviceRule(DeviceRule { allow, node_type, major: Some(7), minor: Some(minor), access })
}

fn hook(path: &str) -> Edit {
    let hook = Hook {
        path: path.to_owned(),
        args: vec!["h".to_owned()],
        env: vec!["K=v".to_owned()],
        timeout: None,
    };
    Edit::AddHook { point: HookPoint::Prestart, hook: hook.into() }
}

fn remove(path: &str) -> Edit {
    Edit::RemoveHooks { point: HookPoint::Prestart, path: path.to_owned() }
}

fn interface(host_name: &str, name: &str) -> Edit {
    Edit::PutNetDevice { host_name: host_name.to_owned(), name: name.to_owned() }
}

#[test]
#[rustfmt::skip] // One line a case.
fn leave_this_text() {
    let rdt = Edit::SetRdt(IntelRdt { clos_id: Some("c".to_owned()), ..IntelRdt::default() });
    let fifo = Edit::PutDeviceNode(DeviceNode { path: "/f".to_owned(), node_type: "p".to_owned(), ..DeviceNode::default() });
    let all = Edit::AddDeviceRule(DeviceRule { allow: true, ..DeviceRule::default() });
    let a = r#"{"options":["ro"],"source":"/s","destination":"/a"}"#;
    for (text, edits, expected) in [
        // Environment.
        ("{}", vec![env("A", "1")], r#"{"process":{"env":["A=1"]}}"#.to_owned()),
        (r#"{"process":null}"#, vec![env("A", "1")], r#"{"process":{"env":["A=1"]}}"#.to_owned()),
        (r#"{"process":{"env":["A=0","A=1","B"]}}"#, vec![env("A", "2"), env("B", "")], r#"{"process":{"env":["A=0","A=2","B="]}}"#.to_owned()),
        (r#"{"process":{"env":["\u0041=1"]}}"#, vec![env("A", "1")], r#"{"process":{"env":["\u0041=1"]}}"#.to_owned()),
        (r#"{"process":{"env":["AB=1"]}}"#, vec![env("A", "\"\n")], r#"{"process":{"env":["AB=1","A=\"\n"]}}"#.to_owned()),
        // White space: what stands between two entries stands before a new one.
        ("{\n  \"process\": {\n    \"env\": [\n      \"B=1\"\n    ]\n  }\n}\n", vec![env("A", "1")],
         "{\n  \"process\": {\n    \"env\": [\n      \"B=1\",\n      \"A=1\"\n    ]\n  }\n}\n".to_owned()),
        ("{\n  \"x\": 1e400\n}", vec![env("A", "1"), env("B", "2")], "{\n  \"x\": 1e400,\n  \"process\": {\"env\":[\"A=1\",\"B=2\"]}\n}".to_owned()),
        ("{ \"mounts\" : [ ] , \"y\" : 0 }", vec![mount("/a")], format!("{{ \"mounts\" : [{} ] , \"y\" : 0 }}", shuffled(a))),
        // Mounts: by cleaned destination, the first goes, the new one is last.
        (r#"{"mounts":[{"destination":"/a/"},{"destination":"/b","x":1e400}]}"#, vec![mount("/a")],
         format!(r#"{{"mounts":[{{"destination":"/b","x":1e400}},{}]}}"#, shuffled(a))),
        (r#"{"mounts":[{"source":"/s","options":["ro"],"destination":"/a"},{"destination":"/b"}]}"#, vec![mount("/a")],
         r#"{"mounts":[{"source":"/s","options":["ro"],"destination":"/a"},{"destination":"/b"}]}"#.to_owned()),
        (r#"{"mounts":[{"destination":"/a","source":"1"},{"destination":"/a","source":"2"}]}"#, vec![mount("/a")],
         format!(r#"{{"mounts":[{{"destination":"/a","source":"2"}},{}]}}"#, shuffled(a))),
        (r#"{"mounts":[{"destination":"/a/b/../c"}, {"destination":"rel"},{"destination":""},{"destination":"/"},{"destination":"/z"}]}"#, vec![Edit::SortMounts],
         r#"{"mounts":[{"destination":"rel"}, {"destination":""},{"destination":"/"},{"destination":"/z"},{"destination":"/a/b/../c"}]}"#.to_owned()),
        ("{}", vec![Edit::SortMounts], "{}".to_owned()),
        // Device nodes.
        (r#"{"linux":{"devices":[{"path":"/d"},{"path":"/e"}]}}"#, vec![node("/d", 1)],
         r#"{"linux":{"devices":[{"path":"/e"},{"major":7,"minor":1,"path":"/d","type":"c"}]}}"#.to_owned()),
        (r#"{"linux":{"devices":[{"path":"/d"},{"path":"/d"},{"path":"/e"},{"path":"/d"}]}}"#, vec![node("/d", 1)],
         r#"{"linux":{"devices":[{"major":7,"minor":1,"path":"/d","type":"c"},{"path":"/e"}]}}"#.to_owned()),
        (r#"{"linux":{"devices":[{"path":"/d/"}]}}"#, vec![node("/d", 1)],
         r#"{"linux":{"devices":[{"path":"/d/"},{"major":7,"minor":1,"path":"/d","type":"c"}]}}"#.to_owned()),
        ("{}", vec![fifo], r#"{"linux":{"devices":[{"path":"/f","type":"p"}]}}"#.to_owned()),
        // Device rules: once after the last that denies.
        (r#"{"linux":{"resources":{"devices":[{"allow":true,"type":"c","major":7,"minor":1,"access":"rw"},{"allow":false,"access":"rwm"}]}}}"#, vec![rule(true, 1), rule(true, 1)],
         r#"{"linux":{"resources":{"devices":[{"allow":true,"type":"c","major":7,"minor":1,"access":"rw"},{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":7,"minor":1,"access":"rw"}]}}}"#.to_owned()),
        (r#"{"linux":{"resources":{"devices":[{"type":"c","allow":true,"major":7,"minor":1,"access":"rw","x":1}]}}}"#, vec![rule(true, 1)],
         r#"{"linux":{"resources":{"devices":[{"type":"c","allow":true,"major":7,"minor":1,"access":"rw","x":1}]}}}"#.to_owned()),
        ("{}", vec![all], r#"{"linux":{"resources":{"devices":[{"allow":true}]}}}"#.to_owned()),
        // Hooks.
        ("{}", vec![hook("/h"), hook("/h")], r#"{"hooks":{"prestart":[{"args":["h"],"env":["K=v"],"path":"/h"}]}}"#.to_owned()),
        (r#"{"hooks":{"prestart":[{"path":"/h"},{"path":"/g","timeout":0}, {"path":"/h","args":["h"]}]}}"#, vec![remove("/h")],
         r#"{"hooks":{"prestart":[{"path":"/g","timeout":0}]}}"#.to_owned()),
        (r#"{"hooks":{"prestart":[{"path":"/h"}]}}"#, vec![remove("/h")], r#"{"hooks":{}}"#.to_owned()),
        (r#"{"hooks":{"prestart":[{"path":"/h"}], "poststop":[]}}"#, vec![remove("/h")], r#"{"hooks":{"poststop":[]}}"#.to_owned()),
        (r#"{"hooks":{"prestart":[]}}"#, vec![remove("/h")], r#"{"hooks":{"prestart":[]}}"#.to_owned()),
        (r#"{"hooks":null}"#, vec![remove("/h")], r#"{"hooks":null}"#.to_owned()),
        // Groups, interfaces, RDT.
        ("{}", vec![Edit::AddGid(0)], "{}".to_owned()),
        (r#"{"process":{"user":{"uid":0,"additionalGids":[5,5]}}}"#, vec![Edit::AddGid(5), Edit::AddGid(6), Edit::AddGid(6)],
         r#"{"process":{"user":{"uid":0,"additionalGids":[5,5,6]}}}"#.to_owned()),
        (r#"{"linux":{"netDevices":{"eth0":{"name":"x"}}}}"#, vec![interface("eth0", "y"), interface("a/b\"", "z")],
         r#"{"linux":{"netDevices":{"eth0":{"name":"y"},"a/b\"":{"name":"z"}}}}"#.to_owned()),
        (r#"{"linux":{"intelRdt":{"closID":"old","enableCMT":true},"x":0}}"#, vec![rdt.clone()], r#"{"linux":{"intelRdt":{"closID":"c"},"x":0}}"#.to_owned()),
        (r#"{"linux":{"intelRdt": {"closID": "c"}}}"#, vec![rdt], r#"{"linux":{"intelRdt": {"closID": "c"}}}"#.to_owned()),
        ("{}", vec![Edit::SetRdt(IntelRdt::default())], r#"{"linux":{"intelRdt":{}}}"#.to_owned()),
    ] {
        let (once, _) = edited(text, &edits).unwrap();
        assert_eq!(once, expected, "{text} {edits:?}");
        let (twice, _) = edited(&once, &edits).unwrap();
        assert_eq!(twice, once, "{text} {edits:?}");
    }
}

/// As `serde_json` writes it: by key.
fn shuffled(entry: &str) -> String {
    serde_json::from_str::<serde_json::Value>(entry).unwrap().to_string()
}

#[test]
fn report_these_changes() {
    let pretty = r#"{"process":{"env":["A=0"]},"mounts":[{"destination":"/a/b"},{"destination":"/c"},{"destination":"/a/"}]}"#;
    for (edits, expected) in [
        (vec![env("A", "0")], vec![]),
        (vec![env("A", "1")], vec![r#"/process/env/0 "A=0" "A=1""#]),
        (vec![env("B", "1")], vec![r#"/process/env/1 - "B=1""#]),
        (vec![Edit::SortMounts], vec![r#"/mounts ["/a/b","/c","/a"] ["/c","/a","/a/b"]"#]),
        (
            vec![mount("/c")],
            vec![
                r#"/mounts/1 {"destination":"/c"} -"#,
                r#"/mounts/2 - {"destination":"/c","options":["ro"],"source":"/s"}"#,
            ],
        ),
        (vec![interface("a/b", "c")], vec![r#"/linux/netDevices/a~1b - {"name":"c"}"#]),
        (
            vec![hook("/h"), remove("/h")],
            vec![
                r#"/hooks/prestart/0 - {"args":["h"],"env":["K=v"],"path":"/h"}"#,
                r#"/hooks/prestart/0 {"args":["h"],"env":["K=v"],"path":"/h"} -"#,
            ],
        ),
    ] {
        let (_, changes) = edited(pretty, &edits).unwrap();
        let value =
            |value: &Option<Json>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        let lines: Vec<String> = changes
            .iter()
            .map(|change| {
                format!("{} {} {}", change.pointer, value(&change.before), value(&change.after))
            })
            .collect();
        assert_eq!(lines, expected, "{edits:?}");
    }
}

#[test]
fn are_refused_and_leave_the_text() {
    let bad_node = Edit::PutDeviceNode(DeviceNode {
        path: "/d".to_owned(),
        node_type: "x".to_owned(),
        ..DeviceNode::default()
    });
    for (text, edit, expected) in [
        (r#"{"process":7}"#, env("A", "1"), "/process: expected an object"),
        (r#"{"process":{"env":{}}}"#, env("A", "1"), "/process/env: expected an array"),
        (
            r#"{"process":{"env":["A",1]}}"#,
            env("A", "1"),
            "/process/env/1: invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"mounts":[{"destination":1}]}"#,
            mount("/a"),
            "/mounts/0: invalid type: integer `1`, expected a string",
        ),
        (r#"{"linux":[]}"#, rule(true, 1), "/linux: expected an object"),
        (
            r#"{"linux":{"netDevices":[]}}"#,
            interface("a", "b"),
            "/linux/netDevices: expected an object",
        ),
        (r#"{"hooks":{"prestart":{}}}"#, remove("/h"), "/hooks/prestart: expected an array"),
        (
            "{}",
            env("A=", ""),
            "the edit of /process/env cannot be written: a variable's name is not empty and has no \
             `=`, and neither part has a NUL",
        ),
        ("{}", mount(""), "the edit of /mounts cannot be written: it has no destination"),
        (
            "{}",
            bad_node,
            "the edit of /linux/devices cannot be written: the device type \"x\" is none of a, b, c, \
             u, p",
        ),
        ("{}", hook(""), "the edit of /hooks/prestart cannot be written: it has no program"),
        (
            "{}",
            interface("", "x"),
            "the edit of /linux/netDevices/ cannot be written: the name is empty",
        ),
    ] {
        let mut document = document(text);
        assert_eq!(document.apply(&edit).unwrap_err().to_string(), expected);
        assert_eq!(document.to_text(), text);
    }
}

#[test]
fn do_not_let_white_space_multiply() {
    let space = " ".repeat(100_000);
    let text = format!("{{\"mounts\":[{space}{{}}{space},{space}{{}}]}}");
    let edits: Vec<Edit> = (0..1000).map(|n| mount(&format!("/m{n}"))).collect();
    let (after, _) = edited(&text, &edits).unwrap();
    assert!(after.len() < text.len() + 1000 * 100, "{}", after.len());
}
