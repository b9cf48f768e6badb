//! Versions of drivers and of CUDA: numbers with dots between them.

use std::cmp::Ordering;

/// A version. `12.9` equals `12.9.0`.
#[derive(Clone, Debug)]
pub struct Version {
    major: u64,
    rest: Vec<u64>,
}

/// Bytes of a version that are looked at.
const LONGEST: usize = 256;

impl Version {
    /// Reads a version; `None` where it is not numbers with dots between them.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut numbers = text.split(|&byte| byte == b'.').map(number);
        let major = numbers.next()??;
        let mut rest = numbers.collect::<Option<Vec<u64>>>()?;
        while rest.last() == Some(&0) {
            rest.pop();
        }
        Some(Self { major, rest })
    }

    /// Its first number.
    #[must_use]
    pub fn major(&self) -> u64 {
        self.major
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    // A sign is not a digit, but Rust takes one.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // Without zeros at the end, one that goes on is greater.
        self.major.cmp(&other.major).then_with(|| self.rest.cmp(&other.rest))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let rising =
            ["0", "1.1", "12.8.9", "12.9", "12.10", "99.55.66", "222.88.99", "222.88.99.1"];
        let versions = rising.map(|text| Version::parse(text.as_bytes()).unwrap());
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    }

    #[test]
    fn spellings() {
        for (one, other) in [("12.9", "12.9.0"), ("575.57.08", "575.57.8"), ("7", "07.0.0")] {
            assert_eq!(Version::parse(one.as_bytes()), Version::parse(other.as_bytes()), "{one}");
            assert!(Version::parse(one.as_bytes()).is_some(), "{one}");
        }
        let unknown = [
            "",
            ".",
            "1.",
            ".1",
            "1..2",
            "v1.2",
            "1.2-rc1",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1,2",
            "x",
            "99999999999999999999",
            "1.2\n",
            "\u{661}",
        ];
        for text in unknown {
            assert_eq!(Version::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Version::parse("1.".repeat(200).as_bytes()), None);
    }
}
