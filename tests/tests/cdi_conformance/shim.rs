//! Edits on a JSON value, for these cases only: they are about which edits CDI makes.

use gantry::document::{DeviceNode, DeviceRule, Edit, Hook, IntelRdt, Mount};
use serde_json::{Map, Value, json};

pub(crate) fn apply(oci: &mut Value, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::SetEnv { name, value } => set_env(list(oci, &["process", "env"]), name, value),
            Edit::PutDeviceNode(node) => {
                let nodes = list(oci, &["linux", "devices"]);
                nodes.retain(|other| other["path"] != *node.path);
                nodes.push(device_node(node));
            }
            Edit::AddDeviceRule(new) => {
                add_once(list(oci, &["linux", "resources", "devices"]), rule(new));
            }
            Edit::PutMount(new) => {
                let mounts = list(oci, &["mounts"]);
                mounts.retain(|other| other["destination"] != *new.destination);
                mounts.push(mount(new));
            }
            Edit::SortMounts => list(oci, &["mounts"]).sort_by_key(depth),
            Edit::AddHook { point, hook: new } => {
                add_once(list(oci, &["hooks", point.name()]), hook(new));
            }
            Edit::RemoveHooks { .. } => panic!("CDI removes no hooks"),
            Edit::AddGid(gid) => {
                add_once(list(oci, &["process", "user", "additionalGids"]), json!(gid));
            }
            Edit::PutNetDevice { host_name, name } => {
                *at(oci, &["linux", "netDevices", host_name]) = json!({ "name": name });
            }
            Edit::SetRdt(new) => *at(oci, &["linux", "intelRdt"]) = rdt(new),
        }
    }
}

fn depth(mount: &Value) -> usize {
    let path = mount["destination"].as_str().unwrap_or_default();
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").count();
    if path.starts_with('/') { parts.max(1) } else { parts.saturating_sub(1) }
}

fn at<'v>(mut value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    for key in path {
        if value.is_null() {
            *value = json!({});
        }
        value = value.as_object_mut().unwrap().entry(*key).or_insert(Value::Null);
    }
    value
}

fn list<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Vec<Value> {
    let value = at(value, path);
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().unwrap()
}

fn add_once(items: &mut Vec<Value>, item: Value) {
    if !items.contains(&item) {
        items.push(item);
    }
}

fn set_env(env: &mut Vec<Value>, name: &str, value: &str) {
    let named = |entry: &Value| entry.as_str().and_then(|e| e.split('=').next()) == Some(name);
    match env.iter().rposition(named) {
        Some(i) => env[i] = json!(format!("{name}={value}")),
        None => env.push(json!(format!("{name}={value}"))),
    }
}

/// An object of the fields that have a value.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let given = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(given.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn some(items: &[String]) -> Value {
    if items.is_empty() { Value::Null } else { json!(items) }
}

fn device_node(node: &DeviceNode) -> Value {
    object([
        ("path", json!(node.path)),
        ("type", json!(node.node_type)),
        ("major", json!(node.major)),
        ("minor", json!(node.minor)),
        ("fileMode", json!(node.file_mode)),
        ("uid", json!(node.uid)),
        ("gid", json!(node.gid)),
    ])
}

fn rule(rule: &DeviceRule) -> Value {
    object([
        ("allow", json!(rule.allow)),
        ("type", json!(rule.node_type)),
        ("major", json!(rule.major)),
        ("minor", json!(rule.minor)),
        ("access", json!(rule.access)),
    ])
}

fn mount(mount: &Mount) -> Value {
    object([
        ("destination", json!(mount.destination)),
        ("source", json!(mount.source)),
        ("type", json!(mount.fs_type)),
        ("options", some(&mount.options)),
    ])
}

fn hook(hook: &Hook) -> Value {
    object([
        ("path", json!(hook.path)),
        ("args", some(&hook.args)),
        ("env", some(&hook.env)),
        ("timeout", json!(hook.timeout)),
    ])
}

fn rdt(rdt: &IntelRdt) -> Value {
    object([
        ("closID", json!(rdt.clos_id)),
        ("l3CacheSchema", json!(rdt.l3_cache_schema)),
        ("memBwSchema", json!(rdt.mem_bw_schema)),
        ("schemata", json!(rdt.schemata)),
        ("enableMonitoring", json!(rdt.enable_monitoring)),
    ])
}
