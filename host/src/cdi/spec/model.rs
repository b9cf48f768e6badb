//! The model of a spec (CDI specification, "CDI JSON Specification"): fields and names are CDI's own.
//! An empty text or list is the same as an absent one, except where the type says otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A spec file's content: devices of one kind.
///
/// ```
/// use gantry::cdi::{ContainerEdits, Device, DeviceNode, Mount, Spec, WriteOptions, write_spec};
///
/// let node = DeviceNode { path: "/dev/vendor0".to_owned(), ..DeviceNode::default() };
/// let library = Mount {
///     host_path: "/usr/lib/libvendor.so".to_owned(),
///     container_path: "/usr/lib/libvendor.so".to_owned(),
///     options: vec!["ro".to_owned(), "bind".to_owned()],
///     ..Mount::default()
/// };
/// let device = Device {
///     name: "dev0".to_owned(),
///     container_edits: ContainerEdits { device_nodes: vec![node], ..ContainerEdits::default() },
///     ..Device::default()
/// };
/// let spec = Spec {
///     kind: "vendor.com/device".to_owned(),
///     devices: vec![device],
///     container_edits: ContainerEdits { mounts: vec![library], ..ContainerEdits::default() },
///     ..Spec::default()
/// }
/// .with_minimum_version();
/// assert_eq!(spec.cdi_version, "0.3.0");
/// assert_eq!(spec.validate()?.as_str(), "vendor.com/device");
///
/// let dir = tempfile::tempdir()?;
/// for name in ["vendor.json", "vendor.yaml"] {
///     let path = write_spec(dir.path(), name, &spec, &WriteOptions::default())?;
///     assert_eq!(path, dir.path().join(name));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spec {
    /// The version of the specification that the file follows.
    pub cdi_version: String,
    /// `vendor/class` of all its devices.
    pub kind: String,
    /// Free for all; since 0.6.0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub annotations: BTreeMap<String, String>,
    /// At least one.
    pub devices: Vec<Device>,
    /// Edits for a container that gets any of the devices.
    #[serde(skip_serializing_if = "ContainerEdits::is_empty")]
    pub container_edits: ContainerEdits,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Device {
    /// Unique in the file.
    pub name: String,
    /// Free for all; since 0.6.0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_map")]
    pub annotations: BTreeMap<String, String>,
    /// Edits for a container that gets this device. Never empty.
    pub container_edits: ContainerEdits,
}

/// What changes in a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContainerEdits {
    /// `NAME=value` each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Device nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_nodes: Vec<DeviceNode>,
    /// Network interfaces to move into the container; since 1.1.0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub net_devices: Vec<NetDevice>,
    /// Hooks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Mounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Replaces the container's whole; `{}` is not absent. Since 0.7.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intel_rdt: Option<IntelRdt>,
    /// More groups of the process; 0 is skipped. Since 0.7.0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_gids: Vec<u32>,
}

impl ContainerEdits {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { env, device_nodes, net_devices, hooks, mounts, intel_rdt, additional_gids } =
            self;
        env.is_empty()
            && device_nodes.is_empty()
            && net_devices.is_empty()
            && hooks.is_empty()
            && mounts.is_empty()
            && intel_rdt.is_none()
            && additional_gids.is_empty()
    }

    /// Adds the other's edits after its own. The other's `intelRdt`, if it has one, replaces its own.
    pub fn append(&mut self, other: Self) {
        let Self { env, device_nodes, net_devices, hooks, mounts, intel_rdt, additional_gids } =
            other;
        self.env.extend(env);
        self.device_nodes.extend(device_nodes);
        self.net_devices.extend(net_devices);
        self.hooks.extend(hooks);
        self.mounts.extend(mounts);
        self.intel_rdt = intel_rdt.or(self.intel_rdt.take());
        self.additional_gids.extend(additional_gids);
    }
}

/// A device node. What is not given is taken from the host's node when a container is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeviceNode {
    /// In the container.
    pub path: String,
    /// On the host; empty: the same as `path`. Since 0.5.0.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_path: String,
    /// `b`, `c`, `u`, `p`; empty: the host's.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub node_type: String,
    /// 0: the host's.
    #[serde(skip_serializing_if = "is_zero")]
    pub major: i64,
    /// Only with `major`.
    #[serde(skip_serializing_if = "is_zero")]
    pub minor: i64,
    /// Permission bits; `None`: the host's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_mode: Option<u32>,
    /// What the container's processes may do with it: of `r`, `w` and `m`; `none`: nothing; empty:
    /// `rwm`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub permissions: String,
    /// Owner in the container; `None`: the process's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Group in the container; `None`: the process's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Mount {
    /// The source.
    pub host_path: String,
    /// The destination.
    pub container_path: String,
    /// As in `mount -o`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The file system's type. Since 0.4.0.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub mount_type: String,
}

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Hook {
    /// When it runs: a name of the OCI runtime specification.
    pub hook_name: String,
    /// The program.
    pub path: String,
    /// Its arguments, the program's name first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Its whole environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}

/// Intel's resource director technology.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IntelRdt {
    /// Class of service.
    #[serde(rename = "closID", skip_serializing_if = "String::is_empty")]
    pub clos_id: String,
    /// L3 cache schema.
    #[serde(rename = "l3CacheSchema", skip_serializing_if = "String::is_empty")]
    pub l3_cache_schema: String,
    /// Memory bandwidth schema.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mem_bw_schema: String,
    /// Lines of the `schemata` file; an empty list is not absent. Since 1.1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schemata: Option<Vec<String>>,
    /// Whether a monitoring group is made. Since 1.1.0.
    #[serde(skip_serializing_if = "is_false")]
    pub enable_monitoring: bool,
}

/// A network interface of the host that moves into the container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetDevice {
    /// Its name on the host.
    pub host_interface_name: String,
    /// Its name in the container.
    pub name: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A map whose keys must differ: serde's own keeps the last of equal ones.
fn unique_map<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    struct Visitor;

    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map of strings")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value()?;
                if out.contains_key(&key) {
                    let key = crate::cdi::text::quoted(&key);
                    return Err(serde::de::Error::custom(format_args!("duplicate key {key}")));
                }
                out.insert(key, value);
            }
            Ok(out)
        }
    }

    deserializer.deserialize_map(Visitor)
}
