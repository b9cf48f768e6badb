//! What is no error in a spec and may still surprise: for `validate`, and never in the way.

use gantry::cdi::{ContainerEdits, Spec};
use gantry::document::HookPoint;
use serde::Serialize;

/// The most notes on one spec.
const MOST: usize = 100;

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Note {
    /// What it is about, the same in every version of this program.
    pub(super) code: &'static str,
    pub(super) field: String,
    pub(super) message: String,
}

/// The remarks on a valid spec.
pub(super) fn notes(spec: &Spec) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(note) = spec.version_note() {
        let field = "cdiVersion".to_owned();
        notes.push(Note { code: "version", field, message: note.to_string() });
    }
    of_edits(&spec.container_edits, "containerEdits", &mut notes);
    for (i, device) in spec.devices.iter().enumerate() {
        let at = format!("devices[{i}].containerEdits");
        of_edits(&device.container_edits, &at, &mut notes);
    }
    notes.truncate(MOST);
    notes
}

fn of_edits(edits: &ContainerEdits, at: &str, notes: &mut Vec<Note>) {
    if notes.len() > MOST {
        return;
    }
    let mut note = |code, field: String, message: &str| {
        notes.push(Note { code, field, message: message.to_owned() });
    };
    for (i, node) in edits.device_nodes.iter().enumerate() {
        if !node.path.starts_with('/') {
            note("relative-path", format!("{at}.deviceNodes[{i}].path"), "is not absolute");
        }
    }
    for (i, hook) in edits.hooks.iter().enumerate() {
        let at = format!("{at}.hooks[{i}]");
        if hook.hook_name == HookPoint::CreateContainer.name() && hook.env.is_empty() {
            let why = "a createContainer hook without env may inherit the container's, LD_PRELOAD \
                       included (CVE-2025-23266): set one, or use createRuntime";
            note("hook-env", format!("{at}.env"), why);
        }
        if hook.hook_name == HookPoint::Prestart.name() {
            let why = "prestart is deprecated: use createRuntime";
            note("hook-deprecated", format!("{at}.hookName"), why);
        }
        if !hook.path.starts_with('/') {
            note("relative-path", format!("{at}.path"), "is not absolute, and runtimes refuse it");
        }
        if hook.timeout.is_some_and(|seconds| seconds <= 0) {
            let why = "is not above 0, and runtimes refuse it";
            note("hook-timeout", format!("{at}.timeout"), why);
        }
    }
    for (i, mount) in edits.mounts.iter().enumerate() {
        let at = format!("{at}.mounts[{i}]");
        let binds = |option: &String| option == "bind" || option == "rbind";
        if mount.mount_type.is_empty() && !mount.options.iter().any(binds) {
            let why = "neither a type nor the option bind or rbind: runc refuses the mount";
            note("mount-type", at.clone(), why);
        }
        if !mount.container_path.starts_with('/') {
            note("relative-path", format!("{at}.containerPath"), "is not absolute");
        }
    }
}
