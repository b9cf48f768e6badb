//! Paths as text: absolute, with `/` between elements.

/// The path, if it is absolute and normal: no `.`, no `..`, no repeated or final `/`, no NUL.
#[must_use]
pub fn normalise(path: &str) -> Option<&str> {
    if path == "/" {
        return Some(path);
    }
    let rest = path.strip_prefix('/')?;
    let normal = |element: &str| !matches!(element, "" | "." | "..") && !element.contains('\0');
    rest.split('/').all(normal).then_some(path)
}

/// The path as text without `.`, `..` and repeated `/`, nothing looked up: what a runtime makes of a
/// mount's destination. A relative path stays relative; `..` at the root stays there.
#[must_use]
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if absolute => {}
            other => kept.push(other),
        }
    }
    match (absolute, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, normalise};

    #[test]
    fn only_absolute_normal_paths_are_normal() {
        for (path, normal) in [
            ("/", true),
            ("/a", true),
            ("/a/b.c", true),
            ("/a/..b", true),
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
            assert_eq!(normalise(path).is_some(), normal, "{path:?}");
        }
    }

    #[test]
    fn clean_paths_are_what_a_runtime_mounts_at() {
        for (path, cleaned) in [
            ("/", "/"),
            ("", "."),
            ("/a//b/", "/a/b"),
            ("/a/./b/../c", "/a/c"),
            ("/../a", "/a"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("/a/..", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path:?}");
        }
    }
}
