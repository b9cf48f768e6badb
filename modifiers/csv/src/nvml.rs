//! What NVML knows of the host. It need not know anything: an older Jetson has none.

use gantry_discovery::csv;
use gantry_modifier::gpus::{self, Driver, Gpu};
use gantry_modifier::{Error, ErrorKind, Failure, log, platform};

/// What NVML knows.
pub(crate) struct Nvml {
    pub(crate) driver: Option<Driver>,
    pub(crate) gpus: Vec<Gpu>,
}

/// Asks NVML, where there is one. What it does not know is left out, with a warning.
pub(crate) fn read() -> Result<Option<Nvml>, Failure> {
    if !platform::has_nvml()? {
        return Ok(None);
    }
    let driver =
        known(gpus::driver(), "CUDA libraries that are newer than the driver do not count")?;
    let gpus = known(gpus::all(), "only what the CSV lists name counts")?;
    Ok(Some(Nvml { driver, gpus: gpus.unwrap_or_default() }))
}

/// The answer, or a warning with what follows from there being none. A refusal stays one.
fn known<T>(answer: Result<T, Error>, otherwise: &str) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error {
            kind: ErrorKind::Absent | ErrorKind::Failed | ErrorKind::TimedOut,
            message,
            ..
        }) => {
            log::warn(&[otherwise, ": ", &message].concat());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Nvml {
    /// As the lists' discovery needs it.
    pub(crate) fn for_lists(&self) -> csv::Nvml {
        let gpu = |gpu: &Gpu| csv::Gpu {
            index: gpu.index,
            uuid: gpu.uuid.clone(),
            minor: gpu.minor,
            pci_bus_id: gpu.pci_bus_id.clone(),
            name: gpu.name.clone(),
        };
        csv::Nvml {
            cuda: self.driver.as_ref().map(|driver| (driver.cuda.major, driver.cuda.minor)),
            gpus: self.gpus.iter().map(gpu).collect(),
            // The contract tells a stage no GPU that NVML does not describe.
            failed: Vec::new(),
        }
    }
}
