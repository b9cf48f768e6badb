//! Devices that are made when a container asks for them, in memory: the kind [`KIND`].

use std::collections::BTreeSet;
use std::path::Path;

use crate::cdi::{InvalidSpec, Plan, QualifiedName};
use crate::generate::{self, DeviceIds, GenerateError, Mode};
use crate::host_files::FileError;
use crate::trust::TrustError;

use super::config::Environment;
use super::facts::Facts;

/// The kind whose devices are made just in time.
pub(super) const KIND: &str = "runtime.nvidia.com/gpu";
const VENDOR: &str = "runtime.nvidia.com";
const CLASS: &str = "gpu";

/// Why devices cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakeError {
    /// A root of the host cannot be opened.
    #[error("the driver's files cannot be looked at: {0}")]
    Root(#[from] FileError),
    /// What the host has does not do.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// Others can write a list of the driver's files.
    #[error("a list that names what a container gets: {0}")]
    Untrusted(#[from] TrustError),
    /// What was made is no spec.
    #[error("what was made is not valid: {0}")]
    Invalid(#[from] InvalidSpec),
}

/// Whether this is the name of a device that is made just in time.
pub(super) fn is_made(name: &QualifiedName) -> bool {
    name.kind_str() == KIND
}

/// What these devices change, all of kind [`KIND`]: each device's edits in the order of their names, as
/// in a spec on disk, then those for all of them.
pub(super) fn make(names: &[QualifiedName], facts: &Facts) -> Result<Plan, MakeError> {
    let ids = names.iter().map(|name| name.name().to_owned()).collect();
    let mut options = facts.generate().options(VENDOR, CLASS, DeviceIds::These(ids));
    options.data_dirs =
        generate::data_dirs(&std::env::var(generate::DATA_DIRS).unwrap_or_default());
    let gpus = || facts.gpus().inventory().map_err(|error| error.what().to_owned());
    let (driver_root, dev_root) = (facts.driver_root(), facts.dev_root());
    let open = |root: &Path| facts.files(root);
    let (driver_root, dev_root) = (driver_root.to_string_lossy(), dev_root.to_string_lossy());
    let mut host = generate::Host::over(&driver_root, &dev_root, open, &gpus)?;
    options.mode = options.mode.resolve(&host)?;
    if options.mode == Mode::Csv {
        // A list grants what it names.
        let trust = Environment::of_process().trust();
        for list in &options.csv.files {
            trust.look(Path::new(list))?;
        }
    }
    let made = generate::make(&options, &mut host);
    for warning in &host.warnings {
        tracing::warn!("{warning}");
    }
    let mut made = made?;
    // A GPU may be asked for by its index and by its UUID.
    let mut names = BTreeSet::new();
    made.devices.retain(|device| names.insert(device.name.clone()));
    let spec = made.into_spec(&options);
    let place = match facts.gpus().known() {
        Some(known) if known.is_cached => "made just in time from the remembered inventory",
        Some(_) => "made just in time from the inventory read now",
        None => "made just in time without an inventory",
    };
    Ok(Plan::of_spec(Path::new(place), spec)?)
}
