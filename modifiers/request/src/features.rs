//! Features beside the GPUs themselves, each asked for by a variable of its own.

use crate::Source;

/// A feature that a container must ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `GPUDirect` Storage.
    Gds,
    /// The network devices of MOFED.
    Mofed,
    /// `GDRCopy`.
    GdrCopy,
    /// `NVSwitch`.
    NvSwitch,
}

impl Feature {
    /// Every feature, in the order in which they are injected.
    pub const ALL: [Self; 4] = [Self::Gds, Self::Mofed, Self::GdrCopy, Self::NvSwitch];

    /// Its name, and the class of its devices: `gds`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gds => "gds",
            Self::Mofed => "mofed",
            Self::GdrCopy => "gdrcopy",
            Self::NvSwitch => "nvswitch",
        }
    }

    /// The variable that asks for it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Gds => "NVIDIA_GDS",
            Self::Mofed => "NVIDIA_MOFED",
            Self::GdrCopy => "NVIDIA_GDRCOPY",
            Self::NvSwitch => "NVIDIA_NVSWITCH",
        }
    }
}

/// The features whose variable is `enabled`, in the order of [`Feature::ALL`].
///
/// They count only for a container that also requests devices.
///
/// # Errors
///
/// What the source refuses.
pub fn features<S: Source>(source: &mut S) -> Result<Vec<Feature>, S::Error> {
    let values = source.env_get(&Feature::ALL.map(Feature::variable))?;
    let pairs = Feature::ALL.into_iter().zip(values);
    Ok(pairs.filter(|(_, v)| v.as_deref() == Some("enabled")).map(|(f, _)| f).collect())
}
