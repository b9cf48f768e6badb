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

#[cfg(test)]
mod tests {
    use crate::cdi::{Container, Registry, document_edits};
    use crate::document::Document;
    use crate::host_files::Root;

    const SPEC: &str = r#"{"cdiVersion": "0.7.0", "kind": "v.com/c",
        "devices": [
            {"name": "a", "containerEdits": {"env": ["A=1"], "additionalGids": [5]}},
            {"name": "b", "containerEdits": {
                "deviceNodes": [{"path": "/dev/null"}],
                "mounts": [{"hostPath": "/m", "containerPath": "/m", "options": ["bind"]}]}}],
        "containerEdits": {
            "mounts": [
                {"hostPath": "/x", "containerPath": "/x/y", "options": ["rbind"]},
                {"hostPath": "/x", "containerPath": "/x"}],
            "hooks": [{"hookName": "poststop", "path": "/h"}],
            "intelRdt": {}}}"#;

    #[test]
    fn edits_that_are_kept_are_those_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("v.json"), SPEC).unwrap();
        let registry = Registry::load(&[dir.path()]);
        let host = Root::new("/".as_ref()).unwrap();
        let without = r#"{"mounts":[{"destination":"/p/q"}]}"#;
        let with_user_namespace =
            r#"{"linux":{"namespaces":[{"type":"user"}]},"process":{"user":{"uid":7}}}"#;
        // The second time nothing is made.
        for text in [without, with_user_namespace, without, with_user_namespace] {
            let document = || Document::parse(text.to_owned()).unwrap();
            let container = Container::of(&document()).unwrap();
            let plan = registry.resolve_names(&["v.com/c=b", "v.com/c=a"]).unwrap();
            let (mut one_by_one, mut changes) = (document(), Vec::new());
            for part in plan.parts() {
                let edits = part.document_edits(&container, &host).unwrap();
                assert_eq!(edits, document_edits(part.edits(), &container, &host).unwrap());
                for edit in &edits {
                    changes.extend(one_by_one.apply(edit).unwrap());
                }
            }
            let mut applied = document();
            assert_eq!(plan.apply(&mut applied, &host).unwrap().concat(), changes);
            assert_eq!(applied.to_text(), one_by_one.to_text());
            assert_eq!(applied.to_text().contains("idmap"), text == with_user_namespace);
        }
    }
}
