//! CDI devices, by qualified name: `vendor.com/class=name`.

use crate::Error;
use crate::error::named;
use crate::imports::{cdi_registry, edit_devices};

/// The qualified names of the host's devices of one kind (`vendor.com/class`), sorted.
pub fn known(kind: &str) -> Result<Vec<String>, Error> {
    named("cdi-registry.devices", cdi_registry::devices(kind))
}

/// Injects a device. The host resolves all devices of the stage together when `modify` returns; one
/// that does not resolve fails it.
pub fn inject(device: &str, reason: &str) -> Result<(), Error> {
    named("edit-devices.inject", edit_devices::inject(device, reason))
}

/// Whether [`inject`] of this device is granted.
#[must_use]
pub fn inject_granted(device: &str) -> bool {
    edit_devices::granted(device)
}
