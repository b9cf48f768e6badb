//! The agreement with `gantry-nvml`: how its exit status says why there is no inventory.

/// The kinds of refusal of `gantry-nvml`. Its exit status is the number; what it refuses and why is on
/// its stderr. With 0 the inventory is on its stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// The library cannot be loaded: it is not there, or not for this machine.
    NotLoaded = 3,
    /// The library was loaded, and is not NVML.
    NotNvml = 4,
    /// The kernel module is not loaded.
    NoDriver = 5,
    /// The library is of another version than the kernel module.
    OtherVersion = 6,
    /// NVML answers an essential question with an error.
    Failed = 7,
}

impl Refusal {
    const ALL: [Self; 5] =
        [Self::NotLoaded, Self::NotNvml, Self::NoDriver, Self::OtherVersion, Self::Failed];

    /// The exit status.
    #[must_use]
    pub fn status(self) -> u8 {
        self as u8
    }

    /// The refusal that has this exit status.
    #[must_use]
    pub fn of_status(status: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| i32::from(refusal.status()) == status)
    }

    /// What it means, and what to do.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::NotLoaded => {
                "the NVML library cannot be loaded; install the driver's libraries, or name the driver's root"
            }
            Self::NotNvml => "the library is not NVML; name the driver's libnvidia-ml.so.1",
            Self::NoDriver => "the driver is not loaded; load the kernel module nvidia",
            Self::OtherVersion => {
                "the library and the loaded kernel module are of different versions; load the module of the library's version, or restart the host"
            }
            Self::Failed => "NVML fails; see what nvidia-smi and the kernel's log say",
        }
    }
}
