//! One line a case: what NVML says of the GPUs, and the specs.

use std::sync::Arc;

use crate::cdi::{ContainerEdits, Device};
use crate::generate::testing::{files, gpu, host, inventory, no_question, options};
use crate::generate::{Features, Made, Mode, Options, specs};
use crate::gpu::{Addressing, Gpu};

fn made(names: &[&str]) -> Made {
    let device = |name: &&str| Device {
        name: (*name).into(),
        container_edits: ContainerEdits {
            env: vec![format!("N={name}")],
            ..ContainerEdits::default()
        },
        ..Device::default()
    };
    Made { devices: names.iter().map(device).collect(), common: ContainerEdits::default() }
}

fn asked(mode: Mode) -> Options {
    let features = Features { coherent_annotations: true, ..Features::default() };
    Options { features, ..options(mode) }
}

fn gpus() -> Vec<Gpu> {
    use Addressing::{Ats, Hmm, None as Nothing, Unknown};
    let each = [Some(Ats), Some(Hmm), Some(Nothing), None, Some(Unknown), Some(Ats)];
    let names = ["H100", "H100", "H100", "H100", "H100", "NVIDIA Thor"];
    let gpu = |((addressing, name), at)| Gpu { addressing, ..gpu(at, name, None) };
    each.into_iter().zip(names).zip(0..).map(gpu).collect()
}

/// Infix, class and devices of each.
fn lines(made: Made, options: &Options) -> Vec<String> {
    let known = || Ok(Arc::new(inventory(&gpus())));
    let specs = specs(made, options, &host("/", files(&[]), &known));
    let line = |spec: &super::NamedSpec| {
        let names: Vec<_> = spec.spec.devices.iter().map(|device| device.name.as_str()).collect();
        format!("{} {} {}", spec.infix.unwrap_or("-"), spec.spec.kind, names.join(" "))
    };
    specs.iter().map(line).collect()
}

#[test]
fn split() {
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], &[&str]); 5] = [
        (&["0", "1", "2", "3", "4", "5"], &["- nvidia.com/gpu 0 1 2 3 4 5 all", ".coherent nvidia.com/gpu.coherent 0 all", ".noncoherent nvidia.com/gpu.noncoherent 1 2 3 all"]),
        (&["GPU-0", "gpu0", "0"], &["- nvidia.com/gpu 0 GPU-0 all gpu0", ".coherent nvidia.com/gpu.coherent 0 GPU-0 all gpu0"]),
        (&["1", "0:1", "MIG-x"], &["- nvidia.com/gpu 0:1 1 MIG-x all", ".noncoherent nvidia.com/gpu.noncoherent 1 all"]),
        (&["4", "5", "none"], &["- nvidia.com/gpu 4 5 all none"]),
        (&["all"], &["- nvidia.com/gpu all"]),
    ];
    for (names, expected) in table {
        assert_eq!(lines(made(names), &asked(Mode::Nvml)), expected, "{names:?}");
    }
    let options = Options { all_device: false, ..asked(Mode::Nvml) };
    let expected = ["- nvidia.com/gpu 0", ".coherent nvidia.com/gpu.coherent 0"];
    assert_eq!(lines(made(&["0"]), &options), expected);
}

#[test]
fn nvml_is_asked_only_where_it_matters() {
    let host = host("/", files(&[]), &no_question);
    for options in [options(Mode::Nvml), asked(Mode::Imex), asked(Mode::Gds)] {
        assert_eq!(specs(made(&["0"]), &options, &host).len(), 1);
    }
}
