//! An inventory for people: the driver, and a table with a row for each GPU and MIG device.

use gantry::gpu::{Addressing, FailedGpu, Gpu, Inventory, MigDevice};
use gantry::text::one_line;

use crate::cdi::table::Table;

/// What is not known, or not to be had.
const NONE: &str = "-";

pub(super) fn of(inventory: &Inventory) -> String {
    let version =
        |version: Option<String>| version.unwrap_or_else(|| "of unknown version".to_owned());
    let driver = version(inventory.driver_version.as_deref().map(one_line));
    let cuda = version(inventory.cuda_version.map(|cuda| cuda.to_string()));
    let mut table = Table::new(&["GPU", "UUID", "NAME", "NODE", "PCI", "MEMORY", "CUDA", "NOTES"]);
    let mut gpus = inventory.gpus.iter().peekable();
    for failed in &inventory.failed {
        while let Some(gpu) = gpus.next_if(|gpu| gpu.index < failed.index) {
            rows(&mut table, gpu);
        }
        failed_row(&mut table, failed);
    }
    gpus.for_each(|gpu| rows(&mut table, gpu));
    let table = table.text();
    let between = if table.is_empty() { "" } else { "\n" };
    format!("driver {driver}, CUDA {cuda}\n{between}{table}")
}

fn rows(table: &mut Table, gpu: &Gpu) {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    let node = or_none(gpu.minor.map(|minor| format!("/dev/nvidia{minor}")));
    let pci = or_none(gpu.pci_bus_id.clone());
    let capability = or_none(gpu.compute_capability.map(|capability| capability.to_string()));
    let memory = or_none(gpu.memory.map(gibibytes));
    let notes = notes(gpu);
    table.row([&gpu.index, &gpu.uuid, &gpu.name, &node, &pci, &memory, &capability, &notes]);
    for mig in &gpu.mig_devices {
        mig_row(table, gpu.index, mig);
    }
    for failed in &gpu.failed_mig_devices {
        let slot = failed.index.map_or_else(|| "?".to_owned(), |index| index.to_string());
        let index = format!("  {}:{slot}", gpu.index);
        let uuid = failed.uuid.as_deref().unwrap_or(NONE);
        let notes = format!("failed: {}", failed.why);
        table.row([&index, &uuid, &NONE, &NONE, &"", &"", &"", &notes]);
    }
}

fn mig_row(table: &mut Table, gpu: u32, mig: &MigDevice) {
    let index = format!("  {gpu}:{}", mig.index);
    let name = format!("  {}", mig.profile);
    let access = match mig.capability_minors {
        Some(minors) => {
            format!("nvidia-cap{}, nvidia-cap{}", minors.gpu_instance, minors.compute_instance)
        }
        None => NONE.to_owned(),
    };
    let notes = format!(
        "GPU instance {}, compute instance {}{}",
        mig.gpu_instance,
        mig.compute_instance,
        if mig.capability_minors.is_none() { "; the kernel lists no nodes for it" } else { "" }
    );
    table.row([&index, &mig.uuid, &name, &access, &"", &"", &"", &notes]);
}

fn failed_row(table: &mut Table, gpu: &FailedGpu) {
    let uuid = gpu.uuid.as_deref().unwrap_or(NONE);
    let name = gpu.name.as_deref().unwrap_or(NONE);
    let notes = format!("failed: {}", gpu.why);
    table.row([&gpu.index, &uuid, &name, &NONE, &NONE, &NONE, &NONE, &notes]);
}

fn notes(gpu: &Gpu) -> String {
    let mut notes: Vec<&str> = Vec::new();
    notes.extend(gpu.architecture.as_deref());
    if gpu.mig_enabled {
        notes.push(if gpu.mig_devices.is_empty() { "MIG without devices" } else { "MIG" });
    }
    if gpu.integrated {
        notes.push("integrated");
    }
    notes.extend(match gpu.addressing {
        Some(Addressing::Ats) => Some("coherent memory"),
        Some(Addressing::Unknown) => Some("NVML does not tell whether its memory is coherent"),
        Some(Addressing::None | Addressing::Hmm) | None => None,
    });
    notes.join(", ")
}

/// In GiB, with one digit behind the point.
fn gibibytes(bytes: u64) -> String {
    let tenths = (u128::from(bytes) * 10 + (1 << 29)) >> 30;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}
