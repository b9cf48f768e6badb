//! Whether a granted pattern covers *everything* that a request could name.
//!
//! A request for "all below" or "all that begin with" must be answered in full or refused: an answer
//! that leaves out what is not granted would look like there is nothing. So the request is itself
//! taken as a pattern, and the granted one must match all that it matches. The test is sound, not
//! complete: it may refuse what two grants together would cover.

use crate::host_files::wild;

/// One piece of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// This byte.
    Byte(u8),
    /// Anything without `/`.
    Star,
    /// Anything.
    DoubleStar,
}

/// The pieces of a text in which nothing is special.
pub(super) fn literal(text: &str) -> Vec<Piece> {
    text.bytes().map(Piece::Byte).collect()
}

/// The pieces of a pattern.
pub(super) fn pattern(text: &str) -> Vec<Piece> {
    let mut bytes = text.bytes().peekable();
    let mut pieces = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        pieces.push(match byte {
            b'*' if bytes.next_if_eq(&b'*').is_some() => Piece::DoubleStar,
            b'*' => Piece::Star,
            byte => Piece::Byte(byte),
        });
    }
    pieces
}

/// Whether the granted pattern matches every text that the request stands for.
pub(super) fn covers(granted: &str, asked: &[Piece]) -> bool {
    wild(
        granted,
        asked,
        |one, piece| *piece == Piece::Byte(one),
        |piece| !matches!(piece, Piece::Byte(b'/') | Piece::DoubleStar),
    )
}
