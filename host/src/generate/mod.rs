//! CDI specs made from the inventory of GPUs and the driver's files: what `gantry cdi generate` writes,
//! and what a container gets just in time.
//!
//! One way through: [`Options`] say which [`Mode`] and which devices; discovery says what each needs
//! ([`gantry_discovery::Found`]) of the [`Host`]; that becomes CDI edits, without duplicates and sorted,
//! in a spec of the lowest version that holds them.

mod ahead;
mod assemble;
mod auto;
mod coherent;
mod common;
mod csv;
mod driver;
mod edits;
mod error;
mod fingerprint;
mod flags;
mod gated;
mod host;
mod ids;
mod imex;
mod management;
mod names;
mod nvml;
mod nvml_library;
mod options;
mod platform;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod wsl;

pub use assemble::Made;
pub use coherent::{INFIXES, NamedSpec, specs};
pub use error::GenerateError;
pub use fingerprint::fingerprint;
pub use host::{Gpus, Host};
pub use nvml_library::nvml_library;
pub use options::{
    CsvOptions, DATA_DIRS, DeviceIds, Features, HookName, HookOptions, MissingNodes, Mode,
    NameStrategy, Options, data_dirs,
};
pub use platform::{has_dxcore, has_nvml, has_tegra_files};

use gantry_discovery::Feature;

use ahead::Ahead;

/// What a container sees of a request that is already served.
const VISIBLE_DEVICES_VOID: &str = "NVIDIA_VISIBLE_DEVICES=void";

/// Finds what the options ask for.
pub fn make(options: &Options, host: &mut Host<'_>) -> Result<Made, GenerateError> {
    let ahead = Ahead::look(options, host)?;
    let mut made = match options.mode.resolve(host)? {
        mode @ Mode::Gds => gated::make(mode, Feature::Gds, options, host),
        mode @ Mode::Mofed => gated::make(mode, Feature::Mofed, options, host),
        mode @ Mode::Nvswitch => gated::make(mode, Feature::NvSwitch, options, host),
        mode @ Mode::Gdrcopy => gated::make(mode, Feature::GdrCopy, options, host),
        Mode::Management => management::make(options, host),
        Mode::Csv => csv::make(options, host),
        Mode::Imex => imex::make(options, host),
        Mode::Wsl => wsl::make(options, host),
        Mode::Nvml | Mode::Auto => nvml::make(options, host, ahead),
    }?;
    // A runtime hook of older toolkits must not inject a second time.
    made.common.env.push(VISIBLE_DEVICES_VOID.to_owned());
    Ok(made)
}
