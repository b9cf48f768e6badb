//! `/proc/self/mountinfo`: what the kernel tells about a mount.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// A mount of this namespace.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Mount {
    /// Its number.
    pub(super) id: u64,
    /// Where it is, from this process's root.
    pub(super) point: PathBuf,
    /// Whether what is mounted on it shows up elsewhere.
    pub(super) shared: bool,
    /// What the one who mounted it called its source.
    pub(super) source: Vec<u8>,
}

impl Mount {
    /// All those that are wanted.
    pub(super) fn all(wanted: impl Fn(&Self) -> bool) -> io::Result<Vec<Self>> {
        Self::each(wanted)?.collect()
    }

    /// The first mount that is wanted.
    pub(super) fn find(wanted: impl Fn(&Self) -> bool) -> io::Result<Self> {
        let none = || io::Error::other("its mount is not in this namespace");
        Self::each(wanted)?.next().ok_or_else(none)?
    }

    fn each(wanted: impl Fn(&Self) -> bool) -> io::Result<impl Iterator<Item = io::Result<Self>>> {
        let lines = BufReader::new(File::open("/proc/self/mountinfo")?).split(b'\n');
        let parsed = lines.map(|line| line.map(|line| Self::parse(&line)).transpose());
        Ok(parsed.flatten().filter(move |mount| mount.as_ref().map_or(true, &wanted)))
    }

    /// Number, parent, device, root, point, options; tags up to a dash; type, source, options.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|&byte| byte == b' ');
        let id = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let point = unescape(fields.nth(3)?);
        let mut shared = false;
        let tags = fields.by_ref().skip(1).take_while(|field| *field != b"-");
        for tag in tags {
            shared |= tag.starts_with(b"shared:");
        }
        let source = unescape(fields.nth(1)?);
        Some(Self { id, point: OsString::from_vec(point).into(), shared, source })
    }
}

/// Undoes the octal escapes of blanks and the like.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut rest = field;
    let mut plain = Vec::with_capacity(field.len());
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'\\'
            && let [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] = rest
        {
            plain.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
            rest = after;
        } else {
            plain.push(*first);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn lines() {
        type Parts = (u64, &'static str, bool, &'static str);
        let cases: &[(&str, Option<Parts>)] = &[
            ("22 27 0:21 / /proc rw - proc proc rw", Some((22, "/proc", false, "proc"))),
            ("22 27 0:21 / /p rw,relatime shared:5 - proc x rw", Some((22, "/p", true, "x"))),
            ("22 27 0:21 / /p rw master:5 shared:2 - proc x rw", Some((22, "/p", true, "x"))),
            ("22 27 0:21 / /p rw master:5 - proc shared:1 rw", Some((22, "/p", false, "shared:1"))),
            (r"7 1 0:1 / /a\040b\134 rw - tmpfs a\011b rw", Some((7, r"/a b\", false, "a\tb"))),
            (r"7 1 0:1 / /a\04 rw - tmpfs \777 rw", Some((7, r"/a\04", false, r"\777"))),
            ("7 1 0:1 / /a rw", None),
            ("x 1 0:1 / /a rw - tmpfs t rw", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(id, point, shared, source)| Mount {
                id,
                point: point.into(),
                shared,
                source: source.into(),
            });
            assert_eq!(Mount::parse(line.as_bytes()), expected, "{line}");
        }
    }
}
