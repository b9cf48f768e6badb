//! The tokens of JSON that was just written: numbers as they are written there, not rounded by being read.

use std::borrow::Cow;

use super::YamlError;

/// How deep a value may nest to be written.
const MAX_DEPTH: usize = 128;

/// What stands between punctuation.
pub(super) enum Token<'j> {
    List,
    Map,
    /// The end of a list or of a map.
    End,
    Text(Cow<'j, str>),
    /// A number, `true`, `false` or `null`.
    Plain(&'j str),
}

/// The tokens of a text that is JSON.
pub(super) struct Tokens<'j> {
    json: &'j str,
    at: usize,
    depth: usize,
}

impl<'j> Tokens<'j> {
    pub(super) fn new(json: &'j str) -> Self {
        Self { json, at: 0, depth: 0 }
    }

    /// The next one; at the end of the text, an end.
    pub(super) fn take(&mut self) -> Result<Token<'j>, YamlError> {
        let first = self.peek();
        let start = self.at;
        self.at += 1;
        match first {
            None | Some(b']' | b'}') => {
                self.depth = self.depth.saturating_sub(1);
                return Ok(Token::End);
            }
            Some(b'"') => return self.string(start).map(Token::Text),
            Some(open @ (b'[' | b'{')) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(YamlError::TooDeep { limit: MAX_DEPTH });
                }
                return Ok(if open == b'[' { Token::List } else { Token::Map });
            }
            Some(_) => {}
        }
        let ends = |byte: u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
        self.at += self.rest().bytes().position(ends).unwrap_or(self.rest().len());
        Ok(Token::Plain(self.json.get(start..self.at).unwrap_or_default()))
    }

    /// The text that starts with the quote at `start`.
    fn string(&mut self, start: usize) -> Result<Cow<'j, str>, YamlError> {
        let inner = self.rest();
        let plain = inner.bytes().position(|byte| matches!(byte, b'"' | b'\\'));
        let plain = plain.and_then(|end| inner.split_at_checked(end));
        if let Some((text, end)) = plain
            && end.starts_with('"')
        {
            self.at += text.len() + 1;
            return Ok(text.into());
        }
        self.at += string_end(inner);
        let token = self.json.get(start..self.at).unwrap_or_default();
        Ok(Cow::Owned(serde_json::from_str(token)?))
    }

    /// Whether the list or map that was begun is at its end.
    pub(super) fn is_at_end(&mut self) -> bool {
        matches!(self.peek(), None | Some(b']' | b'}'))
    }

    /// The first byte of the next token.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.json.as_bytes().get(self.at) {
                Some(b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                first => return first.copied(),
            }
        }
    }

    fn rest(&self) -> &'j str {
        self.json.get(self.at..).unwrap_or_default()
    }
}

/// The length of what is left of a string, after its first quote.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 1)
}
