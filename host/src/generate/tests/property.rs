//! Any inventory and any identifiers: a valid spec or an error, and never a panic.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::cases::{Case, cases};
use super::options::{Asked, host, of};
use crate::cdi::{Format, Spec};
use crate::generate::{DeviceIds, GenerateError, MissingNodes, Mode, NameStrategy, make, testing};
use crate::gpu::{CapabilityMinors, FailedGpu, Gpu, Inventory, MigDevice};

/// What a driver could tell that is broken, or hostile.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "GPU-[a-c]",
        "MIG-[a-c]",
        "[0-3]",
        "[0-3]:[0-3]",
        "(|all|none|\\.\\./x|::|\u{202e})",
        ".{0,9}"
    ]
}

fn mig() -> impl Strategy<Value = MigDevice> {
    let minors = proptest::option::of((0..4_u32, 0..4_u32));
    (0..4_u32, any_text(), any::<bool>(), minors).prop_map(|(index, uuid, graphics, minors)| {
        let minors = minors.map(|(gpu_instance, compute_instance)| CapabilityMinors {
            gpu_instance,
            compute_instance,
        });
        MigDevice {
            index,
            uuid,
            gpu_instance: 1,
            compute_instance: 0,
            profile: "1g.10gb".to_owned(),
            graphics,
            capability_minors: minors,
        }
    })
}

fn gpu() -> impl Strategy<Value = Gpu> {
    let address = prop_oneof![Just("00000000:41:00.0".to_owned()), any_text()];
    let address = proptest::option::of(address);
    let minor = proptest::option::of(0..3_u32);
    let migs = proptest::collection::vec(mig(), 0..3);
    (0..4_u32, any_text(), minor, address, "(|NVIDIA DGX Display)", any::<bool>(), migs).prop_map(
        |(index, uuid, minor, pci_bus_id, name, mig_enabled, mig_devices)| Gpu {
            uuid,
            minor,
            pci_bus_id,
            mig_enabled,
            mig_devices,
            ..testing::gpu(index, &name, None)
        },
    )
}

fn inventory() -> impl Strategy<Value = Inventory> {
    let version = prop_oneof![Just("575.57.08".to_owned()), any_text()];
    let failed = (0..4_u32, proptest::option::of(any_text()));
    let failed = failed.prop_map(|(index, uuid)| FailedGpu {
        index,
        uuid,
        name: None,
        why: "lost".to_owned(),
    });
    (
        proptest::option::of(version),
        proptest::collection::vec(gpu(), 0..4),
        proptest::collection::vec(failed, 0..2),
    )
        .prop_map(|(driver_version, gpus, failed)| Inventory {
            driver_version,
            cuda_version: None,
            gpus,
            failed,
        })
}

/// A host with a whole driver.
fn desktop() -> &'static Case {
    static DESKTOP: LazyLock<Case> = LazyLock::new(|| {
        cases().into_iter().find(|case| case.name() == "gen-desktop").expect("the case")
    });
    &DESKTOP
}

fn spec(case: &Case, asked: &Asked, inventory: Inventory) -> Result<Spec, GenerateError> {
    let inventory = Arc::new(inventory);
    let gpus = || Ok(Arc::clone(&inventory));
    Ok(make(&asked.options, &mut host(case, asked, &gpus))?.into_spec(&asked.options))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_valid_spec_or_an_error(
        inventory in inventory(),
        ids in proptest::collection::vec(any_text(), 0..4),
        mode in prop::sample::select(vec![Mode::Nvml, Mode::Management]),
        names in prop::sample::subsequence(NameStrategy::ALL.to_vec(), 1..=3),
        warn in any::<bool>(),
        all_device in any::<bool>(),
    ) {
        let case = desktop();
        let mut asked = of(case).unwrap();
        let devices = if ids.is_empty() { DeviceIds::All } else { DeviceIds::These(ids) };
        let missing_nodes = if warn { MissingNodes::Warn } else { MissingNodes::Fail };
        asked.options = crate::generate::Options {
            mode, devices, names, all_device, missing_nodes, ..asked.options
        };
        match spec(case, &asked, inventory) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(spec) => if spec.validate().is_ok() {
                let text = serde_json::to_vec(&spec).unwrap();
                let (read, _) = Spec::parse(&text, Format::Json).unwrap();
                prop_assert_eq!(read, spec);
            }
        }
    }

    /// A driver that tells the truth: there is a spec, with each device under each name.
    #[test]
    fn healthy_gpus_always_have_one(
        minors in prop::sample::subsequence(vec![0_u32, 0, 0, 0], 1..=4),
        chosen in prop::sample::subsequence(vec!["0", "GPU-1", "2", "GPU-3"], 1..=4).prop_shuffle(),
        names in prop::sample::subsequence(NameStrategy::ALL.to_vec(), 1..=3),
    ) {
        let case = desktop();
        let mut asked = of(case).unwrap();
        let gpus: Vec<Gpu> = (0..).zip(&minors).map(|(index, minor)| Gpu {
            index,
            uuid: format!("GPU-{index}"),
            minor: Some(*minor),
            pci_bus_id: Some(format!("0000000{index}:41:00.0")),
            ..testing::gpu(index, "NVIDIA H100", None)
        }).collect();
        let there = |id: &&str| id.ends_with(|last: char| (last as usize - '0' as usize) < gpus.len());
        let ids: Vec<String> = chosen.iter().filter(|id| there(id)).map(ToString::to_string).collect();
        let count = if ids.is_empty() { gpus.len() } else { ids.len() };
        asked.options.devices = if ids.is_empty() { DeviceIds::All } else { DeviceIds::These(ids) };
        asked.options.names = names;
        let inventory = Inventory { driver_version: None, cuda_version: None, gpus, failed: vec![] };
        let spec = spec(case, &asked, inventory).unwrap();
        prop_assert!(spec.validate().is_ok());
        prop_assert_eq!(spec.devices.len(), count * asked.options.names.len() + 1);
    }
}
