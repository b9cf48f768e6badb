//! A grant to add groups: one (`44`), a range (`"100-200"`), or those of the stage's device nodes.

use std::fmt;
use std::str::FromStr;

/// Which groups may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GidGrant {
    /// These.
    Range(GidRange),
    /// The groups that own, on the host, the device nodes that the stage itself adds.
    DeviceNodes,
}

impl GidGrant {
    /// The word for [`Self::DeviceNodes`].
    pub const DEVICE_NODES: &str = "device-nodes";

    /// Whether the group may be added, by a stage that has added device nodes of these groups.
    #[must_use]
    pub fn allows(self, gid: u32, of_nodes: &[u32]) -> bool {
        match self {
            Self::Range(range) => range.contains(gid),
            Self::DeviceNodes => of_nodes.contains(&gid),
        }
    }
}

impl FromStr for GidGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::DEVICE_NODES {
            return Ok(Self::DeviceNodes);
        }
        text.parse()
            .map(Self::Range)
            .map_err(|error| format!("{error}, or \"{}\"", Self::DEVICE_NODES))
    }
}

impl fmt::Display for GidGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::DeviceNodes => f.write_str(Self::DEVICE_NODES),
        }
    }
}

/// The groups from `first` to `last`, both included. Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GidRange {
    first: u32,
    last: u32,
}

impl GidRange {
    /// A range; `None` where it is empty, has 0 in it, or 4294967295, which is no group.
    #[must_use]
    pub fn new(first: u32, last: u32) -> Option<Self> {
        (first > 0 && first <= last && last < u32::MAX).then_some(Self { first, last })
    }

    /// Whether the group is in it.
    #[must_use]
    pub fn contains(self, gid: u32) -> bool {
        (self.first..=self.last).contains(&gid)
    }

    /// The first group.
    #[must_use]
    pub fn first(self) -> u32 {
        self.first
    }

    /// How many groups there are.
    #[must_use]
    pub fn count(self) -> u32 {
        self.last - self.first + 1
    }
}

impl FromStr for GidRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) => Self::new(first, last),
            _ => None,
        };
        range.ok_or_else(|| {
            format!("{text:?} is no range of groups; write 44 or \"100-200\", without 0")
        })
    }
}

impl fmt::Display for GidRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}
