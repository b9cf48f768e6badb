//! What tells one state of a file from the next without reading it.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::Stat;

/// How far apart two changes must be to show in a file's times: the kernel counts them in ticks of at
/// most 10 ms.
const TICK: i64 = 20_000_000;
/// The same for file systems that keep whole seconds only.
const COARSE_TICK: i64 = 2_000_000_000;

/// A file's identity, size and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stamp {
    pub(super) dev: u64,
    pub(super) ino: u64,
    pub(super) size: u64,
    /// In nanoseconds since 1970.
    pub(super) modified: i64,
    /// The same, of the file's owner and mode, too: nobody can set it.
    pub(super) changed: i64,
}

impl Stamp {
    pub(super) fn of(stat: &Stat) -> Self {
        let nanos = |seconds: i64, nanos: u64| {
            seconds.saturating_mul(1_000_000_000).saturating_add(i64::try_from(nanos).unwrap_or(0))
        };
        #[allow(
            clippy::useless_conversion,
            clippy::cast_sign_loss,
            clippy::unnecessary_cast,
            reason = "the types differ between architectures"
        )]
        Self {
            dev: stat.st_dev.into(),
            ino: stat.st_ino.into(),
            size: stat.st_size as u64,
            modified: nanos(stat.st_mtime.into(), stat.st_mtime_nsec as u64),
            changed: nanos(stat.st_ctime.into(), stat.st_ctime_nsec as u64),
        }
    }

    /// Whether a change after that moment must show in the stamp. One that was taken within the same
    /// tick as the last change may stay the same when the file changes again.
    pub(super) fn is_settled(&self, moment: Moment) -> bool {
        let tick = if self.changed % 1_000_000_000 == 0 { COARSE_TICK } else { TICK };
        self.changed.saturating_add(tick) < moment.0
    }
}

/// A moment of the host's clock, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(i64);

impl Moment {
    /// Taken before files are looked at: what changes later is newer.
    pub(super) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_settled_when_the_next_change_must_show() {
        const SECOND: i64 = 1_000_000_000;
        for (changed, now, expected) in [
            (5 * SECOND + 1, 5 * SECOND + 1, false),
            (5 * SECOND + 1, 5 * SECOND + 1 + TICK, false),
            (5 * SECOND + 1, 5 * SECOND + 2 + TICK, true),
            // Whole seconds.
            (5 * SECOND, 5 * SECOND + 2 * TICK, false),
            (5 * SECOND, 7 * SECOND + 1, true),
            // The clock went back.
            (5 * SECOND + 1, 3 * SECOND, false),
            (i64::MAX, i64::MAX, false),
        ] {
            let stamp = Stamp { changed, ..Stamp::default() };
            assert_eq!(stamp.is_settled(Moment(now)), expected, "{changed} at {now}");
        }
    }
}
