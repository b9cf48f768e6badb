//! From a request to the devices that are injected.

use gantry_modifier::Failure;
use gantry_request::{Device, Request, is_qualified, qualify};

/// The kind whose devices the host makes just in time. They stand alone.
pub(crate) const JUST_IN_TIME: &str = "runtime.nvidia.com/gpu";

/// One device to inject.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Injection {
    /// Its qualified name.
    pub(crate) device: String,
    /// Where it was requested.
    pub(crate) reason: String,
}

/// The devices of a request, in the order asked, each once; `kind` is that of names without one.
pub(crate) fn injections(request: Request, kind: &str) -> Result<Vec<Injection>, Failure> {
    let devices = match request {
        Request::Void => Vec::new(),
        Request::None(origin) => vec![Device { id: "none".into(), origin }],
        Request::All(origin) => vec![Device { id: "all".into(), origin }],
        Request::Devices(devices) => devices,
    };
    let mut injections: Vec<Injection> = Vec::new();
    for Device { id, origin } in devices {
        let device = qualify(kind, &id);
        if !is_qualified(&device) {
            return Err(Failure::new(format!("`{id}`, {origin}, cannot be a device's name"))
                .with_remedy("request a device by vendor/class=name, or by its name alone"));
        }
        if injections.iter().all(|earlier| earlier.device != device) {
            injections.push(Injection { device, reason: origin.to_string() });
        }
    }
    alone(&injections)?;
    Ok(injections)
}

/// Refuses devices that are made just in time together with others.
fn alone(injections: &[Injection]) -> Result<(), Failure> {
    let just_in_time = |injection: &&Injection| {
        injection.device.split_once('=').is_some_and(|(kind, _)| kind == JUST_IN_TIME)
    };
    let Some(made) = injections.iter().find(just_in_time) else {
        return Ok(());
    };
    let Some(other) = injections.iter().find(|injection| !just_in_time(injection)) else {
        return Ok(());
    };
    Err(Failure::new(format!(
        "devices of {JUST_IN_TIME} cannot be requested together with others: `{}`, {}, and `{}`, {}",
        made.device, made.reason, other.device, other.reason,
    ))
    .with_remedy("request devices of one of the two only"))
}
