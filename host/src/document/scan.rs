//! One pass over JSON text: is it valid, and where do its parts stand. Knows nothing of what they mean.
//!
//! `serde_json` hands out values but not the text around them, and a document keeps that text; the
//! tests hold this scanner against it.

use std::ops::Range;

use super::DocumentError;

/// The most levels of objects and arrays that are read: what `serde_json` and the runtimes bear.
pub(super) const MAX_DEPTH: u32 = 128;

/// Reads a text from front to back.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// Where a member of an object stands.
pub(super) struct MemberAt {
    /// Between the value before (or the opening brace) and the key.
    pub(super) separator: Range<usize>,
    /// The key, quotes included.
    pub(super) key: Range<usize>,
    /// From the key's first quote to the value's first byte.
    pub(super) head: Range<usize>,
}

impl<'a> Scanner<'a> {
    /// Begins at a byte of a text.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// The byte that is next, counted from the text's first.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// A piece of the text.
    pub(super) fn piece(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The next byte; `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes white space.
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes any value.
    pub(super) fn value(&mut self) -> Result<(), DocumentError> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.object(|scanner, _| scanner.value()).map(drop),
            Some(b'[') => self.array(|scanner, _| scanner.value()).map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => Err(self.error("expected a value")),
        }
    }

    /// Passes an object. `member` is called at each value and must pass it. Returns the white space
    /// before the closing brace.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, MemberAt) -> Result<(), DocumentError>,
    ) -> Result<Range<usize>, DocumentError> {
        self.container(b'}', "expected `,` or `}`", |scanner, separator| {
            let start = scanner.at;
            if scanner.peek() != Some(b'"') {
                return Err(scanner.error("expected a key"));
            }
            scanner.string()?;
            let key = start..scanner.at;
            scanner.space();
            if !scanner.eat(b':') {
                return Err(scanner.error("expected `:`"));
            }
            scanner.space();
            let head = start..scanner.at;
            member(scanner, MemberAt { separator, key, head })
        })
    }

    /// Passes an array. `element` is called at each value, with the text between it and the one before
    /// (or the opening bracket), and must pass it. Returns the white space before the closing bracket.
    pub(super) fn array(
        &mut self,
        element: impl FnMut(&mut Self, Range<usize>) -> Result<(), DocumentError>,
    ) -> Result<Range<usize>, DocumentError> {
        self.container(b']', "expected `,` or `]`", element)
    }

    fn container(
        &mut self,
        close: u8,
        expected: &str,
        mut entry: impl FnMut(&mut Self, Range<usize>) -> Result<(), DocumentError>,
    ) -> Result<Range<usize>, DocumentError> {
        if self.depth == MAX_DEPTH {
            let (line, column) = self.line_and_column();
            return Err(DocumentError::TooDeep { limit: MAX_DEPTH, line, column });
        }
        self.depth += 1;
        self.at += 1;
        let mut start = self.at;
        self.space();
        if self.peek() != Some(close) {
            loop {
                entry(self, start..self.at)?;
                start = self.at;
                self.space();
                if !self.eat(b',') {
                    break;
                }
                self.space();
            }
        }
        let space = start..self.at;
        if !self.eat(close) {
            return Err(self.error(expected));
        }
        self.depth -= 1;
        Ok(space)
    }

    fn string(&mut self) -> Result<(), DocumentError> {
        self.at += 1;
        loop {
            self.at += ordinary(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("a string without an end")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), DocumentError> {
        self.at += 1;
        let digits = match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.error("expected four hexadecimal digits"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), DocumentError> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), DocumentError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("expected a digit")) } else { Ok(()) }
    }

    fn literal(&mut self, word: &str) -> Result<(), DocumentError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.error("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// An error at the next byte.
    pub(super) fn error(&self, why: &str) -> DocumentError {
        let (line, column) = self.line_and_column();
        let why = match self.peek() {
            Some(_) => why.to_owned(),
            None => format!("{why}, and the text ends"),
        };
        DocumentError::Syntax { line, column, why }
    }

    fn line_and_column(&self) -> (usize, usize) {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let line_start =
            before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let lines = before.split(|&byte| byte == b'\n').count();
        (lines, before.len() - line_start + 1)
    }
}

/// How many bytes at the front of a string's rest are neither its end nor an escape nor forbidden.
fn ordinary(bytes: &[u8]) -> usize {
    let (words, last) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return 8 * index + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    8 * words.len() + last.iter().position(special).unwrap_or(last.len())
}

/// Of eight bytes, the high bits of those that are special. A byte minus a limit borrows from the next
/// only if it is less; so the lowest bit is right, and those above may be too many.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let less = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let is = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    less(word, 0x20) | is(b'"') | is(b'\\')
}
