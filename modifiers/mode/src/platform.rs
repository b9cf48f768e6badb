//! Whether this host is one whose driver files come from CSV lists: an integrated GPU, as of Tegra.
//!
//! What is cheap to ask, and decides most often, comes first; NVML last, and only where it matters.

use gantry_modifier::{Error, ErrorKind, gpus, log, platform};

/// The only architecture of machines with an integrated GPU.
const INTEGRATED: &str = "aarch64";

/// Whether this host is served by mode `csv`.
///
/// A Tegra system without NVML is; with NVML, a host is whose GPU is integrated. NVML is asked for
/// that only on aarch64, since integrated GPUs exist nowhere else, and only if the container
/// requests a device. For one that does not, the Tegra files decide: it gets no device either way.
pub(crate) fn wants_csv(devices_requested: bool) -> Result<bool, Error> {
    let tegra = platform::has_tegra_files()?;
    let may_be_integrated = platform::architecture()? == INTEGRATED;
    // WSL is never Tegra, whatever its files say.
    if !(tegra || may_be_integrated) || platform::has_dxcore()? {
        return Ok(false);
    }
    if !platform::has_nvml()? {
        return Ok(tegra);
    }
    if !may_be_integrated {
        return Ok(false);
    }
    if devices_requested { has_integrated_gpu() } else { Ok(tegra) }
}

/// Whether a GPU is integrated. Where NVML does not answer, none is known to be.
fn has_integrated_gpu() -> Result<bool, Error> {
    match gpus::all() {
        Ok(gpus) => Ok(gpus.iter().any(|gpu| gpu.integrated)),
        Err(Error { kind: ErrorKind::Absent, .. }) => Ok(false),
        Err(error) if matches!(error.kind, ErrorKind::Failed | ErrorKind::TimedOut) => {
            log::warn(&format!("the GPUs are taken for not integrated: {error}"));
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
