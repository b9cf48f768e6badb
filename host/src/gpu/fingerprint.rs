//! What an inventory depends on, as a value: while none of it has changed, the inventory holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts that change with the GPUs, the driver or the library, by name. The same facts, the same
/// inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(BTreeMap<String, String>);

impl Fingerprint {
    /// What this version of Gantry makes of what NVML says.
    #[must_use]
    pub fn new() -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self(BTreeMap::from([("gantry".to_owned(), version)]))
    }

    /// With one more fact.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The first fact that is not the same in both.
    #[must_use]
    pub fn difference<'f>(&'f self, other: &'f Self) -> Option<&'f str> {
        let names = self.0.keys().chain(other.0.keys());
        names.map(String::as_str).find(|name| self.0.get(*name) != other.0.get(*name))
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}
