//! The digests of whole files, as text and as bytes.

use std::fmt;
use std::str::FromStr;

/// A SHA-256 digest of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// That of these bytes.
    #[cfg(feature = "pipeline")]
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Its 64 hex digits, lower case, without what names the kind.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse("sha256:", text).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

/// A digest of what the store makes itself, above all of a modifier's precompiled code, whole. It is
/// taken anew for every container, which is why it is another kind: a BLAKE3. SHA-256 takes several times
/// as long, even where the processor has instructions for it.
#[cfg(feature = "pipeline")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeDigest([u8; 32]);

#[cfg(feature = "pipeline")]
impl CodeDigest {
    /// That of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// Its 64 hex digits, lower case, without what names the kind.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

#[cfg(feature = "pipeline")]
impl FromStr for CodeDigest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse("blake3:", text).map(Self)
    }
}

#[cfg(feature = "pipeline")]
impl fmt::Display for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blake3:{}", self.hex())
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of a digest of the kind that `prefix` names.
fn parse(prefix: &str, text: &str) -> Result<[u8; 32], String> {
    let wrong = || format!("{text:?} is no digest; write {prefix:?} and 64 hex digits");
    let hex = text.strip_prefix(prefix).ok_or_else(wrong)?;
    let mut bytes = [0; 32];
    if hex.len() != 64 {
        return Err(wrong());
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = pair.iter().try_fold(0, |byte, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or_else(wrong)?;
            u8::try_from(digit).map(|digit| byte << 4 | digit).map_err(|_| wrong())
        })?;
    }
    Ok(bytes)
}

#[cfg(all(test, feature = "pipeline"))]
mod tests {
    use super::*;

    /// What the specifications of both give for no bytes.
    #[test]
    fn known_digests_come_out_and_are_read_back() {
        let sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), sha);
        assert_eq!(sha.parse(), Ok(Digest::of(b"")));
        let blake = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(CodeDigest::of(b"").to_string(), blake);
        assert_eq!(blake.parse(), Ok(CodeDigest::of(b"")));
        for (case, wrong) in [
            ("the other kind", sha.to_owned()),
            ("no kind", blake.replace("blake3:", "")),
            ("short", blake[..70].to_owned()),
            ("no hex", blake.replace("af", "ag")),
        ] {
            assert!(wrong.parse::<CodeDigest>().is_err(), "{case}");
        }
    }
}
