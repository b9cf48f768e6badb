//! The modes `gds`, `mofed`, `nvswitch` and `gdrcopy`: one device `all` each.

use gantry_discovery::{Feature, Root, gated};

use super::assemble::Made;
use super::common::{ALL, device, only_all};
use super::edits::edits;
use super::error::GenerateError;
use super::host::Host;
use super::options::{Mode, Options};
use crate::cdi::ContainerEdits;

pub(super) fn make(
    mode: Mode,
    feature: Feature,
    options: &Options,
    host: &mut Host<'_>,
) -> Result<Made, GenerateError> {
    only_all(mode, &options.devices)?;
    let found = gated(host, feature)?;
    if found.device_nodes.is_empty() {
        let patterns = feature.devices().iter();
        let looked_for: Vec<_> =
            patterns.map(|pattern| host.host_path(Root::Dev, pattern)).collect();
        return Err(GenerateError::nothing(mode, &looked_for.join(" and no ")));
    }
    let edits = edits(host, &found, &options.hooks, options.features.additional_gids);
    Ok(Made { devices: vec![device(ALL.to_owned(), edits)], common: ContainerEdits::default() })
}

#[cfg(test)]
mod tests;
