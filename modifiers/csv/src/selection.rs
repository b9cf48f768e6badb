//! From a request to the devices that are selected.

use gantry_discovery::csv::Selection;
use gantry_request::Request;

/// The devices of a request, and where it stands; `None` where nothing is requested. `none` is the
/// driver's files without a device, never all devices.
pub(crate) fn selection(request: Request) -> Option<(Selection, String)> {
    match request {
        Request::Void => None,
        Request::None(origin) => Some((Selection::None, origin.to_string())),
        Request::All(origin) => Some((Selection::All, origin.to_string())),
        Request::Devices(devices) => {
            let reason = devices.first()?.origin.to_string();
            Some((Selection::Ids(devices.into_iter().map(|device| device.id).collect()), reason))
        }
    }
}
