//! `gantry cdi show`: everything about a device, or the cause of its not being there.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use gantry::cdi::{ContainerEdits, FoundDevice, QualifiedName, Registry};
use serde::Serialize;

use super::failure::Exit;
use super::names::expand;
use super::options::{Format, Options};
use super::unresolved::{self, Report};
use crate::output;

const EXAMPLES: &str = "\
Examples:
  gantry cdi show vendor.com/gpu=0
  gantry cdi show 'vendor.com/gpu=*' --format json";

/// Show what a device changes and where it is defined; or why it does not resolve
///
/// Exits 3 when a device does not resolve. Its cause may be a file that was rejected, a conflict
/// between files, a name that is mistyped.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Show {
    /// A device, vendor/class=name. `*` stands for any text without `/` and `=`.
    #[arg(required = true, value_name = "DEVICE")]
    devices: Vec<String>,
}

#[derive(Serialize)]
struct Shown<'r> {
    devices: Vec<Device<'r>>,
    #[serde(flatten)]
    report: Report,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device<'r> {
    name: String,
    file: String,
    priority: usize,
    version: Versions,
    /// Files of a lower priority that define it too.
    shadows: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    file_annotations: &'r BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'r BTreeMap<String, String>,
    /// For a container that gets any device of the file.
    common_edits: &'r ContainerEdits,
    /// For a container that gets this device.
    edits: &'r ContainerEdits,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    declared: String,
    needed: String,
    /// Programs that refuse the file for the version that it declares, and the release that does not.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused_before: BTreeMap<&'static str, &'static str>,
}

impl Show {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let registry = options.specs()?.registry();
        let mut devices = Vec::new();
        let mut bad: Vec<&str> = Vec::new();
        let names = expand(&registry, &self.devices);
        for name in &names {
            let known = name.parse::<QualifiedName>().ok();
            match known.and_then(|name| registry.device(&name)) {
                Some(found) => devices.extend(device(&registry, &found)),
                None => bad.push(name),
            }
        }
        let error = match bad.as_slice() {
            [] => None,
            bad => registry.resolve_names(bad).err(),
        };
        let report = error.as_ref().map(Report::of).unwrap_or_default();
        if options.format == Format::Text {
            let texts = devices.iter().map(output::listing).collect::<Result<Vec<_>>>()?;
            output::print(&texts.join("\n"))?;
        } else {
            options.print(&Shown { devices, report }, String::new)?;
        }
        match error {
            None => Ok(Exit::Done),
            Some(error) => Err(unresolved::failure(&error).into()),
        }
    }
}

fn device<'r>(registry: &'r Registry, found: &FoundDevice<'r>) -> Option<Device<'r>> {
    let file = found.file;
    let device = file.spec.devices.get(found.index)?;
    let name = file.kind.device(&device.name).ok()?;
    let lower = registry.definitions(&name).filter(|other| other.file.priority < file.priority);
    let shadows = lower.map(|other| other.file.path.to_string_lossy().into_owned()).collect();
    Some(Device {
        name: name.to_string(),
        file: file.path.to_string_lossy().into_owned(),
        priority: file.priority,
        version: Versions {
            declared: file.spec.cdi_version.clone(),
            needed: file.spec.minimum_version().to_string(),
            refused_before: file
                .spec
                .version_note()
                .map(|note| note.refused_before.into_iter().collect())
                .unwrap_or_default(),
        },
        shadows,
        file_annotations: &file.spec.annotations,
        annotations: &device.annotations,
        common_edits: &file.spec.container_edits,
        edits: &device.container_edits,
    })
}
