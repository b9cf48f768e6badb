//! The GPUs of the host. The first call may take long: ask only when a container requests a device.

use crate::Error;
use crate::error::named;
use crate::imports::gpus;

pub use crate::bindings::gantry::modifier::gpus::{Driver, Gpu, MigDevice, Version};

/// The driver. [`ErrorKind::Absent`](crate::ErrorKind::Absent) where there is none.
pub fn driver() -> Result<Driver, Error> {
    named("gpus.get-driver", gpus::get_driver())
}

/// All GPUs, in NVML's order.
pub fn all() -> Result<Vec<Gpu>, Error> {
    named("gpus.all", gpus::all())
}
