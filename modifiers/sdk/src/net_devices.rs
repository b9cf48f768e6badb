//! Network interfaces of the host that move into the container.

use crate::Error;
use crate::error::named;
use crate::imports::edit_net_devices;

pub use crate::bindings::gantry::modifier::edit_net_devices::NetDevice as NewNetDevice;

/// Moves a network interface of the host into the container.
pub fn add(device: NewNetDevice<'_>, reason: &str) -> Result<(), Error> {
    named("edit-net-devices.add", edit_net_devices::add(device, reason))
}

/// Whether [`add`] of this host interface is granted.
#[must_use]
pub fn add_granted(host_interface_name: &str) -> bool {
    edit_net_devices::granted(host_interface_name)
}
