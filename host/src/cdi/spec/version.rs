//! Versions of the CDI specification, and which of them a spec needs, as data. A new version of the
//! specification is a row in [`KNOWN`] and one for each of its features in [`FEATURES`].

use std::fmt;

use super::{ContainerEdits, Spec};

mod accepted;
mod note;

pub use accepted::accepted_since;
pub use note::VersionNote;

/// A released version of the specification. Orders by age, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u8,
    minor: u8,
    patch: u8,
}

const fn v(major: u8, minor: u8, patch: u8) -> Version {
    Version { major, minor, patch }
}

/// The versions that a spec may name.
const KNOWN: [Version; 8] = [
    v(0, 3, 0),
    v(0, 4, 0),
    v(0, 5, 0),
    v(0, 6, 0),
    v(0, 7, 0),
    v(0, 8, 0),
    v(1, 0, 0),
    v(1, 1, 0),
];

/// What needs a version, the newest first.
const FEATURES: [Feature; 9] = [
    Feature {
        since: v(1, 1, 0),
        name: "netDevices",
        used: |spec| any(spec, |e| !e.net_devices.is_empty()),
    },
    Feature {
        since: v(1, 1, 0),
        name: "intelRdt.schemata",
        used: |spec| any(spec, |e| e.intel_rdt.as_ref().is_some_and(|rdt| rdt.schemata.is_some())),
    },
    Feature {
        since: v(1, 1, 0),
        name: "intelRdt.enableMonitoring",
        used: |spec| any(spec, |e| e.intel_rdt.as_ref().is_some_and(|rdt| rdt.enable_monitoring)),
    },
    Feature {
        since: v(0, 7, 0),
        name: "intelRdt",
        used: |spec| any(spec, |e| e.intel_rdt.is_some()),
    },
    Feature {
        since: v(0, 7, 0),
        name: "additionalGids",
        used: |spec| any(spec, |e| !e.additional_gids.is_empty()),
    },
    Feature {
        since: v(0, 6, 0),
        name: "annotations",
        used: |spec| {
            !spec.annotations.is_empty() || spec.devices.iter().any(|d| !d.annotations.is_empty())
        },
    },
    Feature {
        since: v(0, 6, 0),
        name: "a dot in the class",
        used: |spec| spec.kind.split_once('/').is_some_and(|(_, class)| class.contains('.')),
    },
    Feature {
        since: v(0, 5, 0),
        name: "hostPath of a device node, or a device name that starts with a digit",
        used: |spec| {
            spec.devices.iter().any(|d| d.name.starts_with(|c: char| c.is_ascii_digit()))
                || any(spec, |e| e.device_nodes.iter().any(|node| !node.host_path.is_empty()))
        },
    },
    Feature {
        since: v(0, 4, 0),
        name: "type of a mount",
        used: |spec| any(spec, |e| e.mounts.iter().any(|mount| !mount.mount_type.is_empty())),
    },
];

/// Fields that a version took away: of the type with that name in the model.
const REMOVED: [(&str, &str, Version); 2] =
    [("IntelRdt", "enableCMT", v(1, 1, 0)), ("IntelRdt", "enableMBM", v(1, 1, 0))];

struct Feature {
    since: Version,
    name: &'static str,
    used: fn(&Spec) -> bool,
}

/// Whether any of the spec's edits do that.
fn any(spec: &Spec, used: impl Fn(&ContainerEdits) -> bool) -> bool {
    used(&spec.container_edits) || spec.devices.iter().any(|device| used(&device.container_edits))
}

impl Version {
    /// The newest.
    pub const CURRENT: Self = v(1, 1, 0);
    /// The oldest that is supported.
    pub const OLDEST: Self = v(0, 3, 0);

    /// All that a spec may name, the oldest first.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &KNOWN
    }

    /// The known version of that name; one leading `v` is allowed.
    #[must_use]
    pub fn known(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        KNOWN.into_iter().find(|version| version.is(text))
    }

    /// Whether the text is this version's, without allocating.
    fn is(self, text: &str) -> bool {
        let mut parts = text.split('.');
        [self.major, self.minor, self.patch]
            .into_iter()
            .all(|number| parts.next().is_some_and(|part| is_number(part, number)))
            && parts.next().is_none()
    }

    /// Whether the text is `MAJOR.MINOR.PATCH` of a version after [`Version::CURRENT`]; one leading
    /// `v` is allowed.
    pub(crate) fn is_newer(text: &str) -> bool {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.').map(|part| {
            let well_formed = part.bytes().all(|b| b.is_ascii_digit())
                && (part.len() == 1 || !part.starts_with('0'));
            part.parse::<u64>().ok().filter(|_| well_formed)
        });
        let mut part = || parts.next().flatten();
        let (major, minor, patch) = (part(), part(), part());
        let (Some(major), Some(minor), Some(patch), None) = (major, minor, patch, parts.next())
        else {
            return false;
        };
        let Self { major: known_major, minor: known_minor, patch: known_patch } = Self::CURRENT;
        (major, minor, patch) > (known_major.into(), known_minor.into(), known_patch.into())
    }

    /// The version that took a field away from the type of that name.
    pub(crate) fn that_removed(type_name: &str, field: &str) -> Option<Self> {
        REMOVED
            .iter()
            .find(|(of, name, _)| *of == type_name && name.eq_ignore_ascii_case(field))
            .map(|&(.., version)| version)
    }

    /// The known versions, for a message.
    pub(crate) fn list() -> String {
        KNOWN.map(|version| version.to_string()).join(", ")
    }

    /// The lowest version whose features suffice for the spec, and the feature that needs it.
    pub(crate) fn needed(spec: &Spec) -> (Self, &'static str) {
        FEATURES
            .iter()
            .find(|feature| (feature.used)(spec))
            .map_or((Self::OLDEST, "any spec"), |feature| (feature.since, feature.name))
    }
}

/// Numbers here have one digit.
fn is_number(text: &str, number: u8) -> bool {
    text.as_bytes() == [b'0' + number]
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests;
