//! Requests for IMEX channels: by mount, or else by `NVIDIA_IMEX_CHANNELS`.

use crate::{Device, Rules, Source, environment, mounts};

/// The IMEX channels that a container requests, by number, each once.
///
/// # Errors
///
/// What the source refuses.
pub fn imex_channels<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let mut channels = mounts::channels(source, rules)?;
    if channels.is_empty() {
        channels = environment::channels(source, rules)?;
    }
    let mut seen: Vec<String> = Vec::new();
    channels.retain(|channel| {
        let new = !seen.contains(&channel.id);
        if new {
            seen.push(channel.id.clone());
        }
        new
    });
    Ok(channels)
}
