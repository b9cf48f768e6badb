//! Whether a granted pattern covers *everything* that a request could name.
//!
//! A request for "all below" or "all that begin with" must be answered in full or refused: an answer
//! that leaves out what is not granted would look like there is nothing. So the request is itself
//! taken as a pattern, and the granted one must match all that it matches. The test is sound, not
//! complete: it may refuse what two grants together would cover.

/// One piece of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Char(char),
    /// Anything without `/`.
    Star,
    /// Anything.
    DoubleStar,
}

/// The pieces of a text in which nothing is special.
pub(super) fn literal(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::Char).collect()
}

/// The pieces of a pattern.
pub(super) fn pattern(text: &str) -> Vec<Piece> {
    let mut chars = text.chars().peekable();
    let mut pieces = Vec::with_capacity(text.len());
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' if chars.next_if_eq(&'*').is_some() => Piece::DoubleStar,
            '*' => Piece::Star,
            c => Piece::Char(c),
        });
    }
    pieces
}

/// Whether the granted pattern matches every text that the request stands for.
pub(super) fn covers(granted: &str, asked: &[Piece]) -> bool {
    // `row` says which beginnings of the request the granted pieces so far cover.
    let mut row: Vec<bool> = std::iter::once(true).chain(asked.iter().map(|_| false)).collect();
    for piece in pattern(granted) {
        row = match piece {
            Piece::Char(_) => std::iter::once(false)
                .chain(row.iter().zip(asked).map(|(on, one)| *on && *one == piece))
                .collect(),
            Piece::Star => {
                absorb(&row, asked, |one| !matches!(one, Piece::Char('/') | Piece::DoubleStar))
            }
            Piece::DoubleStar => absorb(&row, asked, |_| true),
        };
        if !row.contains(&true) {
            return false;
        }
    }
    row.last().copied().unwrap_or(false)
}

/// The row after a star that takes any number of the pieces that `takes` allows.
fn absorb(row: &[bool], asked: &[Piece], takes: impl Fn(Piece) -> bool) -> Vec<bool> {
    let mut on = false;
    let before = std::iter::once(None).chain(asked.iter().copied().map(Some));
    row.iter()
        .zip(before)
        .map(|(starts, one)| {
            on = *starts || (on && one.is_some_and(&takes));
            on
        })
        .collect()
}
