//! JSON made while compiling: a custom section must be a plain array of bytes.

use super::{Metadata, WIT_VERSION, Want};

/// Writes into an array, and counts what does not fit.
struct Writer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Writer<N> {
    #[allow(clippy::indexing_slicing, reason = "inside the array by the comparison before it")]
    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn raw(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            self.byte(*byte);
            rest = after;
        }
    }

    const fn string(&mut self, text: &str) {
        self.byte(b'"');
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            match *byte {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(*byte);
                }
                control @ 0..0x20 => {
                    self.raw("\\u00");
                    self.byte(hex(control >> 4));
                    self.byte(hex(control & 0xf));
                }
                plain => self.byte(plain),
            }
            rest = after;
        }
        self.byte(b'"');
    }

    /// JSON text without the white space between its tokens.
    const fn compact(&mut self, json: &str) {
        let mut rest = json.as_bytes();
        let mut string = false;
        while let [byte, after @ ..] = rest {
            rest = after;
            match *byte {
                b'\\' if string => {
                    self.byte(b'\\');
                    if let [escaped, after @ ..] = rest {
                        self.byte(*escaped);
                        rest = after;
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' if !string => {}
                byte => {
                    if byte == b'"' {
                        string = !string;
                    }
                    self.byte(byte);
                }
            }
        }
    }

    const fn member(&mut self, name: &str, value: &str) {
        self.string(name);
        self.byte(b':');
        self.string(value);
    }

    const fn metadata(&mut self, metadata: &Metadata) {
        self.raw("{\"metadata-version\":1,");
        self.member("name", metadata.name);
        self.byte(b',');
        self.member("version", metadata.version);
        self.byte(b',');
        self.member("wit", WIT_VERSION);
        self.byte(b',');
        self.member("description", metadata.description);
        self.raw(",\"wants\":[");
        let mut wants = metadata.wants;
        while let [Want { grant, pattern, why }, after @ ..] = wants {
            self.byte(b'{');
            self.member("grant", grant);
            self.byte(b',');
            self.member("pattern", pattern);
            self.byte(b',');
            self.member("why", why);
            self.byte(b'}');
            if !after.is_empty() {
                self.byte(b',');
            }
            wants = after;
        }
        self.byte(b']');
        if let Some(schema) = metadata.settings_schema {
            self.raw(",\"settings-schema\":");
            self.compact(schema);
        }
        self.byte(b'}');
    }
}

const fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}

/// The JSON text, cut or filled up with zeros to `N` bytes.
#[must_use]
pub const fn encode<const N: usize>(metadata: &Metadata) -> [u8; N] {
    let mut writer = Writer { bytes: [0; N], length: 0 };
    writer.metadata(metadata);
    writer.bytes
}

/// How many bytes the JSON text has.
#[must_use]
pub const fn length(metadata: &Metadata) -> usize {
    let mut writer = Writer { bytes: [], length: 0 };
    writer.metadata(metadata);
    writer.length
}

/// Bytes from [`encode`] as text; empty where they were cut inside a character.
#[must_use]
pub const fn text(json: &[u8]) -> &str {
    match str::from_utf8(json) {
        Ok(text) => text,
        Err(_) => "",
    }
}
