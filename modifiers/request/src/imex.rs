//! Requests for IMEX channels: by mount, or else by `NVIDIA_IMEX_CHANNELS`.

use std::collections::BTreeSet;

use crate::{Device, Origin, Rules, Source, environment, mounts};

/// The highest number that the driver gives a channel.
const HIGHEST: u32 = (1 << 20) - 1;

/// The IMEX channels that a container requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channels {
    /// None.
    None,
    /// All that the host has.
    All(Origin),
    /// These, in the order asked, each once, at least one.
    These(Vec<Channel>),
}

/// One requested IMEX channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its number.
    pub number: u32,
    /// Where the request stands.
    pub origin: Origin,
}

/// The IMEX channels that a container requests. A stage that is set to ignore such requests does not
/// ask.
///
/// # Errors
///
/// What the source refuses, and a request that names no channel.
pub fn imex_channels<S: Source>(source: &mut S, rules: &Rules) -> Result<Channels, S::Error> {
    let mut requested = mounts::channels(source, rules)?;
    if let Some(all) = requested.iter().position(|device| device.id == "all") {
        return Ok(Channels::All(requested.swap_remove(all).origin));
    }
    if requested.is_empty() {
        requested = environment::channels(source, rules)?;
    }
    let mut seen = BTreeSet::new();
    let mut channels = Vec::new();
    for Device { id, origin } in requested {
        let Some(number) = number(&id) else {
            return Err(S::Error::from(format!(
                "`{id}`, {origin}, is no IMEX channel: write a number from 0 to {HIGHEST}"
            )));
        };
        if seen.insert(number) {
            channels.push(Channel { number, origin });
        }
    }
    Ok(if channels.is_empty() { Channels::None } else { Channels::These(channels) })
}

/// The number of a channel: `7`, or `channel7` as its node is called.
fn number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix("channel").unwrap_or(id);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number <= HIGHEST)
}
