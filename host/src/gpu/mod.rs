//! The GPUs of the host. The inventory is a value: NVML tells it, or a file that was recorded, and
//! everything else works from it. No library of the driver is ever loaded into the process that asks:
//! a [`Reader`] asks the program `gantry-nvml`, with a deadline.

mod capabilities;
mod child;
mod error;
mod inventory;
mod profile;
mod reader;
mod refusal;

pub use capabilities::MigMinors;
pub use error::InventoryError;
pub use inventory::{
    Addressing, CapabilityMinors, Driver, FailedGpu, Gpu, Inventory, MigDevice, Version,
};
pub use profile::{MigProfile, architecture, brand, is_integrated};
pub use reader::Reader;
pub use refusal::Refusal;
