//! What the modes share: a device, and an `all` that is the only one.

use super::error::GenerateError;
use super::options::{DeviceIds, Mode};
use crate::cdi::{ContainerEdits, Device};

/// The device that is all others, or all there is.
pub(super) const ALL: &str = "all";
/// Who asks for this wants the driver's files, and no device.
pub(super) const NONE: &str = "none";

/// A device.
pub(super) fn device(name: String, container_edits: ContainerEdits) -> Device {
    Device { name, container_edits, ..Device::default() }
}

/// The device that brings the driver's files alone. CDI wants it to do something.
pub(super) fn empty_device() -> Device {
    let env = vec!["NVCT_EMPTY_DEVICE=".to_owned()];
    device(NONE.to_owned(), ContainerEdits { env, ..ContainerEdits::default() })
}

/// That no other device is asked for than `all`, which is the only one of a mode.
pub(super) fn only_all(mode: Mode, ids: &DeviceIds) -> Result<(), GenerateError> {
    let other = match ids {
        DeviceIds::All => None,
        DeviceIds::These(ids) => ids.iter().find(|id| *id != ALL),
    };
    other.map_or(Ok(()), |id| {
        Err(GenerateError::NotOfMode {
            mode: mode.name(),
            id: id.clone(),
            why: "its only device is `all`".to_owned(),
        })
    })
}
