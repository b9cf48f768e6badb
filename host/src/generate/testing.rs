//! A host made up for a test, and options as the command has them.

use std::sync::Arc;

use gantry_discovery::Architecture;

use super::{
    CsvOptions, DeviceIds, Features, Gpus, HookOptions, Host, MissingNodes, Mode, NameStrategy,
    Options,
};
use crate::gpu::{Gpu, Inventory};
use crate::host_files::{FileKind, HostFiles, Recorded};

/// Options for a mode, and nothing beyond.
pub(super) fn options(mode: Mode) -> Options {
    Options {
        data_dirs: Vec::new(),
        mode,
        vendor: "nvidia.com".into(),
        class: "gpu".into(),
        devices: DeviceIds::All,
        names: vec![NameStrategy::Index, NameStrategy::Uuid],
        all_device: true,
        hooks: HookOptions {
            program: "/usr/bin/gantry-hook".into(),
            disabled: Vec::new(),
            enabled: Vec::new(),
            disable_all: false,
            ldconfig: None,
        },
        library_search_paths: Vec::new(),
        config_search_paths: Vec::new(),
        features: Features::default(),
        csv: CsvOptions::default(),
        missing_nodes: MissingNodes::Fail,
    }
}

/// These devices, or all.
pub(super) fn these(ids: &[&str]) -> DeviceIds {
    if ids.is_empty() {
        return DeviceIds::All;
    }
    DeviceIds::These(ids.iter().map(|&id| id.into()).collect())
}

/// Character devices by path, each with a number of its own; a path that ends in `!` is a file, one
/// that has `->` a link.
pub(super) fn files(paths: &[&str]) -> Recorded {
    paths.iter().zip(0..).fold(Recorded::new(), |files, (path, at)| match path.strip_suffix('!') {
        Some(file) => files.file(file, b""),
        None => match path.split_once("->") {
            Some((link, target)) => files.link(link, target),
            None => files.device(path, FileKind::CharDevice, 0o666, (195, at)),
        },
    })
}

/// A host with all its files below one root, which is at `/` or elsewhere.
pub(super) fn host<'a>(root: &str, files: Recorded, gpus: &'a dyn Gpus) -> Host<'a> {
    let below: Arc<dyn HostFiles> = Arc::new(files);
    let elsewhere: Arc<dyn HostFiles> = Arc::new(Recorded::new());
    Host {
        driver_root: root.into(),
        dev_root: root.into(),
        driver: Arc::clone(&below),
        dev: Arc::clone(&below),
        host: if root == "/" { below } else { elsewhere },
        gpus,
        architecture: Architecture::from_name("x86_64"),
        kernel_release: "6.1.0".into(),
        warnings: Vec::new(),
    }
}

/// Asks as the function does, and takes its time.
pub(super) struct Slow<F>(pub(super) F);

impl<F: Fn() -> Result<Arc<Inventory>, String>> Gpus for Slow<F> {
    fn inventory(&self) -> Result<Arc<Inventory>, String> {
        self.0()
    }

    fn start(&self) -> bool {
        true
    }
}

/// A GPU of this name.
pub(super) fn gpu(index: u32, name: &str, address: Option<&str>) -> Gpu {
    Gpu {
        index,
        uuid: format!("GPU-{index}"),
        minor: Some(index),
        pci_bus_id: address.map(Into::into),
        name: name.into(),
        brand: None,
        architecture: None,
        compute_capability: None,
        memory: None,
        addressing: None,
        integrated: false,
        mig_enabled: false,
        mig_devices: Vec::new(),
        failed_mig_devices: Vec::new(),
    }
}

/// An inventory of these GPUs.
pub(super) fn inventory(gpus: &[Gpu]) -> Inventory {
    Inventory { gpus: gpus.to_vec(), ..Inventory::default() }
}

/// NVML must not be asked.
pub(super) fn no_question() -> Result<Arc<Inventory>, String> {
    panic!("NVML is asked")
}
