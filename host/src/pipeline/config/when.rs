//! Which containers a stage runs for: `[stages.NAME.when]`.

use crate::document::HookPoint;
use crate::pipeline::grants::Patterns;

/// What a container must have for a stage to run: one of these. Where nothing is named, the stage runs
/// for every container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Variables, by name.
    pub env: Patterns,
    /// Annotations, by key.
    pub annotations: Patterns,
    /// Mounts, by destination.
    pub mounts: Patterns,
    /// Hooks, by point.
    pub hooks: Vec<HookPoint>,
}

impl When {
    /// Whether nothing is named.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.env.is_empty()
            && self.annotations.is_empty()
            && self.mounts.is_empty()
            && self.hooks.is_empty()
    }
}
