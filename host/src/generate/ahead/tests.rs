//! The driver that is installed need not be the one that is running.

use std::cell::Cell;
use std::sync::Arc;

use crate::generate::testing::{Slow, files, gpu, host, inventory, options};
use crate::generate::{Mode, make};
use crate::gpu::Inventory;

const OLD: &str = "/usr/lib64/libcuda.so.1.1!";
const NEW: &str = "/usr/lib64/libcuda.so.2.2!";
const NODE: &str = "/dev/nvidia0";

#[test]
fn what_was_found_counts_for_the_driver_that_is_running() {
    let other = |installed: &str| {
        format!(
            "of version 2.2, and the libraries below the driver's root are of version {installed}"
        )
    };
    for (paths, running, expected) in [
        (&[NODE, NEW][..], Some("2.2"), Ok("2.2")),
        (&[NODE, OLD, NEW], Some("2.2"), Ok("2.2")),
        (&[NODE, OLD, NEW], Some("1.1"), Ok("1.1")),
        (&[NODE, OLD, NEW], None, Ok("1.1")),
        (&[NODE, OLD], Some("2.2"), Err(other("1.1"))),
        // Found by the name of what a link leads to; the library is not where libraries are.
        (
            &[NODE, "/usr/lib64/libcuda.so.9.9->/opt/libcuda.so.2.2", "/opt/libcuda.so.2.2!"],
            Some("2.2"),
            Err(other("2.2")),
        ),
        // What the GPUs lack comes first.
        (&[OLD], Some("2.2"), Err("there is no device node /dev/nvidia0".to_owned())),
        (&[NODE], Some("2.2"), Err("the driver's version is not known".to_owned())),
    ] {
        let known = || {
            let mut inventory = inventory(&[gpu(0, "H100", Some("0000:41:00.0"))]);
            inventory.driver_version = running.map(str::to_owned);
            Ok(Arc::new(inventory))
        };
        let slow = Slow(known);
        for gpus in [&known as &dyn crate::generate::Gpus, &slow] {
            let mut host = host("/", files(paths), gpus);
            let made = make(&options(Mode::Nvml), &mut host).map_err(|error| error.to_string());
            let mounted = made.map(|made| {
                let mounts = made.common.mounts.into_iter();
                mounts.map(|mount| mount.host_path).collect::<Vec<_>>()
            });
            match (&expected, mounted) {
                (Ok(version), Ok(mounted)) => {
                    assert_eq!(mounted, [format!("/usr/lib64/libcuda.so.{version}")], "{paths:?}");
                }
                (Err(why), Err(found)) => assert!(found.contains(why), "{paths:?}: {found}"),
                (expected, found) => panic!("{paths:?}: {found:?}, and not {expected:?}"),
            }
        }
    }
}

/// A mode without GPUs begins no question.
#[test]
fn only_who_needs_the_gpus_asks() {
    struct Watched(Cell<bool>);
    impl crate::generate::Gpus for Watched {
        fn inventory(&self) -> Result<Arc<Inventory>, String> {
            Err("no driver".to_owned())
        }
        fn start(&self) -> bool {
            self.0.set(true);
            true
        }
    }
    let nvml = "/usr/lib64/libnvidia-ml.so.1!";
    let dxcore = "/usr/lib64/libdxcore.so!";
    for (mode, paths, asks) in [
        (Mode::Nvml, &[][..], true),
        (Mode::Auto, &[nvml], true),
        (Mode::Auto, &[nvml, dxcore], false),
        (Mode::Auto, &[], false),
        (Mode::Wsl, &[nvml, dxcore], false),
        (Mode::Gds, &[nvml], false),
        (Mode::Imex, &[nvml], false),
    ] {
        let gpus = Watched(Cell::new(false));
        let mut host = host("/", files(paths), &gpus);
        // With success or without.
        let _ = make(&options(mode), &mut host);
        assert_eq!(gpus.0.get(), asks, "{mode:?} {paths:?}");
    }
}
