//! Requests by environment variable.

use crate::{Device, Origin, Request, Rules, Source, image};

/// The variable that requests devices.
const VISIBLE_DEVICES: &str = "NVIDIA_VISIBLE_DEVICES";

/// The variable that requests IMEX channels.
const IMEX_CHANNELS: &str = "NVIDIA_IMEX_CHANNELS";

/// What the environment requests, if this container may request by it.
pub(crate) fn request<S: Source>(source: &mut S, rules: &Rules) -> Result<Request, S::Error> {
    let variables = variables(source, rules)?;
    let request = if variables.is_empty() { legacy_image(source)? } else { parse(&variables) };
    gated(source, rules, request)
}

/// The IMEX channels that the environment requests. All of them is what a container gets that asks
/// for none, and `none` names no channel.
pub(crate) fn channels<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let request = parse(&get(source, &[IMEX_CHANNELS])?);
    match gated(source, rules, request)? {
        Request::Devices(devices) => Ok(devices),
        Request::Void | Request::None(_) | Request::All(_) => Ok(Vec::new()),
    }
}

/// The request, unless this container may not request by its environment.
fn gated<S: Source>(source: &mut S, rules: &Rules, request: Request) -> Result<Request, S::Error> {
    if request == Request::Void || rules.accept_envvar_when_unprivileged || privileged(source)? {
        return Ok(request);
    }
    source.warn(
        "the request in the environment is ignored: the container has no CAP_SYS_ADMIN, and \
         `accept-envvar-when-unprivileged` is false",
    );
    Ok(Request::Void)
}

/// The variables that count, as pairs of name and value: the preferred ones that are set, or else
/// `NVIDIA_VISIBLE_DEVICES`.
fn variables<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<(String, String)>, S::Error> {
    if !rules.preferred_env.is_empty() {
        let names: Vec<&str> = rules.preferred_env.iter().map(String::as_str).collect();
        let set = get(source, &names)?;
        if !set.is_empty() {
            return Ok(set);
        }
    }
    get(source, &[VISIBLE_DEVICES])
}

/// Those of these variables that are set.
fn get<S: Source>(source: &mut S, names: &[&str]) -> Result<Vec<(String, String)>, S::Error> {
    let values = source.env_get(names)?;
    let pairs = names.iter().zip(values);
    Ok(pairs.filter_map(|(name, value)| Some(((*name).into(), value?))).collect())
}

/// Everything, for an old image that says nothing.
fn legacy_image<S: Source>(source: &mut S) -> Result<Request, S::Error> {
    let legacy = image::legacy_version(source)?.is_some();
    Ok(if legacy { Request::All(Origin::LegacyImage) } else { Request::Void })
}

/// `void` anywhere, or nothing at all, is void; else the first of `all` and `none` decides; else the
/// list counts.
fn parse(variables: &[(String, String)]) -> Request {
    let devices: Vec<Device> = variables
        .iter()
        .flat_map(|(name, value)| value.split(',').map(move |id| (name, id.trim())))
        .filter(|(_, id)| !id.is_empty())
        .map(|(name, id)| Device { id: id.into(), origin: Origin::Env(name.clone()) })
        .collect();
    if devices.is_empty() || devices.iter().any(|device| device.id == "void") {
        return Request::Void;
    }
    for device in &devices {
        match device.id.as_str() {
            "all" => return Request::All(device.origin.clone()),
            "none" => return Request::None(device.origin.clone()),
            _ => {}
        }
    }
    Request::Devices(devices)
}

/// Whether the container has `CAP_SYS_ADMIN` in its bounding set.
fn privileged<S: Source>(source: &mut S) -> Result<bool, S::Error> {
    Ok(source.capabilities()?.iter().any(|name| name == "CAP_SYS_ADMIN"))
}
