//! The inventory of a case: what the reader of NVML makes of the same answers.

use std::sync::Arc;

use serde_json::Value;

use gantry_discovery::{Files as _, Libraries, Root};

use super::cases::Case;
use super::options::{Asked, host};
use crate::gpu::{Addressing, CapabilityMinors, FailedGpu, Gpu, Inventory, MigDevice, Version};

/// Profiles of GPU instances that can do graphics.
const GRAPHICS_PROFILES: [u64; 1] = [10];

/// Functions whose failure leaves a GPU that cannot be described. Others may fail with "not supported".
const ESSENTIAL: [&str; 8] = [
    "nvmlDeviceGetHandleByUUID",
    "nvmlDeviceGetName",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetMaxMigDeviceCount",
    "nvmlDeviceGetGpuInstanceId",
    "nvmlDeviceIsMigDeviceHandle",
    "nvmlDeviceGetUUID",
    "nvmlDeviceGetPciInfo_v3",
];

const NOT_SUPPORTED: u64 = 3;

pub(super) fn of(case: &Case, asked: &Asked) -> Result<Arc<Inventory>, String> {
    let never = || Err("asked while it is looked for".to_owned());
    let mut host = host(case, asked, &never);
    let mut libraries = Libraries::new(Root::Driver, host.architecture);
    let library = libraries.locate(&mut host, "libnvidia-ml.so.1").unwrap_or_default();
    let on_host = case.entries("host").iter().any(|entry| entry[0] == "nvml");
    let is_nvml = |path: &String| host.read(Root::Driver, path, 1).unwrap().is_some();
    if !on_host && !library.iter().any(is_nvml) {
        return Err("libnvidia-ml.so.1 is nowhere".to_owned());
    }
    let told = case.inventory();
    if told.is_null() {
        return Err("the driver is not loaded".to_owned());
    }
    for function in ["nvmlInit_v2", "nvmlDeviceGetCount_v2"] {
        if let Some(code) = error(told, function, "") {
            return Err(format!("{function}: {code}"));
        }
    }
    let mut inventory = Inventory {
        driver_version: told["driver_version"].as_str().map(str::to_owned),
        cuda_version: told["cuda_driver_version"].as_u64().map(|number| Version {
            major: u32::try_from(number / 1000).unwrap(),
            minor: u32::try_from(number % 1000 / 10).unwrap(),
        }),
        ..Inventory::default()
    };
    for (index, gpu) in (0..).zip(told["gpus"].as_array().unwrap()) {
        match failure(told, gpu, index) {
            Some(why) => inventory.failed.push(FailedGpu {
                name: None,
                index,
                uuid: gpu["uuid"].as_str().map(str::to_owned),
                why,
            }),
            None => inventory.gpus.push(whole(case, told, gpu, index)),
        }
    }
    Ok(Arc::new(inventory))
}

/// What the function answers for this device, instead of what it should.
fn error(told: &Value, function: &str, device: &str) -> Option<u64> {
    let of = |name: &str| told["errors"][name].as_u64();
    of(&[function, device].concat()).or_else(|| of(function)).filter(|code| *code != 0)
}

fn failure(told: &Value, gpu: &Value, index: u32) -> Option<String> {
    let mut devices = vec![format!(".gpu{index}")];
    let slots = gpu["mig_devices"].as_object();
    devices.extend(slots.into_iter().flat_map(|m| m.keys()).map(|m| format!(".gpu{index}.mig{m}")));
    let of_mig =
        |function: &&str| ["MaxMig", "GpuInstance"].iter().any(|part| function.contains(part));
    for device in devices {
        for function in ESSENTIAL.iter().filter(|one| gpu["mig"] == "enabled" || !of_mig(one)) {
            if let Some(code) = error(told, function, &device).filter(|code| *code != NOT_SUPPORTED)
            {
                return Some(format!("{function}{device} answers {code}"));
            }
        }
    }
    None
}

fn whole(case: &Case, told: &Value, gpu: &Value, index: u32) -> Gpu {
    let at = format!(".gpu{index}");
    let supported = |function: &str| error(told, function, &at).is_none();
    let number = |field: &str| gpu[field].as_u64().map(|number| u32::try_from(number).unwrap());
    let minor = number("minor").filter(|_| supported("nvmlDeviceGetMinorNumber"));
    let mig_mode = gpu["mig"].as_str().filter(|_| supported("nvmlDeviceGetMigMode"));
    let slots = gpu["mig_devices"].as_object().filter(|_| mig_mode.is_some()).cloned();
    let mut mig_devices: Vec<MigDevice> = Vec::new();
    for (slot, mig) in slots.into_iter().flatten() {
        let at = format!("{at}.mig{slot}");
        if error(told, "nvmlDeviceGetMigDeviceHandleByIndex", &at).is_none() {
            mig_devices.push(part(case, &mig, slot.parse().unwrap(), minor));
        }
    }
    mig_devices.sort_by_key(|mig| mig.index);
    let addressing =
        match (error(told, "nvmlDeviceGetAddressingMode", &at), gpu["addressing"].as_str()) {
            (Some(NOT_SUPPORTED), _) | (None, None) => None,
            (Some(_), _) => Some(Addressing::Unknown),
            (None, Some("ats")) => Some(Addressing::Ats),
            (None, Some("hmm")) => Some(Addressing::Hmm),
            (None, Some(_)) => Some(Addressing::None),
        };
    Gpu {
        index,
        uuid: gpu["uuid"].as_str().unwrap().to_owned(),
        minor,
        pci_bus_id: gpu["bus"].as_str().filter(|bus| bus.contains(':')).map(str::to_owned),
        name: gpu["name"].as_str().unwrap().to_owned(),
        brand: None,
        architecture: None,
        compute_capability: None,
        memory: gpu["memory"].as_u64(),
        addressing,
        integrated: false,
        mig_enabled: mig_mode == Some("enabled"),
        mig_devices,
        failed_mig_devices: Vec::new(),
    }
}

fn part(case: &Case, mig: &Value, index: u32, parent: Option<u32>) -> MigDevice {
    let number = |field: &str| u32::try_from(mig[field].as_u64().unwrap()).unwrap();
    let (gi, ci) = (number("gi"), number("ci"));
    let minors = case.host_file("/proc/driver/nvidia-caps/mig-minors").unwrap_or_default();
    let minor = |name: String| {
        let lines = minors.lines().rev().filter_map(|line| line.split_once(' '));
        let mut of = lines.filter(|(one, _)| *one == name);
        of.find_map(|(_, minor)| minor.parse().ok())
    };
    let parent = parent.unwrap_or(u32::MAX);
    let capability_minors = minor(format!("gpu{parent}/gi{gi}/access"))
        .zip(minor(format!("gpu{parent}/gi{gi}/ci{ci}/access")))
        .map(|(gpu_instance, compute_instance)| CapabilityMinors {
            gpu_instance,
            compute_instance,
        });
    MigDevice {
        index,
        uuid: mig["uuid"].as_str().unwrap().to_owned(),
        gpu_instance: gi,
        compute_instance: ci,
        profile: "1g.10gb".to_owned(),
        graphics: GRAPHICS_PROFILES.contains(&mig["gi_profile"].as_u64().unwrap()),
        capability_minors,
    }
}
