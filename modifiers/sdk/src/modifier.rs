//! The two kinds of components: the modifier of a stage, and the mode selector.

use serde::de::DeserializeOwned;

use crate::{Failure, Metadata, Mode, Problem};

/// A stage's modifier. Export it with [`export_modifier!`](crate::export_modifier).
pub trait Modifier {
    /// The stage's settings. Give them `#[serde(deny_unknown_fields)]`, so that a misspelt key is
    /// an error, and `#[serde(default)]`, so that a stage without settings works.
    type Settings: DeserializeOwned;

    /// What this modifier is, and which grants it wants.
    const METADATA: Metadata;

    /// Makes the stage's edits for one container.
    ///
    /// # Errors
    ///
    /// A failure becomes the error line of the container's creation; no edit is applied.
    fn modify(mode: Mode, settings: Self::Settings) -> Result<(), Failure>;

    /// What is wrong with settings that have the right form. No function of the contract may be
    /// called. `modify` is called only with settings without problems.
    fn check(_settings: &Self::Settings) -> Vec<Problem> {
        Vec::new()
    }
}

/// The mode selector. Export it with [`export_mode_selector!`](crate::export_mode_selector).
pub trait ModeSelector {
    /// The selector's settings, as for [`Modifier::Settings`].
    type Settings: DeserializeOwned;

    /// What this selector is, and which grants it wants.
    const METADATA: Metadata;

    /// Chooses the mode for one container.
    ///
    /// # Errors
    ///
    /// A failure becomes the error line of the container's creation.
    fn select(settings: Self::Settings) -> Result<Mode, Failure>;

    /// As [`Modifier::check`].
    fn check(_settings: &Self::Settings) -> Vec<Problem> {
        Vec::new()
    }
}
