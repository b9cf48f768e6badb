//! Specs for GPUs whose memory is coherent with the host's, and for those whose is not, beside the
//! one that has all.

use std::collections::BTreeMap;

use gantry_discovery::csv::is_integrated_name;

use super::assemble::Made;
use super::host::Host;
use super::options::{Mode, NameStrategy, Options};
use crate::cdi::Spec;
use crate::gpu::{Addressing, Gpu};

/// What the files of further specs have before their extension: of the GPUs with coherent memory, and of
/// those without.
pub const INFIXES: [&str; 2] = [".coherent", ".noncoherent"];

/// One spec of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSpec {
    /// What stands in a file's name before its extension, `.coherent`; `None`: this is the one spec
    /// that has every device.
    pub infix: Option<&'static str>,
    /// The spec.
    pub spec: Spec,
}

/// The specs of what was found: one, and where the options ask for it one more each for the GPUs with
/// coherent memory and those without, in classes of their own, if there are any.
///
/// Only whole GPUs are in these, and none of a chip: nobody chooses among those by their memory.
#[must_use]
pub fn specs(made: Made, options: &Options, host: &Host<'_>) -> Vec<NamedSpec> {
    let known = coherence(options, host);
    let mut specs = Vec::new();
    for (infix, coherent) in INFIXES.into_iter().zip([true, false]) {
        let is = |name: &String| known.get(name) == Some(&coherent);
        let devices: Vec<_> =
            made.devices.iter().filter(|device| is(&device.name)).cloned().collect();
        if !devices.is_empty() {
            let options = Options { class: [&options.class, infix].concat(), ..options.clone() };
            let spec = Made { devices, common: made.common.clone() }.into_spec(&options);
            specs.push(NamedSpec { infix: Some(infix), spec });
        }
    }
    specs.insert(0, NamedSpec { infix: None, spec: made.into_spec(options) });
    specs
}

/// Whether the memory of each GPU is coherent, by every name that it may have. One of which NVML does
/// not tell is in neither.
fn coherence(options: &Options, host: &Host<'_>) -> BTreeMap<String, bool> {
    let has_gpus = matches!(options.mode, Mode::Auto | Mode::Nvml | Mode::Csv);
    if !options.features.coherent_annotations || !has_gpus {
        return BTreeMap::new();
    }
    let Ok(inventory) = host.inventory() else { return BTreeMap::new() };
    let of = |gpu: &Gpu| -> Vec<(String, bool)> {
        let coherent = match gpu.addressing {
            Some(Addressing::Unknown) => return Vec::new(),
            _ if is_integrated_name(&gpu.name) => return Vec::new(),
            addressing => addressing == Some(Addressing::Ats),
        };
        let names = NameStrategy::ALL.into_iter();
        let names = names.filter_map(|strategy| strategy.of_gpu(gpu.index, Some(&gpu.uuid)));
        names.map(|name| (name, coherent)).collect()
    };
    inventory.gpus.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests;
