//! What is different between two looks at the spec directories.

use gantry::cdi::{DirectoryState, FoundDevice, Registry};
use gantry::text::escape;
use serde::Serialize;

use super::problem::Problem;

/// The longest line, in bytes.
const LINE: usize = 8192;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Event {
    /// A directory is there, is not, or cannot be used.
    Directory { path: String, state: &'static str },
    /// A device can be injected now.
    DeviceAppeared { device: String, file: String },
    /// What it changes is another thing, or says another file.
    DeviceChanged { device: String, file: String },
    /// It cannot be injected any more.
    DeviceVanished { device: String },
    /// A file was rejected, or is in conflict with another; a directory cannot be used.
    Problem(Problem),
    /// That is over.
    Solved(Problem),
    /// From here on the system tells of changes.
    Watching,
    /// From here on modification times are looked at.
    Checking { why: String },
}

impl Event {
    /// One line for people.
    pub(super) fn text(&self) -> String {
        let text = match self {
            Self::Directory { path, state } => format!("directory {path}: {state}"),
            Self::DeviceAppeared { device, file } => format!("+ {device} [{file}]"),
            Self::DeviceChanged { device, file } => format!("~ {device} [{file}]"),
            Self::DeviceVanished { device } => format!("- {device}"),
            Self::Problem(problem) => format!("! {problem}"),
            Self::Solved(problem) => format!("solved: {problem}"),
            Self::Watching => "watching".to_owned(),
            Self::Checking { why } => format!("checking modification times: {why}"),
        };
        escape(&text, LINE) + "\n"
    }
}

/// What has happened between two looks; without an earlier one, everything is new.
pub(super) fn changes(before: Option<&Registry>, now: &Registry) -> Vec<Event> {
    let mut events = Vec::new();
    for (i, directory) in now.directories().iter().enumerate() {
        let known = before.and_then(|before| before.directories().get(i));
        let state = state(&directory.state);
        if known.map(|known| self::state(&known.state)) != Some(state) {
            let path = directory.path.to_string_lossy().into_owned();
            events.push(Event::Directory { path, state });
        }
    }
    let problems = Problem::all(now);
    let known = before.map(Problem::all).unwrap_or_default();
    events.extend(known.iter().filter(|one| !problems.contains(one)).cloned().map(Event::Solved));
    if let Some(before) = before {
        let gone = before.devices().filter(|name| now.device(name).is_none());
        events.extend(gone.map(|name| Event::DeviceVanished { device: name.to_string() }));
    }
    for name in now.devices() {
        let Some(found) = now.device(name) else { continue };
        let (device, file) = (name.to_string(), found.file.path.to_string_lossy().into_owned());
        match before.and_then(|before| before.device(name)) {
            None => events.push(Event::DeviceAppeared { device, file }),
            Some(known) if is_same(&known, &found) => {}
            Some(_) => events.push(Event::DeviceChanged { device, file }),
        }
    }
    events.extend(problems.into_iter().filter(|one| !known.contains(one)).map(Event::Problem));
    events
}

fn state(state: &DirectoryState) -> &'static str {
    match state {
        DirectoryState::Read => "read",
        DirectoryState::Missing => "missing",
        DirectoryState::Failed(_) => "failed",
    }
}

/// Whether both mean the same for a container, and are from one file.
fn is_same(a: &FoundDevice<'_>, b: &FoundDevice<'_>) -> bool {
    a.file.path == b.file.path
        && a.device() == b.device()
        && a.file.spec.container_edits == b.file.spec.container_edits
}
