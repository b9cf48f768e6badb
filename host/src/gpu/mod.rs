//! The GPUs of the host. The inventory is a value: NVML tells it, or a file that was recorded, and
//! everything else works from it. No library of the driver is ever loaded into the process that asks.

mod inventory;

pub use inventory::{
    Addressing, CapabilityMinors, Driver, FailedGpu, Gpu, Inventory, MigDevice, Version,
};
