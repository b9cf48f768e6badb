//! One line a case: files, GPUs, and the mode.

use std::sync::Arc;

use crate::generate::testing::{files, gpu, host, inventory, no_question};
use crate::generate::{Host, Mode};
use crate::gpu::{FailedGpu, Inventory};
use crate::host_files::Recorded;

const NVML: &str = "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1!";
const TEGRA: &str = "/etc/nv_tegra_release!";

#[test]
fn the_first_rule_that_holds() {
    let none: &[&str] = &[];
    #[rustfmt::skip] // one line a case
    let table = [
        (none, "H100", Mode::Nvml),
        (&[TEGRA], "", Mode::Csv),
        (&[TEGRA, NVML], "NVIDIA H100", Mode::Nvml),
        (&[TEGRA, NVML], "Orin (nvgpu)", Mode::Csv),
        (&[TEGRA, NVML], "", Mode::Nvml),
        (&[NVML], "NVIDIA H100", Mode::Nvml),
        (&[NVML], "NVIDIA Thor", Mode::Csv),
        (&[NVML], "", Mode::Nvml),
        (&["/usr/lib/wsl/lib/libdxcore.so!", TEGRA, NVML], "Orin (nvgpu)", Mode::Wsl),
        (&["/usr/lib/wsl/lib/libdxcore.so!"], "", Mode::Wsl),
        (&["/etc/nv_tegra_release/x!"], "", Mode::Nvml),
        (&["/etc/nv_tegra_release->tegra", "/etc/tegra!"], "", Mode::Csv),
        (&["/etc/nv_tegra_release->gone"], "", Mode::Nvml),
        (&[TEGRA, "/usr/lib64/libnvidia-ml.so.1->gone"], "", Mode::Csv),
    ];
    for (paths, name, expected) in table {
        let known = move || match name {
            "" => Err("the driver is not loaded".into()),
            name => Ok(Arc::new(inventory(&[gpu(0, name, None)]))),
        };
        let host = host("/", files(paths), &known);
        assert_eq!(Mode::Auto.resolve(&host), Ok(expected), "{paths:?} {name}");
    }
}

#[test]
fn a_discrete_gpu_where_a_thor_stands() {
    let known = || Ok(Arc::new(inventory(&[gpu(0, "NVIDIA H100", Some("00000000:01:00.0"))])));
    let host = host("/", files(&[NVML]), &known);
    assert_eq!(Mode::Auto.resolve(&host), Ok(Mode::Nvml));
}

#[test]
fn a_gpu_of_the_chip_that_fails() {
    for (name, expected) in [("Orin (nvgpu)", Mode::Csv), ("NVIDIA H100", Mode::Nvml)] {
        let failed =
            FailedGpu { index: 0, uuid: None, name: Some(name.into()), why: "lost".into() };
        let known = move || {
            Ok(Arc::new(Inventory { failed: vec![failed.clone()], ..Inventory::default() }))
        };
        let host = host("/", files(&[NVML]), &known);
        assert_eq!(Mode::Auto.resolve(&host), Ok(expected), "{name}");
    }
}

#[test]
fn the_family_of_the_chip() {
    let table = [("Tegra234\n", Mode::Csv), ("TEGRA", Mode::Csv), ("jetson tegra", Mode::Nvml)];
    for (family, expected) in table {
        let files = Recorded::new().file("/sys/devices/soc0/family", family.as_bytes());
        let host = host("/", files, &no_question);
        assert_eq!(Mode::Auto.resolve(&host), Ok(expected), "{family}");
    }
}

#[test]
fn a_library_of_the_host_counts_and_its_tegra_files_do_not() {
    let of_host = |paths: &[&str]| Host {
        host: Arc::new(files(paths)),
        ..host("/run/driver", files(&[TEGRA]), &no_question)
    };
    assert_eq!(Mode::Auto.resolve(&of_host(&[])), Ok(Mode::Csv));
    let dxcore = "/usr/lib/wsl/lib/libdxcore.so!";
    assert_eq!(Mode::Auto.resolve(&of_host(&[dxcore])), Ok(Mode::Wsl));
    let tegra = Host { driver: Arc::new(files(&[])), ..of_host(&[TEGRA]) };
    assert_eq!(Mode::Auto.resolve(&tegra), Ok(Mode::Nvml));
}

#[test]
fn a_mode_that_is_chosen_reads_nothing() {
    let host = host("/", files(&[TEGRA, NVML]), &no_question);
    for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Auto) {
        assert_eq!(mode.resolve(&host), Ok(mode));
    }
}
