//! The mode `wsl`: one device `all`, which GPUs are reached through together, and the driver's files of
//! Windows.

use gantry_discovery::{DXG, Files as _, Root, wsl_driver, wsl_gpu};

use super::assemble::Made;
use super::common::{ALL, NONE, device, empty_device};
use super::edits::edits;
use super::error::GenerateError;
use super::host::Host;
use super::options::{DeviceIds, Mode, Options};

pub(super) fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    let gpu = wsl_gpu(host)?;
    if gpu.device_nodes.is_empty() {
        return Err(GenerateError::nothing(Mode::Wsl, &host.host_path(Root::Dev, DXG)));
    }
    let ids: &[String] = match &options.devices {
        DeviceIds::All => &[],
        DeviceIds::These(ids) => ids,
    };
    let is_none = ids.iter().any(|id| id == NONE);
    if let Some(id) = ids.iter().find(|id| *id != ALL).filter(|_| !is_none) {
        host.warn(&format!("GPUs cannot be told apart on WSL: `{id}` stands for all"));
    }
    let driver = wsl_driver(host)?;
    let gids = options.features.additional_gids;
    let one = if is_none {
        empty_device()
    } else {
        device(ALL.to_owned(), edits(host, &gpu, &options.hooks, gids))
    };
    let shared = edits(host, &driver, &options.hooks, gids);
    Ok(Made { devices: vec![one], common: shared })
}

#[cfg(test)]
mod tests;
