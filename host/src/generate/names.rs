//! How devices are named.

use super::options::NameStrategy;
use crate::gpu::MigDevice;

impl NameStrategy {
    /// The name of a GPU; `None` where that is its UUID, and it has none.
    #[must_use]
    pub fn of_gpu(self, index: u32, uuid: Option<&str>) -> Option<String> {
        match self {
            Self::Index => Some(index.to_string()),
            Self::Uuid => uuid.map(ToOwned::to_owned),
            Self::TypeIndex => Some(format!("gpu{index}")),
        }
    }

    /// The name of a MIG device, by the index of its GPU.
    #[must_use]
    pub fn of_mig(self, gpu: u32, mig: &MigDevice) -> String {
        match self {
            Self::Index => format!("{gpu}:{}", mig.index),
            Self::Uuid => mig.uuid.clone(),
            Self::TypeIndex => format!("mig{gpu}:{}", mig.index),
        }
    }
}
