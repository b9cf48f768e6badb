//! The kernel's list of minors that give access to MIG instances.

use std::collections::BTreeMap;

use super::inventory::CapabilityMinors;

/// The kernel's list of capabilities and their minors, a file of lines such as `gpu0/gi1/ci0/access 13`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigMinors(BTreeMap<String, u32>);

impl MigMinors {
    /// Where the kernel has it.
    pub const PATH: &str = "/proc/driver/nvidia-caps/mig-minors";

    /// Reads it. A line that is not a name, one space and a number is skipped; of lines with the same
    /// name the last counts.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let pair = |line: &str| {
            let (name, minor) = line.split_once(' ')?;
            Some((name.to_owned(), minor.parse().ok()?))
        };
        Self(text.lines().filter_map(pair).collect())
    }

    /// The minors of an instance on the GPU of this minor; `None` where one of the two is not listed.
    #[must_use]
    pub fn of(
        &self,
        gpu: u32,
        gpu_instance: u32,
        compute_instance: u32,
    ) -> Option<CapabilityMinors> {
        let instance = format!("gpu{gpu}/gi{gpu_instance}");
        Some(CapabilityMinors {
            gpu_instance: *self.0.get(&format!("{instance}/access"))?,
            compute_instance: *self.0.get(&format!("{instance}/ci{compute_instance}/access"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MigMinors;

    #[test]
    fn lines_are_read_or_skipped() {
        for (text, expected) in [
            ("gpu0/gi1/access 12\ngpu0/gi1/ci0/access 14\n", Some((12, 14))),
            ("gpu0/gi1/access 12\r\ngpu0/gi1/ci0/access 14\r\n", Some((12, 14))),
            ("config 1\nnonsense\n\ngpu0/gi1/access 12\ngpu0/gi1/ci0/access 14", Some((12, 14))),
            // The last of two counts, and a line that is skipped is no line.
            ("gpu0/gi1/access 1\ngpu0/gi1/access 2\ngpu0/gi1/ci0/access 14", Some((2, 14))),
            ("gpu0/gi1/access 12\ngpu0/gi1/ci0/access 14\ngpu0/gi1/access  9", Some((12, 14))),
            ("gpu0/gi1/access 12\ngpu0/gi1/ci0/access -1", None),
            ("gpu0/gi1/access 12\ngpu0/gi1/ci0/access 4294967296", None),
            ("gpu0/gi1/access 12\ngpu0/gi1/ci0/access 14 15", None),
            ("gpu0/gi1/access 12\ngpu0/gi1/ci00/access 14", None),
            ("gpu00/gi1/access 12\ngpu0/gi1/ci0/access 14", None),
            ("gpu0/gi1/access 12", None),
            ("gpu1/gi1/access 12\ngpu1/gi1/ci0/access 14", None),
            ("", None),
            ("\0\0 5\n\u{fffd} 3", None),
        ] {
            let found = MigMinors::parse(text).of(0, 1, 0);
            let found = found.map(|minors| (minors.gpu_instance, minors.compute_instance));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
