//! The GPUs of the host. The inventory is a value: NVML tells it, or a file that was recorded, and
//! everything else works from it. No library of the driver is ever loaded into the process that asks:
//! a [`Reader`] asks the program `gantry-nvml`, with a deadline. What it tells can
//! be kept, see `cache`.

#[cfg(feature = "config")]
pub mod cache;
mod capabilities;
mod child;
mod error;
mod fingerprint;
mod inventory;
mod profile;
mod reader;
mod refusal;
#[cfg(test)]
mod testing;

pub use capabilities::MigMinors;
pub use error::InventoryError;
pub use fingerprint::Fingerprint;
pub use inventory::{
    Addressing, CapabilityMinors, Driver, FailedGpu, FailedMig, Gpu, Inventory, MigDevice, Version,
};
pub use profile::{MigProfile, architecture, brand, is_integrated};
pub use reader::{Reader, Reading};
pub use refusal::Refusal;
