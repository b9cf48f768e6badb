//! Which paths can be compared with grants at all.

pub use crate::path::is_normal;

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
