//! How devices are named.

use super::options::NameStrategy;

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
}
