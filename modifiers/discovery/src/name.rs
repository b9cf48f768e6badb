//! Names and patterns of files.

/// Whether a file's name matches a pattern in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    // The first place where the next literal part fits is as good as any later one, except for the
    // last part, which must end the name.
    let mut tail = tail;
    let mut rest = rest;
    while let Some((part, after)) = rest.split_once('*') {
        let Some((_, behind)) = tail.split_once(part) else {
            return false;
        };
        tail = behind;
        rest = after;
    }
    tail.ends_with(rest)
}

/// The last element of a path.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The directory that a path is in; empty for one in the root.
pub(crate) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A path in a directory; `/` is a directory too.
pub(crate) fn join(directory: &str, name: &str) -> String {
    [directory.trim_end_matches('/'), "/", name].concat()
}
