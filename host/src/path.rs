//! Paths as text: with `/` between elements, nothing looked up.

use std::borrow::Cow;

/// The longest path that is taken, in bytes (`PATH_MAX`).
const LONGEST: usize = 4096;

/// Whether a path is absolute and normal: `/` between elements, no `.`, `..`, repeated or last `/`,
/// no NUL. `/` itself is normal.
#[must_use]
pub fn is_normal(path: &str) -> bool {
    if path == "/" {
        return true;
    }
    if path.len() > LONGEST || !path.starts_with('/') {
        return false;
    }
    // Every path that is looked at comes by: only what follows a `/` needs a second look.
    let bytes = path.as_bytes();
    let is_end = |at: usize| matches!(bytes.get(at), None | Some(b'/'));
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'/' => match bytes.get(at + 1) {
            None | Some(b'/') => false,
            Some(b'.') if is_end(at + 2) => false,
            Some(b'.') => bytes.get(at + 2) != Some(&b'.') || !is_end(at + 3),
            Some(_) => true,
        },
        byte => *byte != 0,
    })
}

/// The shortest path that means the same if there are no links: no `//`, `.`, `x/..` or `/` at the end.
/// As Go's `path.Clean`, which says where a runtime mounts, and which the order of mounts is defined by.
#[must_use]
pub fn clean(path: &str) -> Cow<'_, str> {
    if is_normal(path) {
        return path.into();
    }
    let rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            ".." if rooted => {}
            element => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}").into(),
        (false, true) => ".".into(),
        (false, false) => joined.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, is_normal};

    #[test]
    fn only_absolute_normal_paths_are_normal() {
        for (path, normal) in [
            ("/", true),
            ("/a", true),
            ("/a/b.c", true),
            ("/a/..b", true),
            ("/.a/...", true),
            ("/a/.", false),
            ("/a/..", false),
            ("", false),
            ("a", false),
            ("/a/", false),
            ("//a", false),
            ("/a//b", false),
            ("/a/./b", false),
            ("/a/../b", false),
            ("/..", false),
            ("/a\0b", false),
        ] {
            assert_eq!(is_normal(path), normal, "{path:?}");
        }
    }

    #[test]
    fn cleans_as_go_does() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//", "/"),
            ("/a/", "/a"),
            ("/a//b/./c", "/a/b/c"),
            ("/a/../b", "/b"),
            ("/../a", "/a"),
            ("a/..", "."),
            ("../a", "../a"),
            ("../../a/..", "../.."),
            ("rel/x", "rel/x"),
        ] {
            assert_eq!(clean(path), cleaned, "{path:?}");
        }
    }
}
