//! Patterns of file names, as `include` lines have them.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::config::Budget;
use crate::container_root::ContainerRoot;

/// What it costs to open a directory, as bytes of what is listed.
const OPENING: usize = 4096;

/// The paths that a pattern stands for, in order. A path without wildcards stands for itself.
pub(super) fn expand(root: &ContainerRoot, pattern: &Path, budget: &mut Budget) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from("/")];
    for component in pattern.components() {
        let name = match component {
            Component::Normal(name) => name,
            Component::ParentDir => OsStr::new(".."),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        if !name.as_bytes().iter().any(|byte| b"*?[\\".contains(byte)) {
            for path in &mut paths {
                path.push(name);
            }
            continue;
        }
        let mut found = Vec::new();
        for path in &paths {
            if !budget.list(OPENING) {
                break;
            }
            // What cannot be listed has nothing that matches.
            let Ok(directory) = root.directory(path) else { continue };
            let _cut_short = directory.for_each(|entry| {
                let matching = name.len() * entry.name.len() / 16;
                let cost = path.as_os_str().len() + entry.name.len() + 64 + matching;
                if !budget.list(cost) {
                    return Err(io::Error::other("too many entries"));
                }
                if matches(name.as_bytes(), entry.name.as_bytes()) {
                    found.push(path.join(&entry.name));
                }
                Ok(())
            });
        }
        found.sort_unstable();
        paths = found;
    }
    paths
}

/// Whether a name matches a pattern with `*`, `?`, `[...]` and `\`. A dot at its start has to be named.
#[must_use]
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && !matches!(pattern, [b'.', ..] | [b'\\', b'.', ..]) {
        return false;
    }
    let (mut pattern, mut name) = (pattern, name);
    // Behind the last `*`, and what of the name it does not cover yet. To go back to an earlier one never
    // helps, so this takes at most the product of both lengths.
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            back = Some((rest, name));
            pattern = rest;
            continue;
        }
        match (one(pattern, name.first().copied()), name) {
            (Some(rest), [_, after @ ..]) => (pattern, name) = (rest, after),
            (_, []) if pattern.is_empty() => return true,
            _ => match back {
                Some((rest, [_, after @ ..])) => {
                    back = Some((rest, after));
                    (pattern, name) = (rest, after);
                }
                _ => return false,
            },
        }
    }
}

/// What is left of a pattern when its first part matches this byte.
fn one(pattern: &[u8], byte: Option<u8>) -> Option<&[u8]> {
    let byte = byte?;
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'[', rest @ ..] => match set(rest, byte) {
            Some((true, rest)) => Some(rest),
            Some((false, _)) => None,
            // Without its end it is only a bracket.
            None => (byte == b'[').then_some(rest),
        },
        [b'\\', first, rest @ ..] | [first, rest @ ..] => (*first == byte).then_some(rest),
        [] => None,
    }
}

/// Whether a byte is in a set, and what follows the set.
fn set(set: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (not, mut rest) = match set {
        [b'!' | b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mut found, mut first) = (false, true);
    loop {
        rest = match rest {
            [b']', rest @ ..] if !first => return Some((found != not, rest)),
            [low, b'-', high, rest @ ..] if *high != b']' => {
                found |= (*low..=*high).contains(&byte);
                rest
            }
            [one, rest @ ..] => {
                found |= *one == byte;
                rest
            }
            [] => return None,
        };
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "a".repeat(255);
        let stars = "*a".repeat(100) + "*b";
        let cases = [
            ("*.conf", "a.conf", true),
            ("*.conf", ".a.conf", false),
            (".*", ".a", true),
            ("*.conf", "a.conf~", false),
            ("*.conf", "a.conf.conf", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a]x", "bx", true),
            ("[]a]x", "]x", true),
            ("[a-]x", "-x", true),
            ("[a", "[a", true),
            (r"\*a", "*a", true),
            (r"\*a", "ba", false),
            ("a*b*c", "a--b--b-c", true),
            ("a*b*c", "a--c--b", false),
            (&stars, &long, false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
