//! Devices that do not resolve: everything that is known of the cause, for people and programs.

use std::path::Path;

use gantry::cdi::{Cause, Unresolved, UnresolvedDevice};
use serde::Serialize;

use super::failure::{Exit, Failure};
use super::names::is_pattern;

/// The most lines of one sort that people are shown.
const SHOWN: usize = 100;

/// The error that says why.
pub(super) fn failure(error: &Unresolved) -> Failure {
    let what = match error.devices.as_slice() {
        [one] => format!("cannot resolve CDI device {}", one.name),
        more => format!("cannot resolve {} CDI devices", more.len()),
    };
    let mut details = Vec::new();
    let report = Report::of(error);
    some(&mut details, &report.unresolved, |device| device.message.clone());
    some(&mut details, &report.directories, |directory| {
        format!("searched {}: {}", directory.path, directory.problem.as_deref().unwrap_or("read"))
    });
    some(&mut details, &report.rejected, |file| format!("rejected {}: {}", file.path, file.why));
    Failure::new(Exit::Unresolved, what).details(details)
}

fn some<T>(details: &mut Vec<String>, items: &[T], line: impl Fn(&T) -> String) {
    details.extend(items.iter().take(SHOWN).map(line));
    if let Some(more @ 1..) = items.len().checked_sub(SHOWN) {
        details.push(format!("and {more} more"));
    }
}

/// The same for programs.
#[derive(Default, Serialize)]
pub(super) struct Report {
    pub(super) unresolved: Vec<Device>,
    directories: Vec<Directory>,
    rejected: Vec<Rejected>,
}

#[derive(Serialize)]
pub(super) struct Device {
    name: String,
    cause: &'static str,
    message: String,
    /// The files that the cause is about.
    files: Vec<String>,
    nearest: Vec<String>,
}

#[derive(Serialize)]
struct Directory {
    path: String,
    problem: Option<String>,
}

#[derive(Serialize)]
struct Rejected {
    path: String,
    why: String,
}

impl Report {
    pub(super) fn of(error: &Unresolved) -> Self {
        let directories = error
            .directories
            .iter()
            .map(|(path, problem)| Directory { path: text(path), problem: problem.clone() });
        let rejected = error
            .rejected
            .iter()
            .map(|file| Rejected { path: text(&file.path), why: file.why.clone() });
        Self {
            unresolved: error.devices.iter().map(Device::of).collect(),
            directories: directories.collect(),
            rejected: rejected.collect(),
        }
    }
}

impl Device {
    fn of(device: &UnresolvedDevice) -> Self {
        let pattern = is_pattern(&device.name);
        let (cause, files) = match &device.cause {
            Cause::Name(_) if pattern => ("no-match", Vec::new()),
            Cause::Name(_) => ("name", Vec::new()),
            Cause::Conflict(files) => ("conflict", files.iter().map(|path| text(path)).collect()),
            Cause::Rejected(files) => {
                ("rejected", files.iter().map(|file| text(&file.path)).collect())
            }
            Cause::NoDevice => ("no-device", Vec::new()),
            Cause::NoKind => ("no-kind", Vec::new()),
        };
        let message = if pattern {
            format!("{}: matches no device", device.name)
        } else {
            device.to_string()
        };
        Self {
            name: device.name.clone(),
            cause,
            message,
            files,
            nearest: device.nearest.iter().map(ToString::to_string).collect(),
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
