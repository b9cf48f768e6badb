//! Sets of modes.

use crate::modifier::Mode;

/// A set of modes. The default is the empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modes(u8);

impl Modes {
    /// Every mode.
    #[must_use]
    pub fn all() -> Self {
        Mode::ALL.into_iter().collect()
    }

    /// Whether the mode is in it.
    #[must_use]
    pub fn contains(self, mode: Mode) -> bool {
        self.0 & Self::bit(mode) != 0
    }

    /// Whether no mode is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its modes, in the order of [`Mode::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Mode> {
        Mode::ALL.into_iter().filter(move |mode| self.contains(*mode))
    }

    fn bit(mode: Mode) -> u8 {
        match mode {
            Mode::Cdi => 1,
            Mode::JitCdi => 2,
            Mode::Csv => 4,
            Mode::Legacy => 8,
        }
    }
}

impl FromIterator<Mode> for Modes {
    fn from_iter<I: IntoIterator<Item = Mode>>(modes: I) -> Self {
        Self(modes.into_iter().fold(0, |set, mode| set | Self::bit(mode)))
    }
}
