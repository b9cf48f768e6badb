//! What a spec must fulfil, with the path of the field that does not. The order of the checks is that
//! of `pkg/cdi`; the first failure counts.

use std::collections::{BTreeMap, HashSet};

use super::{
    ContainerEdits, Device, DeviceNode, Hook, IntelRdt, InvalidSpec, Mount, NetDevice, Spec,
};
use super::{SpecProblem, Version};
use crate::cdi::names::{Kind, validate_device};
use crate::cdi::path::FieldPath;
use crate::document::HookPoint;

/// Of all keys and values of one map, in bytes: the limit that Kubernetes has.
const MAX_ANNOTATIONS: usize = 256 * 1024;
/// The longest name of a class of service, plus one.
const MAX_CLOS_ID: usize = 4096;

type Checked = Result<(), InvalidSpec>;

fn fail<T>(at: &FieldPath<'_>, problem: SpecProblem) -> Result<T, InvalidSpec> {
    Err(InvalidSpec { field: at.to_string(), problem })
}

impl Spec {
    /// Whether the spec is valid; its kind if so.
    pub fn validate(&self) -> Result<Kind, InvalidSpec> {
        match Version::known(&self.cdi_version) {
            Some(declared) => self.validate_as(declared),
            None => fail(
                &FieldPath::Root.field("cdiVersion"),
                SpecProblem::UnknownVersion {
                    declared: self.cdi_version.clone(),
                    // Without devices it is hardly a spec.
                    needed: (!self.devices.is_empty()).then(|| self.minimum_version()),
                },
            ),
        }
    }

    /// The same, as if it named that version.
    pub(crate) fn validate_as(&self, declared: Version) -> Result<Kind, InvalidSpec> {
        let root = FieldPath::Root;
        let (needed, feature) = Version::needed(self);
        if declared < needed {
            let problem = SpecProblem::VersionTooLow { declared, needed, feature };
            return fail(&root.field("cdiVersion"), problem);
        }
        let kind = match self.kind.parse::<Kind>() {
            Ok(kind) => kind,
            Err(error) => return fail(&root.field("kind"), SpecProblem::Name(error)),
        };
        check_annotations(&self.annotations, &root)?;
        self.container_edits.check(&root.field("containerEdits"))?;
        let at = root.field("devices");
        let mut names = HashSet::new();
        for (i, device) in self.devices.iter().enumerate() {
            let at = at.index(i);
            device.check(&at)?;
            if !names.insert(device.name.as_str()) {
                return fail(&at.field("name"), SpecProblem::DuplicateDevice(device.name.clone()));
            }
        }
        if self.devices.is_empty() { fail(&at, SpecProblem::NoDevices) } else { Ok(kind) }
    }

    /// The lowest version of the specification that the spec can name: the one that most programs
    /// accept.
    #[must_use]
    pub fn minimum_version(&self) -> Version {
        Version::needed(self).0
    }

    /// The spec, naming [`Spec::minimum_version`].
    #[must_use]
    pub fn with_minimum_version(self) -> Self {
        Self { cdi_version: self.minimum_version().to_string(), ..self }
    }
}

impl Device {
    /// Whether the device is valid by itself, as in a spec.
    pub fn validate(&self) -> Result<(), InvalidSpec> {
        self.check(&FieldPath::Root)
    }

    fn check(&self, at: &FieldPath<'_>) -> Checked {
        if let Err(error) = validate_device(&self.name) {
            return fail(&at.field("name"), SpecProblem::Name(error));
        }
        check_annotations(&self.annotations, at)?;
        let edits = at.field("containerEdits");
        if self.container_edits.is_empty() {
            return fail(&edits, SpecProblem::NoEdits);
        }
        self.container_edits.check(&edits)
    }
}

impl ContainerEdits {
    /// Whether each edit is valid by itself, as in a spec.
    pub fn validate(&self) -> Result<(), InvalidSpec> {
        self.check(&FieldPath::Root)
    }

    fn check(&self, at: &FieldPath<'_>) -> Checked {
        check_env(&self.env, &at.field("env"))?;
        each(&self.device_nodes, at, "deviceNodes", check_node)?;
        each(&self.hooks, at, "hooks", check_hook)?;
        each(&self.mounts, at, "mounts", check_mount)?;
        if let Some(rdt) = &self.intel_rdt {
            check_rdt(rdt, &at.field("intelRdt"))?;
        }
        check_net_devices(&self.net_devices, &at.field("netDevices"))
    }
}

