//! Paths in the container, cleaned as the engines and the CDI library clean them, by text alone.

/// The shortest path that means the same if there are no links: no `//`, `.`, `x/..` or `/` at the end.
/// As Go's `path.Clean`, which the order of mounts is defined by.
pub(super) fn clean(path: &str) -> String {
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
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(super::clean(path), cleaned, "{path:?}");
        }
    }
}
