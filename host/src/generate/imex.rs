//! The mode `imex`: a device for each channel.

use gantry_discovery::{IMEX_CHANNELS, Root, imex_channel, imex_channels};

use super::assemble::Made;
use super::common::{ALL, device};
use super::error::GenerateError;
use super::host::Host;
use super::options::{DeviceIds, Mode, Options};
use crate::cdi::{ContainerEdits, DeviceNode};

/// What may stand before the number of a channel, and before `all`.
const PREFIX: &str = "channel";
/// The highest channel: it is a minor number, of 20 bits.
const HIGHEST: u32 = (1 << 20) - 1;

pub(super) fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    let channels = match asked(&options.devices)? {
        Some(channels) => {
            for channel in &channels {
                imex_channel(host, *channel)?;
            }
            channels
        }
        None => all(host)?,
    };
    let of_channel = |channel: u32| {
        let path = [IMEX_CHANNELS, &channel.to_string()].concat();
        let host_path = host.host_path(Root::Dev, &path);
        // Without numbers: the channel's are those that it has when a container gets it.
        let node = DeviceNode { path, host_path, ..DeviceNode::default() };
        let edits = ContainerEdits { device_nodes: vec![node], ..ContainerEdits::default() };
        device(channel.to_string(), edits)
    };
    Ok(Made {
        devices: channels.into_iter().map(of_channel).collect(),
        common: ContainerEdits::default(),
    })
}

/// The channels that are asked for; `None` for all.
fn asked(ids: &DeviceIds) -> Result<Option<Vec<u32>>, GenerateError> {
    let DeviceIds::These(ids) = ids else { return Ok(None) };
    let mut channels = Vec::new();
    for id in ids {
        let text = id.strip_prefix(PREFIX).unwrap_or(id);
        if text == ALL {
            return Ok(None);
        }
        let Some(channel) = number(text) else {
            return Err(GenerateError::NotOfMode {
                mode: Mode::Imex.name(),
                id: id.clone(),
                why: format!(
                    "a channel is a number up to {HIGHEST} without a leading 0, `channel` before it or \
                     not, or `all`"
                ),
            });
        };
        channels.push(channel);
    }
    Ok(Some(channels))
}

/// A channel's number, as the kernel writes it.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok().filter(|number| *number <= HIGHEST)?;
    (number.to_string() == text).then_some(number)
}

/// All channels of the host.
fn all(host: &mut Host<'_>) -> Result<Vec<u32>, GenerateError> {
    let nodes = imex_channels(host)?.device_nodes;
    let channels: Vec<u32> =
        nodes.iter().filter_map(|node| number(node.path.strip_prefix(IMEX_CHANNELS)?)).collect();
    if channels.is_empty() {
        let looked_for = host.host_path(Root::Dev, &[IMEX_CHANNELS, "*"].concat());
        return Err(GenerateError::nothing(Mode::Imex, &looked_for));
    }
    Ok(channels)
}

#[cfg(test)]
mod tests;
