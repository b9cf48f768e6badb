//! From names of devices to a plan: which edits of which files, in which order.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::apply::{Container, FixedEdits};
use super::names::{NameError, QualifiedName};
use super::registry::{Registry, SpecFile};
use super::spec::ContainerEdits;
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
    /// The spec file.
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
        let mut seen = HashSet::new();
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
