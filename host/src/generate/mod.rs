//! CDI specs made from the inventory of GPUs and the driver's files: what `gantry cdi generate` writes,
//! and what a container gets just in time.
//!
//! One way through: [`Options`] say which [`Mode`] and which devices; discovery says what each needs
//! ([`gantry_discovery::Found`]) of the [`Host`]; that becomes CDI edits, without duplicates and sorted,
//! in a spec of the lowest version that holds them.

mod assemble;
mod edits;
mod error;
mod fingerprint;
mod gated;
mod host;
mod nvml_library;
mod options;

pub use assemble::Made;
pub use error::GenerateError;
pub use fingerprint::fingerprint;
pub use host::{Gpus, Host};
pub use nvml_library::nvml_library;
pub use options::{
    CsvOptions, DeviceIds, Features, HookName, HookOptions, MissingNodes, Mode, NameStrategy,
    Options,
};

use gantry_discovery::Feature;

/// Finds what the options ask for.
pub fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    match options.mode {
        Mode::Gds => gated::make(Feature::Gds, options, host),
        Mode::Mofed => gated::make(Feature::Mofed, options, host),
        Mode::Nvswitch => gated::make(Feature::NvSwitch, options, host),
        Mode::Gdrcopy => gated::make(Feature::GdrCopy, options, host),
        mode => Err(GenerateError::Driver(format!("the mode {} is to come", mode.name()))),
    }
}
