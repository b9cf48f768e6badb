//! The edits of a spec file, made once for all containers. Facts of the host are not in them.

use std::sync::OnceLock;

use super::apply::FixedEdits;
use super::spec::{ContainerEdits, Spec};

/// What was made of a spec file so far: nothing until somebody asks for one of its devices.
#[derive(Debug, Clone, Default)]
pub(super) struct PreparedFile(OnceLock<Box<[PreparedEdits]>>);

impl PreparedFile {
    /// The edits of a device of the file, or its common ones.
    pub(super) fn of(&self, spec: &Spec, device: Option<usize>) -> Option<&PreparedEdits> {
        let all =
            self.0.get_or_init(|| vec![PreparedEdits::default(); spec.devices.len() + 1].into());
        all.get(device.map_or(0, |index| index + 1))
    }
}

/// What was made of the edits of one device.
#[derive(Debug, Clone, Default)]
pub(super) struct PreparedEdits {
    plain: OnceLock<FixedEdits>,
    /// For a container with a user namespace.
    mapped: OnceLock<FixedEdits>,
}

impl PreparedEdits {
    pub(super) fn get(&self, edits: &ContainerEdits, has_user_namespace: bool) -> &FixedEdits {
        let cell = if has_user_namespace { &self.mapped } else { &self.plain };
        cell.get_or_init(|| FixedEdits::new(edits, has_user_namespace))
    }
}
