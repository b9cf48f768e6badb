//! The mode `management`: one device with all of the driver's nodes, for what manages GPUs and runs on
//! none.

use gantry_discovery::{Files as _, management_nodes};

use super::assemble::Made;
use super::driver::Located;
use super::edits::{chmod, edits};
use super::error::GenerateError;
use super::host::Host;
use super::options::{HookName, Options};
use crate::cdi::Device;

pub(super) fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    // What manages GPUs creates nodes, too: the hook that forbids it is for who asks for it.
    let mut hooks = options.hooks.clone();
    hooks.disabled.push(HookName::DisableDeviceNodeModification);
    let gids = options.features.additional_gids;

    // It is for hosts whose GPUs do not answer, too: then the libraries alone tell the version.
    let running = match host.inventory() {
        Ok(inventory) => inventory.driver_version.clone(),
        Err(error) => {
            host.warn(&error.to_string());
            None
        }
    };
    let mut nodes = management_nodes(host)?;
    nodes.hooks.extend(chmod(&hooks, &nodes));
    let container_edits = edits(host, &nodes, &hooks, gids);
    let device = Device { name: "all".to_owned(), container_edits, ..Device::default() };
    let files = Located::find(options, host, running.as_deref())?.files(options, host)?;
    Ok(Made { devices: vec![device], common: edits(host, &files, &hooks, gids) })
}
