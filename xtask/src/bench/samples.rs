//! Times that were measured, and what is said of them.

/// Times of one operation by one program, in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Samples {
    ns: Vec<u64>,
    /// The most memory that a process of it used, in KiB.
    pub(super) peak_kib: u64,
    /// How often it looked at a device node of the host, in one operation.
    pub(super) lstats: Option<u64>,
}

impl Samples {
    /// Adds the line that a program printed.
    pub(super) fn add_line(&mut self, line: &str) -> serde_json::Result<()> {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let numbers = line.get("ns").and_then(serde_json::Value::as_array);
        self.ns.extend(numbers.into_iter().flatten().filter_map(serde_json::Value::as_u64));
        let number = |key: &str| line.get(key).and_then(serde_json::Value::as_u64);
        self.peak_kib = self.peak_kib.max(number("peak_kib").unwrap_or_default());
        self.lstats = number("lstats").or(self.lstats);
        Ok(())
    }

    /// Adds one time.
    pub(super) fn add(&mut self, ns: u64) {
        self.ns.push(ns);
    }

    /// How many there are.
    pub(super) fn rounds(&self) -> usize {
        self.ns.len()
    }

    /// The time that this many of a hundred do not exceed, in milliseconds; 0 for the least.
    pub(super) fn percentile(&self, percent: usize) -> Option<f64> {
        let mut sorted = self.ns.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        #[allow(clippy::cast_precision_loss, reason = "no time here is that long")]
        sorted.get((last * percent).div_ceil(100)).map(|&ns| ns as f64 / 1e6)
    }
}
