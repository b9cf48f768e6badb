//! The parts of `config.json` as they are written: any key may be missing or `null`. Unlike the types of
//! `oci-spec`, which refuse a document for a field that a view does not look at.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::view;

/// An object. (What `serde` derives takes an array of the values, too.)
pub(super) struct Strict<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Strict<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Strict<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Strict)
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

/// An object whose keys are data: a key that stands twice is refused.
pub(super) struct Pairs(pub(super) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    pairs.push((key, value.unwrap_or_default()));
                }
                pairs.sort_unstable();
                let mut neighbours = pairs.iter().zip(pairs.iter().skip(1));
                match neighbours.find(|((key, _), (next, _))| key == next) {
                    Some(((key, _), _)) => {
                        Err(A::Error::custom(format_args!("the key {key:?} stands twice")))
                    }
                    None => Ok(Pairs(pairs)),
                }
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(serde::Deserialize)]
pub(super) struct Mount {
    destination: Option<String>,
    source: Option<String>,
    #[serde(rename = "type")]
    fs_type: Option<String>,
    options: Option<Vec<String>>,
}

impl From<Mount> for view::Mount {
    fn from(mount: Mount) -> Self {
        Self {
            destination: mount.destination.unwrap_or_default(),
            source: mount.source,
            fs_type: mount.fs_type,
            options: mount.options.unwrap_or_default(),
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct Hook {
    path: Option<String>,
    args: Option<Vec<String>>,
    env: Option<Vec<String>>,
    timeout: Option<i64>,
}

impl From<Hook> for view::Hook {
    fn from(hook: Hook) -> Self {
        Self {
            path: hook.path.unwrap_or_default(),
            args: hook.args.unwrap_or_default(),
            env: hook.env.unwrap_or_default(),
            timeout: hook.timeout,
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceNode {
    path: Option<String>,
    r#type: Option<String>,
    major: Option<i64>,
    minor: Option<i64>,
    file_mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
}

impl From<DeviceNode> for view::DeviceNode {
    fn from(node: DeviceNode) -> Self {
        Self {
            path: node.path.unwrap_or_default(),
            node_type: node.r#type.unwrap_or_default(),
            major: node.major,
            minor: node.minor,
            file_mode: node.file_mode,
            uid: node.uid,
            gid: node.gid,
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct DeviceRule {
    allow: Option<bool>,
    r#type: Option<String>,
    major: Option<i64>,
    minor: Option<i64>,
    access: Option<String>,
}

impl From<DeviceRule> for view::DeviceRule {
    fn from(rule: DeviceRule) -> Self {
        Self {
            allow: rule.allow.unwrap_or_default(),
            node_type: rule.r#type,
            major: rule.major,
            minor: rule.minor,
            access: rule.access,
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct Capabilities {
    bounding: Option<Vec<String>>,
    effective: Option<Vec<String>>,
    inheritable: Option<Vec<String>>,
    permitted: Option<Vec<String>>,
    ambient: Option<Vec<String>>,
}

impl From<Capabilities> for view::Capabilities {
    fn from(sets: Capabilities) -> Self {
        Self {
            bounding: sets.bounding.unwrap_or_default(),
            effective: sets.effective.unwrap_or_default(),
            inheritable: sets.inheritable.unwrap_or_default(),
            permitted: sets.permitted.unwrap_or_default(),
            ambient: sets.ambient.unwrap_or_default(),
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct Namespace {
    r#type: Option<String>,
    path: Option<String>,
}

impl From<Namespace> for view::Namespace {
    fn from(namespace: Namespace) -> Self {
        Self {
            kind: namespace.r#type.unwrap_or_default(),
            path: namespace.path.filter(|path| !path.is_empty()),
        }
    }
}
