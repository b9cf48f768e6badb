//! Whether grants give what a modifier says that it wants: for people, before anything runs. The edits
//! themselves are checked where they are made.

use super::Grants;
use super::cover::{covers, pattern};

impl Grants {
    /// Whether one grant of this kind (`edit.env`, as modifiers write it) covers all that the pattern
    /// stands for. `None` where there is no such kind.
    #[must_use]
    pub fn cover(&self, kind: &str, wanted: &str) -> Option<bool> {
        let Self { read, edit, listed, .. } = self;
        let texts: Vec<String> = match kind {
            "read.process" => return Some(read.process),
            "read.namespaces" => return Some(read.namespaces),
            "read.platform" => return Some(read.platform),
            "read.gpus" => return Some(read.gpus),
            "read.env" => all(read.env.iter().map(super::Pattern::as_str)),
            "read.annotations" => all(read.annotations.iter().map(super::Pattern::as_str)),
            "read.mounts" => all(read.mounts.iter().map(super::Pattern::as_str)),
            "read.hooks" => all(read.hooks.iter().map(|point| point.name())),
            "read.device-nodes" => all(read.device_nodes.iter().map(super::Pattern::as_str)),
            "read.cdi" => all(read.cdi.iter().map(super::Pattern::as_str)),
            "read.files" => read
                .files
                .iter()
                .flat_map(|(root, list)| {
                    list.iter().map(move |one| format!("{root}:{}", one.as_str()))
                })
                .collect(),
            "listed" => listed
                .iter()
                .flat_map(|(root, list)| {
                    list.iter().map(move |one| format!("{root}:{}", one.as_str()))
                })
                .collect(),
            "edit.mode" => all(edit.modes.iter().map(super::Mode::name)),
            "edit.env" => all(edit.env.iter().map(super::Pattern::as_str)),
            "edit.devices" => all(edit.devices.iter().map(super::Pattern::as_str)),
            "edit.device-nodes" => all(&edit.device_nodes),
            "edit.mounts" => all(&edit.mounts),
            "edit.hooks" => all(edit
                .hooks
                .iter()
                .map(|one| format!("{} {}", one.point.name(), one.path.as_str()))),
            "edit.remove-hooks" => all(edit
                .remove_hooks
                .iter()
                .map(|one| format!("{} {}", one.point.name(), one.path.as_str()))),
            "edit.gids" => all(&edit.gids),
            "edit.net-devices" => all(edit.net_devices.iter().map(super::Pattern::as_str)),
            "edit.rdt" => all(edit.rdt.iter().map(super::Pattern::as_str)),
            _ => return None,
        };
        let wanted = pattern(wanted);
        Some(texts.iter().any(|text| covers(text, &wanted)))
    }
}

fn all<T: ToString>(list: impl IntoIterator<Item = T>) -> Vec<String> {
    list.into_iter().map(|one| one.to_string()).collect()
}
