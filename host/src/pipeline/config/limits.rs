//! What one call into a modifier may use: `[stages.NAME.limits]`, and how sizes and times are written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The ceilings of one call. Exceeding any is the stage's error (DESIGN.md §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory and tables.
    pub memory: Bytes,
    /// The whole call, host functions included.
    pub time: Time,
    /// Units of fuel, about one per instruction.
    pub fuel: u64,
    /// What the host may be made to allocate for the arguments or the results of one call.
    pub host_bytes: Bytes,
    /// How many edits.
    pub edits: u32,
    /// All edits together: names, values, paths, arguments and reasons.
    pub edit_bytes: Bytes,
    /// How many log lines.
    pub log_lines: u32,
    /// All log lines together.
    pub log_bytes: Bytes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: Bytes(16 * MIB),
            time: Time(Duration::from_secs(1)),
            fuel: 50_000_000,
            host_bytes: Bytes(16 * MIB),
            edits: 1024,
            edit_bytes: Bytes(MIB),
            log_lines: 256,
            log_bytes: Bytes(64 * KIB),
        }
    }
}

#[cfg(feature = "pipeline")]
impl Limits {
    /// The part that the sandbox keeps; edits are counted where they are made.
    #[must_use]
    pub fn of_call(&self) -> crate::modifier::Limits {
        let size = |bytes: Bytes| usize::try_from(bytes.0).unwrap_or(usize::MAX);
        crate::modifier::Limits {
            memory: self.memory.0,
            time: self.time.0,
            fuel: self.fuel,
            host_bytes: size(self.host_bytes),
            log_lines: self.log_lines,
            log_bytes: size(self.log_bytes),
        }
    }
}

pub(super) const KIB: u64 = 1024;
pub(super) const MIB: u64 = 1024 * KIB;
pub(super) const GIB: u64 = 1024 * MIB;

/// A size in bytes, written `16MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

const SIZES: [(&str, u64); 4] = [("GiB", GIB), ("MiB", MIB), ("KiB", KIB), ("B", 1)];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number_with_unit(text, &SIZES)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no size; write it like \"512KiB\" or \"16MiB\""))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_with_unit(f, self.0, &SIZES)
    }
}

/// A length of time, written `50ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Duration);

/// In microseconds.
const TIMES: [(&str, u64); 3] = [("ms", 1000), ("us", 1), ("s", 1_000_000)];

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number_with_unit(text, &TIMES).map(|us| Self(Duration::from_micros(us))).ok_or_else(|| {
            format!("{text:?} is no time; write it like \"500us\", \"50ms\" or \"2s\"")
        })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [ms, us, s] = TIMES;
        let value = u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX);
        write_with_unit(f, value, &[s, ms, us])
    }
}

fn number_with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, factor)| {
        let digits = text.strip_suffix(unit)?.trim_end();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse::<u64>().ok()?.checked_mul(*factor)
    })
}

/// In the largest unit that divides it; the units come largest first.
fn write_with_unit(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let whole = |factor: u64| value != 0 && value.is_multiple_of(factor);
    match units.iter().find(|(_, factor)| whole(*factor)) {
        Some((unit, factor)) => write!(f, "{}{unit}", value / factor),
        None => match units.last() {
            Some((unit, _)) => write!(f, "{value}{unit}"),
            None => write!(f, "{value}"),
        },
    }
}
