//! Patterns over paths that are not wanted in the container. These are the toolkit's, not those of
//! grants: `*` and `?` match what is not `/`, `[a-c]` and `[^a-c]` one character, `\` takes the next
//! one as it is, and `**/NAME` asks for the last element of the path alone.

/// A pattern over paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Whether only the last element must match.
    name_only: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Any number of characters.
    Star,
    /// Any one.
    Any,
    /// This one.
    One(char),
    /// One in these ranges, or out of them.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; `None` where a `[` is not closed, or names nothing, or nothing follows a `\`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("**/");
        let mut rest = name.unwrap_or(text).chars();
        let mut parts = Vec::new();
        while let Some(character) = rest.next() {
            parts.push(match character {
                '*' => Part::Star,
                '?' => Part::Any,
                '\\' => Part::One(rest.next()?),
                '[' => class(&mut rest)?,
                _ => Part::One(character),
            });
        }
        Some(Self { name_only: name.is_some(), parts })
    }

    /// Whether a path matches as a whole, or its last element.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let name = if self.name_only { path.rsplit('/').next() } else { None };
        self.matches_text(name.unwrap_or(path))
    }

    fn matches_text(&self, text: &str) -> bool {
        let (mut parts, mut rest) = (self.parts.iter(), text.chars());
        // What to go on with where the last star takes one character more. An earlier star never has
        // to: it ends at the same `/`.
        let mut again = None;
        loop {
            let before = rest.clone();
            match (parts.next(), rest.next()) {
                (None, None) => return true,
                (Some(Part::Star), _) => {
                    rest = before;
                    again = Some((parts.clone(), rest.clone()));
                }
                (Some(part), Some(character)) if part.matches(character) => {}
                _ => {
                    let Some((after, taken)) = &mut again else { return false };
                    if taken.next().is_none_or(|character| character == '/') {
                        return false;
                    }
                    (parts, rest) = (after.clone(), taken.clone());
                }
            }
        }
    }
}

impl Part {
    fn matches(&self, character: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => character != '/',
            Self::One(one) => *one == character,
            Self::Class { negated, ranges } => {
                let within = ranges.iter().any(|(low, high)| (*low..=*high).contains(&character));
                character != '/' && within != *negated
            }
        }
    }
}

/// The rest of a class, up to its `]`.
fn class(rest: &mut std::str::Chars<'_>) -> Option<Part> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        let low = match rest.next()? {
            ']' if !ranges.is_empty() => return Some(Part::Class { negated, ranges }),
            ']' | '-' => return None,
            '\\' => rest.next()?,
            other => other,
        };
        let mut high = low;
        if rest.as_str().starts_with('-') {
            rest.next();
            high = match rest.next()? {
                ']' | '-' => return None,
                '\\' => rest.next()?,
                other => other,
            };
        }
        ranges.push((low, high));
    }
}
