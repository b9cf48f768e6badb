//! The modes `gds`, `mofed`, `nvswitch` and `gdrcopy`: one device `all` each.

use gantry_discovery::{Feature, gated};

use super::assemble::Made;
use super::edits::edits;
use super::error::GenerateError;
use super::host::Host;
use super::options::Options;
use crate::cdi::{ContainerEdits, Device};

pub(super) fn make(
    feature: Feature,
    options: &Options,
    host: &mut Host<'_>,
) -> Result<Made, GenerateError> {
    let found = gated(host, feature)?;
    let container_edits = edits(host, &found, &options.hooks, options.features.additional_gids);
    let device = Device { name: "all".to_owned(), container_edits, ..Device::default() };
    Ok(Made { devices: vec![device], common: ContainerEdits::default() })
}
