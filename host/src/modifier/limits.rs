//! Limits on one call into a modifier, and the meter that enforces those on memory.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Elements that all tables of a modifier may hold together.
const TABLE_ELEMENTS: usize = 64 * 1024;
/// Instances, memories and tables that a component may make.
const OBJECTS: usize = 64;
/// Bytes of one log line; the rest is cut off.
pub(super) const LOG_LINE_BYTES: usize = 4096;

/// Limits on one call into a modifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory: u64,
    /// Wall-clock time of the whole call, host functions included.
    pub time: Duration,
    /// Instructions, roughly: wasmtime's fuel. Deterministic for one version of the engine.
    pub fuel: u64,
    /// Bytes that the host may be made to allocate for one call's arguments or results.
    pub host_bytes: usize,
    /// Log lines.
    pub log_lines: u32,
    /// Bytes of all log lines together.
    pub log_bytes: usize,
}

/// Which limit a call exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Exceeded {
    #[error("memory (limits.memory)")]
    Memory,
    #[error("tables or instances (fixed)")]
    Objects,
    #[error("instructions (limits.fuel)")]
    Fuel,
    #[error("time (limits.time)")]
    Time,
    #[error("stack depth (fixed)")]
    Stack,
    #[error("bytes passed to the host (limits.host-bytes)")]
    HostBytes,
    #[error("log lines (limits.log-lines)")]
    LogLines,
    #[error("bytes of log lines (limits.log-bytes)")]
    LogBytes,
}

/// Counts what a component allocates.
#[derive(Debug)]
pub(super) struct Meter {
    memory_left: u64,
    table_left: usize,
    /// The limit that was hit, so that the trap that follows can be named.
    pub(super) exceeded: Option<Exceeded>,
}

impl Meter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { memory_left: limits.memory, table_left: TABLE_ELEMENTS, exceeded: None }
    }

    fn refuse(&mut self, exceeded: Exceeded) -> wasmtime::Result<bool> {
        self.exceeded = Some(exceeded);
        Err(wasmtime::Error::msg(exceeded.to_string()))
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        match self.memory_left.checked_sub(more) {
            Some(left) => {
                self.memory_left = left;
                Ok(true)
            }
            None => self.refuse(Exceeded::Memory),
        }
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        match self.table_left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => {
                self.table_left = left;
                Ok(true)
            }
            None => self.refuse(Exceeded::Objects),
        }
    }

    fn instances(&self) -> usize {
        OBJECTS
    }

    fn tables(&self) -> usize {
        OBJECTS
    }

    fn memories(&self) -> usize {
        OBJECTS
    }
}
