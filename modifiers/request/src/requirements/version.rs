//! Versions, as images and drivers spell them.

/// A version. What is left out is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) patch: u32,
}

impl Version {
    /// `12`, `12.4` or `12.4.1`, with or without `v` before. A third part may have the suffix of a
    /// pre-release or a build, which does not count; and drivers pad it: `450.80.02`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let major = number(parts.next()?)?;
        let minor = parts.next().map_or(Some(0), number)?;
        let patch = parts.next().map_or(Some(0), |part| number(without_suffix(part)?))?;
        Some(Self { major, minor, patch })
    }
}

fn number(digits: &str) -> Option<u32> {
    // `parse` alone takes a sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn without_suffix(part: &str) -> Option<&str> {
    let Some((digits, suffix)) = part.split_once(['-', '+']) else {
        return Some(part);
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    (!suffix.is_empty() && suffix.bytes().all(known)).then_some(digits)
}
