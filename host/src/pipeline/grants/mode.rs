//! Modes: how devices are injected for a container.

use std::fmt;

/// One mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// From CDI specs on disk.
    Cdi,
    /// From CDI specs made in memory.
    JitCdi,
    /// From CSV lists of files.
    Csv,
    /// By a prestart hook.
    Legacy,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cdi, Self::JitCdi, Self::Csv, Self::Legacy];

    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdi => "cdi",
            Self::JitCdi => "jit-cdi",
            Self::Csv => "csv",
            Self::Legacy => "legacy",
        }
    }

    /// The mode of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
        Mode::ALL
            .into_iter()
            .filter(move |mode| self.contains(*mode))
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
