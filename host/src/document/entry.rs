//! New entries of a document, as JSON, made with the types of `oci-spec`; they hold what the edit says and
//! nothing else.

use oci_spec::OciSpecError;
use oci_spec::runtime::{
    HookBuilder, LinuxDeviceBuilder, LinuxDeviceCgroupBuilder, LinuxDeviceType,
    LinuxIntelRdtBuilder, LinuxNetDeviceBuilder, MountBuilder,
};
use serde::Serialize;
use serde_json::Value;

use super::{DeviceNode, DeviceRule, Hook, IntelRdt, Mount};

/// Why an entry cannot be made, in words.
type Made = Result<Value, String>;

pub(super) fn mount(mount: &Mount) -> Made {
    if mount.destination.is_empty() {
        return Err("it has no destination".to_owned());
    }
    let mut entry = MountBuilder::default().destination(&mount.destination);
    if let Some(source) = &mount.source {
        entry = entry.source(source);
    }
    if let Some(fs_type) = &mount.fs_type {
        entry = entry.typ(fs_type);
    }
    if !mount.options.is_empty() {
        entry = entry.options(mount.options.clone());
    }
    written(entry.build())
}

pub(super) fn hook(hook: &Hook) -> Made {
    if hook.path.is_empty() {
        return Err("it has no program".to_owned());
    }
    let mut entry = HookBuilder::default().path(&hook.path);
    if !hook.args.is_empty() {
        entry = entry.args(hook.args.clone());
    }
    if !hook.env.is_empty() {
        entry = entry.env(hook.env.clone());
    }
    if let Some(timeout) = hook.timeout {
        entry = entry.timeout(timeout);
    }
    written(entry.build())
}

pub(super) fn device_node(node: &DeviceNode) -> Made {
    if node.path.is_empty() {
        return Err("it has no path".to_owned());
    }
    let mut entry =
        LinuxDeviceBuilder::default().path(&node.path).typ(device_type(&node.node_type)?);
    if let Some(major) = node.major {
        entry = entry.major(major);
    }
    if let Some(minor) = node.minor {
        entry = entry.minor(minor);
    }
    if let Some(mode) = node.file_mode {
        entry = entry.file_mode(mode);
    }
    if let Some(uid) = node.uid {
        entry = entry.uid(uid);
    }
    if let Some(gid) = node.gid {
        entry = entry.gid(gid);
    }
    // `oci-spec` writes 0 for a number that a FIFO does not have.
    let absent = [("major", node.major.is_none()), ("minor", node.minor.is_none())];
    Ok(without(written(entry.build())?, &absent))
}

pub(super) fn device_rule(rule: &DeviceRule) -> Made {
    let mut entry = LinuxDeviceCgroupBuilder::default().allow(rule.allow);
    if let Some(node_type) = &rule.node_type {
        entry = entry.typ(device_type(node_type)?);
    }
    if let Some(major) = rule.major {
        entry = entry.major(major);
    }
    if let Some(minor) = rule.minor {
        entry = entry.minor(minor);
    }
    if let Some(access) = &rule.access {
        entry = entry.access(access);
    }
    // `oci-spec` writes `null` where no access is given.
    Ok(without(written(entry.build())?, &[("access", rule.access.is_none())]))
}

pub(super) fn net_device(name: &str) -> Made {
    written(LinuxNetDeviceBuilder::default().name(name).build())
}

pub(super) fn intel_rdt(rdt: &IntelRdt) -> Made {
    let mut entry = LinuxIntelRdtBuilder::default();
    if let Some(id) = &rdt.clos_id {
        entry = entry.clos_id(id);
    }
    if let Some(schema) = &rdt.l3_cache_schema {
        entry = entry.l3_cache_schema(schema);
    }
    if let Some(schema) = &rdt.mem_bw_schema {
        entry = entry.mem_bw_schema(schema);
    }
    if let Some(lines) = &rdt.schemata {
        entry = entry.schemata(lines.clone());
    }
    if let Some(enable) = rdt.enable_monitoring {
        entry = entry.enable_monitoring(enable);
    }
    written(entry.build())
}

fn device_type(letter: &str) -> Result<LinuxDeviceType, String> {
    match letter {
        "a" => Ok(LinuxDeviceType::A),
        "b" => Ok(LinuxDeviceType::B),
        "c" => Ok(LinuxDeviceType::C),
        "u" => Ok(LinuxDeviceType::U),
        "p" => Ok(LinuxDeviceType::P),
        other => Err(format!("the device type {other:?} is none of a, b, c, u, p")),
    }
}

fn written<T: Serialize>(built: Result<T, OciSpecError>) -> Made {
    let built = built.map_err(|error| error.to_string())?;
    serde_json::to_value(built).map_err(|error| error.to_string())
}

fn without(mut entry: Value, keys: &[(&str, bool)]) -> Value {
    if let Some(object) = entry.as_object_mut() {
        for (key, _) in keys.iter().filter(|(_, absent)| *absent) {
            object.remove(*key);
        }
    }
    entry
}
