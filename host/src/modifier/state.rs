//! What the store of one call holds: the host, and what is counted.

use std::time::Instant;

use super::api::{LogLevel, Refused, StageHost};
use super::limits::{Exceeded, LOG_LINE_BYTES, Limits, Meter};
use crate::text::escape;

pub(super) struct State<H> {
    pub(super) host: H,
    pub(super) meter: Meter,
    deadline: Instant,
    log_lines_left: u32,
    log_bytes_left: usize,
    /// The first refusal that fails the stage whatever the modifier makes of it.
    pub(super) refused: Option<Refused>,
}

/// Why a host function does not answer: a value for the modifier, or the end of the call.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(Refused),
    Exceeded(Exceeded),
}

impl<H> State<H> {
    pub(super) fn new(host: H, limits: &Limits, deadline: Instant) -> Self {
        Self {
            host,
            meter: Meter::new(limits),
            deadline,
            log_lines_left: limits.log_lines,
            log_bytes_left: limits.log_bytes,
            refused: None,
        }
    }

    /// The end of the call, if its time is up.
    pub(super) fn in_time(&mut self) -> Result<(), Exceeded> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(self.exceeded(Exceeded::Time)) }
    }

    /// Notes a limit that ends the call.
    pub(super) fn exceeded(&mut self, exceeded: Exceeded) -> Exceeded {
        *self.meter.exceeded.get_or_insert(exceeded)
    }
}

impl<H: StageHost> State<H> {
    /// Runs one host function within the call's deadline.
    pub(super) fn ask<T>(
        &mut self,
        function: impl FnOnce(&mut H) -> Result<T, Refused>,
    ) -> Result<T, Stop> {
        self.in_time().map_err(Stop::Exceeded)?;
        function(&mut self.host).map_err(|refused| Stop::Refused(refused.shortened()))
    }

    /// Notes a refusal before the modifier hears of it: a grant that is missing and a limit that is
    /// reached fail the stage even if it goes on.
    pub(super) fn note(&mut self, refused: &Refused) {
        if matches!(refused, Refused::NotGranted(_) | Refused::Limit(_)) && self.refused.is_none() {
            self.refused = Some(refused.clone());
        }
    }

    pub(super) fn log(&mut self, level: LogLevel, message: &str) -> Result<(), Exceeded> {
        self.in_time()?;
        let Some(left) = self.log_lines_left.checked_sub(1) else {
            return Err(self.exceeded(Exceeded::LogLines));
        };
        self.log_lines_left = left;
        let Some(left) = self.log_bytes_left.checked_sub(message.len()) else {
            return Err(self.exceeded(Exceeded::LogBytes));
        };
        self.log_bytes_left = left;
        self.host.log(level, &escape(message, LOG_LINE_BYTES));
        Ok(())
    }
}
