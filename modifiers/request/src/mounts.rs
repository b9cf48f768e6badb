//! Requests by mount: `/dev/null` mounted below a certain directory names a device by its path.

use crate::name::is_qualified;
use crate::{Device, Mount, Origin, Rules, Source};

/// Mounts below this directory name devices.
const DIRECTORY: &str = "/var/run/nvidia-container-devices";

/// The devices of all mounts that name one, in the order of the document.
pub(crate) fn devices<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let mut devices = Vec::new();
    for (path, destination) in paths(source, rules)? {
        if path.starts_with("imex/") {
            continue;
        }
        match name(&path) {
            Some(id) => devices.push(Device { id, origin: Origin::Mount(destination) }),
            None => source.warn(&format!(
                "mount {destination} names no device: below cdi/ a vendor, a class and a name must follow"
            )),
        }
    }
    Ok(devices)
}

/// The IMEX channels of all mounts that name one (`imex/CHANNEL`).
pub(crate) fn channels<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let channel = |(path, destination): (String, String)| {
        let id = path.strip_prefix("imex/")?.into();
        Some(Device { id, origin: Origin::Mount(destination) })
    };
    Ok(paths(source, rules)?.into_iter().filter_map(channel).collect())
}

/// The paths below the directory at which `/dev/null` is mounted, each once, with the destination.
fn paths<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<(String, String)>, S::Error> {
    if !rules.accept_volume_mounts {
        return Ok(Vec::new());
    }
    let mut paths: Vec<(String, String)> = Vec::new();
    for Mount { source: from, destination } in source.mounts_below(DIRECTORY)? {
        let destination = clean(&destination);
        let Some(path) = destination.strip_prefix(DIRECTORY) else {
            continue;
        };
        let path = path.trim_matches('/');
        let seen = paths.iter().any(|(_, earlier)| *earlier == destination);
        if !seen && !path.is_empty() && clean(&from) == "/dev/null" {
            paths.push((path.into(), destination));
        }
    }
    Ok(paths)
}

/// The device that a path below the directory names: `cdi/VENDOR/CLASS/NAME`, `cdi/QUALIFIED`, or any
/// other text as it is.
fn name(path: &str) -> Option<String> {
    let Some(device) = path.strip_prefix("cdi/") else {
        return Some(path.into());
    };
    if is_qualified(device) {
        return Some(device.into());
    }
    let (vendor, rest) = device.split_once('/')?;
    let (class, name) = rest.split_once('/')?;
    Some([vendor, "/", class, "=", name].concat())
}

/// An absolute path without `.`, `..` and repeated `/`; empty for one that is not absolute.
fn clean(path: &str) -> String {
    if !path.starts_with('/') {
        return String::new();
    }
    let mut elements = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => drop(elements.pop()),
            element => elements.push(element),
        }
    }
    ["/", &elements.join("/")].concat()
}
