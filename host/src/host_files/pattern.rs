//! Patterns over names and paths. `*` stays within one element, `**` crosses `/`; nothing else is
//! special.

use std::borrow::Cow;
use std::fmt;

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Cow<'static, str>,
    /// Bytes before the first star, and behind the last one; all where there is none.
    head: usize,
    tail: usize,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(&'static str);

impl Pattern {
    /// Takes a text as a pattern. It is an error when it is empty or has NUL in it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError("is empty"));
        }
        if text.contains('\0') {
            return Err(PatternError("has a NUL character"));
        }
        Ok(Self::of(Cow::Owned(text.to_owned())))
    }

    /// A text that is known to be a pattern.
    #[cfg(feature = "config")]
    pub(crate) fn known(text: &'static str) -> Self {
        Self::of(Cow::Borrowed(text))
    }

    fn of(text: Cow<'static, str>) -> Self {
        let is_star = |byte: &u8| *byte == b'*';
        let length = text.len();
        let head = text.bytes().position(|byte| is_star(&byte)).unwrap_or(length);
        let tail = text.bytes().rev().position(|byte| is_star(&byte)).unwrap_or(length);
        Self { text, head, tail }
    }

    /// Whether the whole text matches. The time is at most proportional to the product of both lengths,
    /// whatever the pattern; nothing is allocated.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        // Most texts are told by how long they are, and how they end and begin.
        let (head, tail) = self.ends();
        let length = self.text.len();
        if self.head == length {
            return *text == *self.text;
        }
        text.len() >= head.len() + tail.len()
            && text.ends_with(tail)
            && text.starts_with(head)
            && wild(&self.text, text.as_bytes(), |one, byte| one == *byte, |byte| *byte != b'/')
    }

    /// What stands before the first star: the whole pattern where there is none.
    #[must_use]
    pub fn literal_head(&self) -> &str {
        self.text.get(..self.head).unwrap_or_default()
    }

    /// How a text that matches begins and ends.
    pub(super) fn ends(&self) -> (&str, &str) {
        let tail = self.text.len() - self.tail;
        (self.literal_head(), self.text.get(tail..).unwrap_or_default())
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Matches a pattern with elements of any kind: `is` says whether an element is a character of the pattern,
/// and `within` whether `*` takes it (`**` takes all).
///
/// When something does not fit, the last `*` takes one element more, or where it cannot, the last `**`. No
/// earlier star need be tried again: what stands between two stars fits best where it fits first.
pub(crate) fn wild<T>(
    pattern: &str,
    text: &[T],
    is: impl Fn(u8, &T) -> bool,
    within: impl Fn(&T) -> bool,
) -> bool {
    let pattern = pattern.as_bytes();
    let (mut p, mut t) = (0, 0);
    // Where the pattern goes on behind the last star of each kind, and what of the text that took.
    let mut star: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) if pattern.get(p + 1) == Some(&b'*') => {
                p += 2;
                (star, double) = (None, Some((p, t)));
            }
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, t));
            }
            (Some(one), Some(element)) if is(*one, element) => {
                p += 1;
                t += 1;
            }
            (None, None) => return true,
            _ => {
                let further = |(behind, taken): (usize, usize)| Some((behind, taken + 1));
                let fits = |(_, taken): &(usize, usize)| text.get(*taken).is_some_and(&within);
                if let Some(next) = star.filter(fits).and_then(further) {
                    star = Some(next);
                    (p, t) = next;
                } else if let Some(next) =
                    double.filter(|(_, taken)| *taken < text.len()).and_then(further)
                {
                    (star, double) = (None, Some(next));
                    (p, t) = next;
                } else {
                    return false;
                }
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    /// The definition, as slow as it likes to be.
    fn naive(pattern: &str, text: &str) -> bool {
        if let Some(rest) = pattern.strip_prefix("**") {
            return (0..=text.len()).any(|at| naive(rest, &text[at..]));
        }
        if let Some(rest) = pattern.strip_prefix('*') {
            let end = text.find('/').unwrap_or(text.len());
            return (0..=end).any(|at| naive(rest, &text[at..]));
        }
        match (pattern.chars().next(), text.chars().next()) {
            (None, None) => true,
            (Some(p), Some(t)) if p == t => naive(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matches_as_defined(pattern in "[ab/*]{1,8}", text in "[ab/]{0,8}") {
            prop_assert_eq!(Pattern::parse(&pattern).unwrap().matches(&text), naive(&pattern, &text));
        }
    }

    #[test]
    fn a_star_stays_within_an_element() {
        for (pattern, text, matches) in [
            ("/dev/acme*", "/dev/acme0", true),
            ("/dev/acme*", "/dev/acme", true),
            ("/dev/acme*", "/dev/acme/0", false),
            ("/dev/acme*", "/dev/acm", false),
            ("/opt/**", "/opt/a/b", true),
            ("/opt/**", "/opt", false),
            ("/opt/**", "/optional", false),
            ("nvidia.com/gpu=*", "nvidia.com/gpu=0", true),
            ("nvidia.com/gpu=*", "nvidia.com/gpus=0", false),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a?c", "abc", false),
            ("a[b]c", "a[b]c", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let pattern = Pattern::parse(&"*a".repeat(200)).unwrap();
        assert!(!pattern.matches(&format!("{}b", "a".repeat(2000))));
    }
}
