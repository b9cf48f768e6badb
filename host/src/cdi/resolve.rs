//! From names of devices to a plan: which edits of which files, in which order.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::apply::{Container, FixedEdits};
use super::names::{Kind, NameError, QualifiedName};
use super::prepared::PreparedFile;
use super::registry::{Registry, SpecFile};
use super::spec::{ContainerEdits, InvalidSpec, Spec, SpecProblem};
use super::text::shown;
use super::unresolved::Unresolved;

/// The edits that a request means, and where each comes from.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    parts: Vec<Part>,
}

impl Plan {
    /// In the order in which they are applied: that of the request; the common edits of a file once,
    /// before those of its first device.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All edits as one, without where they come from: what a program that is no OCI runtime applies.
    #[must_use]
    pub fn merged(&self) -> ContainerEdits {
        let mut all = ContainerEdits::default();
        self.parts.iter().for_each(|part| all.append(part.edits().clone()));
        all
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// Edits from one place.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where they come from.
    pub source: Source,
    file: Arc<SpecFile>,
    /// `None`: the file's common edits.
    device: Option<usize>,
}

impl Plan {
    /// The plan of a spec that is in no file: the edits of each of its devices, in their order, then those
    /// for all of them. `place` stands for the file.
    ///
    /// The spec must be valid, but for devices that have no edits: those are left out.
    pub fn of_spec(place: &Path, mut spec: Spec) -> Result<Self, InvalidSpec> {
        spec.devices.retain(|device| !device.container_edits.is_empty());
        let bad_name = |error| {
            let (field, problem) = ("kind".to_owned(), SpecProblem::Name(error));
            InvalidSpec { field, problem }
        };
        let kind: Kind = if spec.devices.is_empty() {
            spec.container_edits.validate()?;
            spec.kind.parse().map_err(bad_name)?
        } else {
            spec.validate()?
        };
        let names = spec.devices.iter().map(|device| kind.device(&device.name));
        let names: Vec<_> = names.collect::<Result<_, _>>().map_err(bad_name)?;
        let path: Arc<Path> = place.into();
        let file = Arc::new(SpecFile {
            path: Arc::clone(&path),
            priority: 0,
            kind,
            spec: Arc::new(spec),
            warnings: Vec::new(),
            prepared: PreparedFile::default(),
        });
        let devices = names.into_iter().enumerate().map(|(index, name)| (Some(index), Some(name)));
        let common = (!file.spec.container_edits.is_empty()).then_some((None, None));
        let parts = devices.chain(common).map(|(device, name)| Part {
            source: Source { file: Arc::clone(&path), device: name },
            file: Arc::clone(&file),
            device,
        });
        Ok(Self { parts: parts.collect() })
    }
}

impl Part {
    /// The edits.
    #[must_use]
    pub fn edits(&self) -> &ContainerEdits {
        let spec = &self.file.spec;
        let device = self.device.and_then(|index| spec.devices.get(index));
        device.map_or(&spec.container_edits, |device| &device.container_edits)
    }

    /// What of the document's edits does not depend on the host. Not `None`.
    pub(super) fn fixed_edits(&self, container: &Container) -> Option<&FixedEdits> {
        let prepared = self.file.prepared.of(&self.file.spec, self.device)?;
        Some(prepared.get(self.edits(), container.has_user_namespace))
    }
}

/// Where edits come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The spec file, or what stands for it where a spec is in none.
    pub file: Arc<Path>,
    /// The device; `None`: the file's common edits.
    pub device: Option<QualifiedName>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.device {
            Some(device) => write!(f, "{device} in {}", shown(&self.file)),
            None => write!(f, "containerEdits of {}", shown(&self.file)),
        }
    }
}

/// `{"parts": [{"file", "device", "containerEdits"}]}`; the device is absent where a file's common
/// edits are meant.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut plan = serializer.serialize_struct("Plan", 1)?;
        plan.serialize_field("parts", &self.parts)?;
        plan.end()
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut part = serializer.serialize_struct("Part", 3)?;
        part.serialize_field("file", &self.source.file.to_string_lossy())?;
        match &self.source.device {
            Some(device) => part.serialize_field("device", device.as_str())?,
            None => part.skip_field("device")?,
        }
        part.serialize_field("containerEdits", self.edits())?;
        part.end()
    }
}

