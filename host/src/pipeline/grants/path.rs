//! Which paths can be compared with grants at all.

/// The longest path that is looked at, in bytes (`PATH_MAX`).
const LONGEST: usize = 4096;

/// Whether a path is absolute and normal: `/` between elements, no `.`, `..`, repeated or last `/`,
/// no NUL. `/` itself is normal.
#[must_use]
pub fn is_normal(path: &str) -> bool {
    if path == "/" {
        return true;
    }
    path.len() <= LONGEST
        && !path.contains('\0')
        && path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(|element| !matches!(element, "" | "." | "..")))
}

/// What keeps a text from being a pattern over paths, if anything: such a pattern could never match.
#[must_use]
pub fn pattern_problem(text: &str) -> Option<&'static str> {
    if text == "**" || is_normal(text) {
        None
    } else if text.starts_with('/') {
        Some("has `.`, `..`, a repeated or a last `/` in it, so it can never match")
    } else {
        Some("does not begin with `/`, so it can never match")
    }
}
