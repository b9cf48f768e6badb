//! The mode `wsl`: one device `all`, and the driver's files of Windows.

use gantry_discovery::{DXG, Root, wsl_driver, wsl_gpu};

use super::assemble::Made;
use super::common::{ALL, device, only_all};
use super::edits::edits;
use super::error::GenerateError;
use super::host::Host;
use super::options::{Mode, Options};

pub(super) fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    only_all(Mode::Wsl, &options.devices)?;
    let gpu = wsl_gpu(host)?;
    if gpu.device_nodes.is_empty() {
        return Err(GenerateError::nothing(Mode::Wsl, &host.host_path(Root::Dev, DXG)));
    }
    let driver = wsl_driver(host)?;
    let gids = options.features.additional_gids;
    let all = edits(host, &gpu, &options.hooks, gids);
    let shared = edits(host, &driver, &options.hooks, gids);
    Ok(Made { devices: vec![device(ALL.to_owned(), all)], common: shared })
}

#[cfg(test)]
mod tests;
