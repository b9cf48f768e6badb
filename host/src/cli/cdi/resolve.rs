//! `gantry cdi resolve`: the edits that devices mean, for programs that are no OCI runtimes.

use anyhow::Result;
use clap::Args;
use gantry::cdi::{self, ContainerEdits, Part, Plan};
use gantry::document::Edit;
use gantry::host_files::HostFiles;
use serde::Serialize;

use super::failure::{Exit, Failure};
use super::inject::host;
use super::names;
use super::options::{Format, Options};
use crate::output;

const EXAMPLES: &str = "\
Examples:
  gantry cdi resolve vendor.com/gpu=0 --format json
  gantry cdi resolve 'vendor.com/gpu=*' --host-facts --format yaml";

/// Print the edits that devices mean, each with the file and the device that it comes from
///
/// For programs that make containers in another way than an OCI runtime. The parts stand in the order
/// in which they are applied: the edits that a file has for all its devices once, before those of the
/// first of them.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Resolve {
    /// A device, vendor/class=name. `*` stands for any text without `/` and `=`.
    #[arg(required = true, value_name = "DEVICE")]
    devices: Vec<String>,
    /// Fill in what device nodes are on this host: type, major, minor, mode, where left open.
    #[arg(long)]
    host_facts: bool,
}

/// As [`Plan`] is written, and with facts of the host.
#[derive(Serialize)]
struct Resolved {
    parts: Vec<ResolvedPart>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedPart {
    file: String,
    /// `None`: the edits that the file has for all its devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    container_edits: ContainerEdits,
}

impl Resolve {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let registry = options.specs()?.registry();
        let plan = names::plan(&registry, &self.devices)?;
        let mut resolved = Resolved::of(&plan);
        if self.host_facts {
            let host = host()?;
            for (part, of) in resolved.parts.iter_mut().zip(plan.parts()) {
                fill(&mut part.container_edits, of, &host)?;
            }
        }
        match options.format {
            Format::Text => output::print(&output::listing(&resolved)?)?,
            _ => options.print(&resolved, String::new)?,
        }
        Ok(Exit::Done)
    }
}

impl Resolved {
    fn of(plan: &Plan) -> Self {
        let parts = plan.parts().iter().map(|part| ResolvedPart {
            file: part.source.file.to_string_lossy().into_owned(),
            device: part.source.device.as_ref().map(ToString::to_string),
            container_edits: part.edits().clone(),
        });
        Self { parts: parts.collect() }
    }
}

/// Fills in what an injection would.
fn fill(edits: &mut ContainerEdits, part: &Part, host: &dyn HostFiles) -> Result<(), Failure> {
    for node in &mut edits.device_nodes {
        let alone = ContainerEdits { device_nodes: vec![node.clone()], ..Default::default() };
        let made = cdi::document_edits(&alone, &cdi::Container::default(), host);
        let made = made.map_err(|error| {
            Failure::new(Exit::CouldNot, format_args!("{}: {error}", part.source))
        })?;
        for edit in made {
            if let Edit::PutDeviceNode(facts) = edit {
                node.node_type = facts.node_type;
                node.major = facts.major.unwrap_or_default();
                node.minor = facts.minor.unwrap_or_default();
                node.file_mode = facts.file_mode;
            }
        }
    }
    Ok(())
}
