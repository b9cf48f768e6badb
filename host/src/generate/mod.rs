//! CDI specs made from the inventory of GPUs and the driver's files: what `gantry cdi generate` writes,
//! and what a container gets just in time.
//!
//! One way through: [`Options`] say which [`Mode`] and which devices; discovery says what each needs
//! ([`gantry_discovery::Found`]) of the [`Host`]; that becomes CDI edits, without duplicates and sorted,
//! in a spec of the lowest version that holds them.

mod assemble;
mod driver;
mod edits;
mod error;
mod gated;
mod host;
mod ids;
mod management;
mod nvml;
mod options;
#[cfg(test)]
mod tests;

pub use assemble::Made;
pub use error::GenerateError;
pub use host::{Gpus, Host};
pub use options::{
    CsvOptions, DeviceIds, Features, HookName, HookOptions, MissingNodes, Mode, NameStrategy,
    Options,
};

use gantry_discovery::Feature;

/// What a container sees of a request that is already served.
const VISIBLE_DEVICES_VOID: &str = "NVIDIA_VISIBLE_DEVICES=void";

/// Finds what the options ask for.
pub fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    let mut made = match options.mode {
        Mode::Nvml => nvml::make(options, host),
        Mode::Management => management::make(options, host),
        Mode::Gds => gated::make(Feature::Gds, options, host),
        Mode::Mofed => gated::make(Feature::Mofed, options, host),
        Mode::Nvswitch => gated::make(Feature::NvSwitch, options, host),
        Mode::Gdrcopy => gated::make(Feature::GdrCopy, options, host),
        mode => Err(GenerateError::Driver(format!("the mode {} is to come", mode.name()))),
    }?;
    // A runtime hook of older toolkits must not inject a second time.
    made.common.env.push(VISIBLE_DEVICES_VOID.to_owned());
    Ok(made)
}