fn each<T>(
    items: &[T],
    at: &FieldPath<'_>,
    field: &str,
    check: fn(&T, &FieldPath<'_>) -> Checked,
) -> Checked {
    let at = at.field(field);
    items.iter().enumerate().try_for_each(|(i, item)| check(item, &at.index(i)))
}

fn check_env(env: &[String], at: &FieldPath<'_>) -> Checked {
    match env.iter().enumerate().find(|(_, entry)| entry.find('=').is_none_or(|i| i == 0)) {
        Some((i, entry)) => fail(&at.index(i), SpecProblem::Env(entry.clone())),
        None => Ok(()),
    }
}

fn check_node(node: &DeviceNode, at: &FieldPath<'_>) -> Checked {
    if node.path.is_empty() {
        return fail(&at.field("path"), SpecProblem::Empty);
    }
    if !matches!(node.node_type.as_str(), "" | "b" | "c" | "u" | "p") {
        return fail(&at.field("type"), SpecProblem::NodeType(node.node_type.clone()));
    }
    let permissions = &node.permissions;
    if permissions != "none" && !permissions.bytes().all(|b| matches!(b, b'r' | b'w' | b'm')) {
        return fail(&at.field("permissions"), SpecProblem::Permissions(permissions.clone()));
    }
    Ok(())
}

fn check_hook(hook: &Hook, at: &FieldPath<'_>) -> Checked {
    if HookPoint::from_name(&hook.hook_name).is_none() {
        return fail(&at.field("hookName"), SpecProblem::HookName(hook.hook_name.clone()));
    }
    if hook.path.is_empty() {
        return fail(&at.field("path"), SpecProblem::Empty);
    }
    check_env(&hook.env, &at.field("env"))
}

fn check_mount(mount: &Mount, at: &FieldPath<'_>) -> Checked {
    if mount.host_path.is_empty() {
        return fail(&at.field("hostPath"), SpecProblem::Empty);
    }
    if mount.container_path.is_empty() {
        return fail(&at.field("containerPath"), SpecProblem::Empty);
    }
    Ok(())
}

fn check_rdt(rdt: &IntelRdt, at: &FieldPath<'_>) -> Checked {
    let id = rdt.clos_id.as_str();
    let valid =
        id == "/" || id.len() < MAX_CLOS_ID && id != "." && id != ".." && !id.contains(['/', '\n']);
    if valid { Ok(()) } else { fail(&at.field("closID"), SpecProblem::ClosId(id.to_owned())) }
}

fn check_net_devices(devices: &[NetDevice], at: &FieldPath<'_>) -> Checked {
    let mut hosts = HashSet::new();
    let mut names = HashSet::new();
    for (i, device) in devices.iter().enumerate() {
        let at = at.index(i);
        for (field, name, seen) in [
            ("hostInterfaceName", &device.host_interface_name, &mut hosts),
            ("name", &device.name, &mut names),
        ] {
            if name.is_empty() {
                return fail(&at.field(field), SpecProblem::Empty);
            }
            if !seen.insert(name.as_str()) {
                return fail(&at.field(field), SpecProblem::DuplicateInterface(name.clone()));
            }
        }
    }
    Ok(())
}

fn check_annotations(annotations: &BTreeMap<String, String>, at: &FieldPath<'_>) -> Checked {
    let at = at.field("annotations");
    if let Some(key) = annotations.keys().find(|key| !is_annotation_key(key)) {
        return fail(&at, SpecProblem::AnnotationKey(key.clone()));
    }
    let size = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > MAX_ANNOTATIONS {
        return fail(&at, SpecProblem::AnnotationsTooLarge { size, limit: MAX_ANNOTATIONS });
    }
    Ok(())
}

/// A qualified name of Kubernetes, case ignored: an optional DNS subdomain and `/`, then a name.
fn is_annotation_key(key: &str) -> bool {
    let ends = |text: &str, inner: fn(u8) -> bool| {
        let bytes = text.as_bytes();
        bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(|&b| b.is_ascii_alphanumeric() || inner(b))
    };
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    name.len() <= 63
        && ends(name, |b| matches!(b, b'-' | b'_' | b'.'))
        && prefix.is_none_or(|prefix| {
            prefix.len() <= 253 && prefix.split('.').all(|label| ends(label, |b| b == b'-'))
        })
}
