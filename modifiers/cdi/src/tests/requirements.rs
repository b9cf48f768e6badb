//! Requirements: enforced by setting, against what the GPUs say, which are asked no more than needed.

use gantry_modifier::Want;
use gantry_modifier::gpus::{Driver, Gpu, MigDevice, Version};
use gantry_modifier::testing::Host;

use super::super::*;
use super::line;

const ENFORCE: &str = r#"{"enforce-requirements":true}"#;

/// A host with CUDA 12.4 and two GPUs: `GPU-a`, a Tesla of 9.0 with one MIG device `MIG-a`, and
/// `GPU-b`, a `GeForce` of 8.6.
fn host(env: &[&str]) -> Host {
    let driver = Driver { version: "550.54.15".into(), cuda: Version { major: 12, minor: 4 } };
    let part = MigDevice {
        index: 0,
        uuid: "MIG-a".into(),
        gpu_instance: 1,
        compute_instance: 0,
        profile: String::new(),
    };
    let gpu = |index, brand: &str, (major, minor), mig_devices: Vec<MigDevice>| Gpu {
        index,
        uuid: ["GPU-a", "GPU-b"][index as usize].into(),
        minor: None,
        pci_bus_id: None,
        name: String::new(),
        brand: Some(brand.into()),
        compute_capability: Some(Version { major, minor }),
        memory: None,
        integrated: false,
        mig_enabled: !mig_devices.is_empty(),
        mig_devices,
    };
    let host = Host::new()
        .gpu(driver.clone(), gpu(0, "Tesla", (9, 0), vec![part]))
        .gpu(driver, gpu(1, "GeForce", (8, 6), vec![]));
    env.iter().fold(host, |host, entry| host.env(entry))
}

fn unmet(requirement: &str, found: &str) -> String {
    format!("the host does not meet `{requirement}` of NVIDIA_REQUIRE_CUDA: it has {found}")
}

#[test]
fn enforced_by_setting() {
    const DEVICE: &str = "nvidia.com/gpu=0";
    let visible = "NVIDIA_VISIBLE_DEVICES=0";
    let high = "NVIDIA_REQUIRE_CUDA=cuda>=99.0";
    #[rustfmt::skip] // one line a case
    let table: &[(&[&str], &str, String)] = &[
        (&[visible, high], "{}", DEVICE.into()),
        (&[visible, "NVIDIA_REQUIRE_CUDA=notvalid"], "{}", DEVICE.into()),
        (&[visible], ENFORCE, DEVICE.into()),
        (&[visible, high], ENFORCE, unmet("cuda>=99.0", "cuda 12.4")),
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda>=12.4"], ENFORCE, DEVICE.into()),
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda>=12,driver>=551"], ENFORCE, unmet("cuda>=12,driver>=551", "cuda 12.4, driver 550.54.15")),
        (&[visible, high, "NVIDIA_DISABLE_REQUIRE=true"], ENFORCE, DEVICE.into()),
        (&[visible, "NVIDIA_REQUIRE_JETPACK=csv-mounts=all"], ENFORCE, DEVICE.into()),
        (&["CUDA_VERSION=12.4"], ENFORCE, "nvidia.com/gpu=all".into()),
        (&["CUDA_VERSION=13.0", visible], ENFORCE, "the host does not meet `cuda>=13.0` of CUDA_VERSION: it has cuda 12.4".into()),
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda=foo"], ENFORCE, "NVIDIA_REQUIRE_CUDA: `cuda=foo`: `foo` is no version".into()),
        // A container that requests nothing is none of this stage's business.
        (&["NVIDIA_VISIBLE_DEVICES=void", high], ENFORCE, String::new()),
        (&[high], ENFORCE, String::new()),
    ];
    for (env, settings, expected) in table {
        assert_eq!(line(&host(env), Mode::Cdi, settings), *expected, "{env:?}");
    }
    let jit = line(&host(&[visible, high]), Mode::JitCdi, ENFORCE);
    assert_eq!(jit, unmet("cuda>=99.0", "cuda 12.4"));
    let failure = host(&[visible, high]).modify::<Cdi>(Mode::Cdi, ENFORCE).unwrap_err();
    assert!(failure.remedy.is_some_and(|remedy| remedy.contains("enforce-requirements = false")));
}

/// `arch>=9` is met by the first GPU alone.
#[test]
fn each_requested_gpu_counts() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("0", true), ("GPU-a", true), ("MIG-a", true), ("0:0", true), ("nvidia.com/gpu=0", true), ("0,MIG-a", true),
        ("1", false), ("GPU-b", false), ("0,1", false), ("all", false), ("nvidia.com/gpu=all", false),
        // Names that do not tell which GPU it is.
        ("none", false), ("other", false), ("0,other", false), ("2", false), ("vendor.com/net=eth0", false),
    ];
    for (request, met) in table {
        let visible = format!("NVIDIA_VISIBLE_DEVICES={request}");
        for (required, found) in [("arch>=9", "arch 8.6"), ("brand=tesla", "brand GeForce")] {
            let required_entry = format!("NVIDIA_REQUIRE_CUDA={required}");
            let line = line(&host(&[&visible, &required_entry]), Mode::Cdi, ENFORCE);
            assert_eq!(line == unmet(required, found), !met, "{request}: {line}");
            assert_eq!(line.starts_with("the host does not meet"), !met, "{request}: {line}");
        }
    }
}

/// A host without a driver meets nothing.
#[test]
fn nothing_known() {
    let visible = Host::new().env("NVIDIA_VISIBLE_DEVICES=0");
    #[rustfmt::skip] // one line a case
    let table = [
        ("cuda>=1", "cuda unknown"), ("driver>=1", "driver unknown"), ("arch>=1", "arch unknown"),
        ("brand!=x", "brand unknown"),
    ];
    for (required, found) in table {
        let host = visible.clone().env(&format!("NVIDIA_REQUIRE_CUDA={required}"));
        assert_eq!(line(&host, Mode::Cdi, ENFORCE), unmet(required, found));
    }
}

/// The stage where asking for GPUs is refused.
struct WithoutGpus;

impl Modifier for WithoutGpus {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        wants: &[
            Want::read_env("*", ""),
            Want::read_annotations("cdi.k8s.io/*", ""),
            Want::edit_devices("*/*=*", ""),
        ],
        ..Cdi::METADATA
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        Cdi::modify(mode, settings)
    }
}

#[test]
fn asked_only_where_it_matters() {
    let visible = "NVIDIA_VISIBLE_DEVICES=0";
    #[rustfmt::skip] // one line a case
    let table: &[(&[&str], &str, bool)] = &[
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda>=1"], ENFORCE, true),
        (&[visible, "NVIDIA_REQUIRE_CUDA=brand=tesla"], ENFORCE, true),
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda>=1"], "{}", false),
        (&[visible, "NVIDIA_REQUIRE_CUDA=foo=1"], ENFORCE, false),
        (&[visible], ENFORCE, false),
        (&[visible, "NVIDIA_REQUIRE_CUDA=cuda>=1", "NVIDIA_DISABLE_REQUIRE=1"], ENFORCE, false),
        (&["NVIDIA_REQUIRE_CUDA=cuda>=1"], ENFORCE, false),
    ];
    for (env, settings, asked) in table {
        let answer = host(env).modify::<WithoutGpus>(Mode::Cdi, settings);
        assert_eq!(answer.is_err(), *asked, "{env:?}");
        let cause = answer.err().map(|failure| failure.cause).unwrap_or_default();
        assert_eq!(cause.starts_with("gpus."), *asked, "{env:?}: {cause}");
    }
}
