//! Documents and edits that meet: few names, so that what is edited is often there already.

use gantry::cdi::{ContainerEdits, DeviceNode, Hook, IntelRdt, Mount, NetDevice};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn any_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    any_of(&["/a", "/b", "/a/b", "/a/", "/a//b", "/c/d/e", "/", "/dev/null", "/dev/sda"])
}

fn entry() -> impl Strategy<Value = String> {
    any_of(&["A=1", "A=2", "B=1", "B=", "C=x", "A==", "LONG=a b"])
}

fn node() -> impl Strategy<Value = DeviceNode> {
    let types = any_of(&["", "b", "c", "p"]);
    let permissions = any_of(&["", "r", "rwm", "none"]);
    (path(), any_of(&["", "/dev/null", "/dev/pipe", "/dev/sda"]), types, 0..3_i64, permissions)
        .prop_map(|(path, host_path, node_type, major, permissions)| DeviceNode {
            path,
            host_path,
            node_type,
            major,
            minor: major,
            permissions,
            ..DeviceNode::default()
        })
}

fn mount() -> impl Strategy<Value = Mount> {
    let options = vec(any_of(&["ro", "bind", "rbind", "idmap"]), 0..3);
    (path(), path(), options, any_of(&["", "bind", "tmpfs"])).prop_map(
        |(host_path, container_path, options, mount_type)| Mount {
            host_path,
            container_path,
            options,
            mount_type,
        },
    )
}

fn hook() -> impl Strategy<Value = Hook> {
    let names = any_of(&["prestart", "createRuntime", "poststop"]);
    (names, path(), vec(entry(), 0..2), option::of(0..3_i64)).prop_map(
        |(hook_name, path, env, timeout)| Hook { hook_name, path, env, timeout, args: Vec::new() },
    )
}

/// Valid edits, most of which this host can apply.
pub(crate) fn edits() -> impl Strategy<Value = ContainerEdits> {
    let net = btree_map(any_of(&["eth0", "eth1"]), any_of(&["a", "b"]), 0..2);
    let net = net.prop_map(|names| {
        let device = |(host_interface_name, name)| NetDevice { host_interface_name, name };
        names.into_iter().map(device).take(1).collect::<Vec<_>>()
    });
    let rdt = option::of(any_of(&["", "x", "y"]))
        .prop_map(|id| id.map(|clos_id| IntelRdt { clos_id, ..IntelRdt::default() }));
    let lists = (vec(entry(), 0..4), vec(node(), 0..3), vec(hook(), 0..3), vec(mount(), 0..4));
    (lists, net, rdt, vec(0..4_u32, 0..3)).prop_map(
        |((env, device_nodes, hooks, mounts), net_devices, intel_rdt, additional_gids)| {
            ContainerEdits {
                env,
                device_nodes,
                net_devices,
                hooks,
                mounts,
                intel_rdt,
                additional_gids,
            }
        },
    )
}

/// Members that no edit is about.
fn unknown() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-z]{0,3}", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn list<S: Strategy<Value = Value>>(entry: S, max: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        3 => vec(entry, 0..max).prop_map(Value::from),
    ]
}

/// A container's document; each member may be absent, null or empty.
pub(crate) fn document() -> impl Strategy<Value = Value> {
    let mounts = (path(), path())
        .prop_map(|(to, from)| json!({"destination": to, "source": from, "x": 1.0}));
    let hook = || {
        (path(), option::of(0..3)).prop_map(|(path, timeout)| match timeout {
            Some(timeout) => json!({"path": path, "timeout": timeout}),
            None => json!({"path": path, "args": [], "note": false}),
        })
    };
    let nodes = (path(), any_of(&["c", "b"]), 0..3).prop_map(
        |(path, kind, n)| json!({"path": path, "type": kind, "major": n, "minor": n, "fileMode": 438}),
    );
    let rules = (any::<bool>(), 0..3).prop_map(
        |(allow, n)| json!({"allow": allow, "type": "c", "major": n, "minor": n, "access": "rwm"}),
    );
    let deny = Just(json!({"allow": false, "access": "rwm"}));
    let env =
        prop_oneof![4 => entry(), 1 => any_of(&["A", "", "=", "NOVALUE"])].prop_map(Value::from);
    let user = (0..2_u32, list((0..4_u32).prop_map(Value::from), 4))
        .prop_map(|(id, gids)| json!({"uid": id, "gid": id, "additionalGids": gids}));
    let process = (list(env, 6), user, unknown()).prop_map(
        |(env, user, unknown)| json!({"env": env, "user": user, "terminal": false, "x": unknown}),
    );
    let namespaces = list(any_of(&["user", "pid"]).prop_map(|kind| json!({"type": kind})), 3);
    let rules = list(prop_oneof![3 => rules, 1 => deny], 4);
    let linux = (list(nodes, 4), rules, namespaces, unknown()).prop_map(
        |(devices, rules, namespaces, unknown)| {
            json!({
                "devices": devices, "namespaces": namespaces, "x": unknown,
                "resources": {"devices": rules, "unified": {}}, "intelRdt": null,
            })
        },
    );
    let hooks = (list(hook(), 3), list(hook(), 3))
        .prop_map(|(a, b)| json!({"prestart": a, "createRuntime": b, "poststop": null}));
    let parts =
        (option::of(process), option::of(linux), list(mounts, 6), option::of(hooks), unknown());
    parts.prop_map(|(process, linux, mounts, hooks, unknown)| {
        let members = [
            ("ociVersion", Some(json!("1.2.0"))),
            ("process", process),
            ("mounts", Some(mounts)),
            ("hooks", hooks),
            ("linux", linux),
            ("unknown", Some(unknown)),
        ];
        let there = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        there.collect()
    })
}