impl Registry {
    /// The plan for devices. A device that is asked for twice counts once. Should any not resolve, all
    /// that do not are in the error, each with its cause.
    pub fn resolve(&self, names: &[QualifiedName]) -> Result<Plan, Unresolved> {
        self.resolve_all(&names.iter().map(|name| Ok(name.clone())).collect::<Vec<_>>())
    }

    /// The same, for names that may not even be names: those do not resolve either.
    pub fn resolve_names<S: AsRef<str>>(&self, names: &[S]) -> Result<Plan, Unresolved> {
        self.resolve_all(&names.iter().map(|name| name.as_ref().parse()).collect::<Vec<_>>())
    }

    fn resolve_all(&self, names: &[Result<QualifiedName, NameError>]) -> Result<Plan, Unresolved> {
        let is_covered = names.iter().flatten().all(|name| self.covers(name));
        if let Some(plan) = self.plan(names).filter(|_| is_covered) {
            return Ok(plan);
        }
        if !self.is_partial() {
            return Err(Unresolved::new(self, names));
        }
        // The cause may be in a file that was left out. It may also have come since.
        let all = self.load_all();
        all.plan(names).ok_or_else(|| Unresolved::new(&all, names))
    }

    fn plan(&self, names: &[Result<QualifiedName, NameError>]) -> Option<Plan> {
        let mut parts = Vec::with_capacity(names.len() + 1);
        // By where they are, which is quicker than by what they are called.
        let mut seen = BTreeSet::new();
        for name in names {
            let name = name.as_ref().ok()?;
            let (file, index) = self.definition(name)?;
            if !seen.insert((Arc::as_ptr(file), Some(index))) {
                continue;
            }
            let path = &file.path;
            if seen.insert((Arc::as_ptr(file), None)) && !file.spec.container_edits.is_empty() {
                let source = Source { file: Arc::clone(path), device: None };
                parts.push(Part { source, file: Arc::clone(file), device: None });
            }
            let source = Source { file: Arc::clone(path), device: Some(name.clone()) };
            parts.push(Part { source, file: Arc::clone(file), device: Some(index) });
        }
        Some(Plan { parts })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Plan;
    use crate::cdi::{ContainerEdits, Device, Spec};

    fn edits(variable: &str) -> ContainerEdits {
        ContainerEdits { env: vec![variable.to_owned()], ..ContainerEdits::default() }
    }

    fn plan(
        devices: &[(&str, ContainerEdits)],
        common: ContainerEdits,
    ) -> Vec<(String, Vec<String>)> {
        let device = |(name, container_edits): &(&str, ContainerEdits)| Device {
            name: (*name).to_owned(),
            container_edits: container_edits.clone(),
            ..Device::default()
        };
        let spec = Spec {
            kind: "v.com/c".to_owned(),
            devices: devices.iter().map(device).collect(),
            container_edits: common,
            ..Spec::default()
        };
        let plan = Plan::of_spec(Path::new("made"), spec.with_minimum_version()).unwrap();
        let part = |part: &super::Part| (part.source.to_string(), part.edits().env.clone());
        plan.parts().iter().map(part).collect()
    }

    #[test]
    fn a_spec_in_no_file_has_its_devices_in_order_and_then_what_all_share() {
        let none = ContainerEdits::default;
        let both = plan(&[("1", edits("B=1")), ("x", none()), ("0", edits("A=1"))], edits("C=1"));
        let part = |of: &str, variable: &str| (of.to_owned(), vec![variable.to_owned()]);
        let wanted = ["v.com/c=1 in made", "v.com/c=0 in made", "containerEdits of made"];
        assert_eq!(both, [part(wanted[0], "B=1"), part(wanted[1], "A=1"), part(wanted[2], "C=1")]);
        assert_eq!(plan(&[("x", none())], edits("C=1")), [part(wanted[2], "C=1")]);
        assert_eq!(plan(&[], none()), []);
    }

    #[test]
    fn a_spec_in_no_file_is_validated_as_any() {
        let twice = ["0", "0"].map(|name| Device {
            name: name.to_owned(),
            container_edits: edits("A=1"),
            ..Device::default()
        });
        for (spec, problem) in [
            (Spec { kind: "v.com/c".into(), devices: twice.into(), ..Spec::default() }, "0"),
            (
                Spec { kind: "v.com/c".into(), container_edits: edits("A"), ..Spec::default() },
                "env",
            ),
            (Spec { kind: "c".into(), ..Spec::default() }, "kind"),
        ] {
            let error = Plan::of_spec(Path::new("made"), spec.with_minimum_version()).unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
