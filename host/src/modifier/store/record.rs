//! The record of one modifier: `{"record":{…},"digest":"HEX"}` on one line, where the digest is that of
//! the record's own text. So no byte of it can change unnoticed: it decides what is executed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::identity::Build;
use super::{StoreProblem, artefact_name};
use crate::digest::{CodeDigest, Digest};

/// Bytes that a record may have.
pub(super) const MOST: u64 = 64 * 1024;

const BEFORE: &[u8] = b"{\"record\":";
const BETWEEN: &[u8] = b",\"digest\":\"";
const AFTER: &[u8] = b"\"}\n";

/// What is known of one modifier of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The digest of its wasm, by which stages name it.
    #[serde(with = "text")]
    pub wasm: Digest,
    /// Its own name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The version of the contract that it was built for.
    pub wit: String,
    /// The file that it was added from.
    pub source: PathBuf,
    /// The build that compiled it.
    pub build: Build,
    /// The engine that its code is for.
    #[serde(with = "text")]
    pub engine: CodeDigest,
    /// The digest of the whole artefact.
    #[serde(with = "text")]
    pub artefact: CodeDigest,
    /// The artefact's length in bytes.
    pub length: u64,
}

impl Record {
    /// The name of the artefact's file.
    #[must_use]
    pub fn artefact_name(&self) -> String {
        artefact_name(&self.wasm, &self.artefact)
    }

    /// Its text.
    #[cfg(feature = "compile")]
    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreProblem> {
        let text = serde_json::to_vec(self)
            .map_err(|error| StoreProblem::System(format!("no record can be made: {error}")))?;
        let digest = CodeDigest::of(&text).hex();
        Ok([BEFORE, &text, BETWEEN, digest.as_bytes(), AFTER].concat())
    }

    /// The record of this text, if it is whole and that of `wasm`.
    pub(super) fn decode(bytes: &[u8], wasm: &Digest) -> Result<Self, StoreProblem> {
        let parts = || {
            let rest = bytes.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
            let (rest, digest) = rest.split_last_chunk::<64>()?;
            Some((rest.strip_suffix(BETWEEN)?, digest))
        };
        let (text, digest) = parts().ok_or(StoreProblem::Record("its form is another"))?;
        if CodeDigest::of(text).hex().as_bytes() != digest {
            return Err(StoreProblem::Record("its text does not have its digest"));
        }
        let record: Self = serde_json::from_slice(text)
            .map_err(|_| StoreProblem::Record("its fields are others"))?;
        if record.wasm != *wasm {
            return Err(StoreProblem::Record("it is that of another modifier"));
        }
        Ok(record)
    }
}

/// Digests as text.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<T, S>(digest: &T, to: S) -> Result<S::Ok, S::Error>
    where
        T: Display,
        S: Serializer,
    {
        to.collect_str(digest)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err = String>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            wasm: Digest::of(b"wasm"),
            name: "acme".into(),
            version: "1.0.0".into(),
            wit: "0.1.0".into(),
            source: "/opt/acme.wasm".into(),
            build: Build::own(),
            engine: CodeDigest::of(b"engine"),
            artefact: CodeDigest::of(b"artefact"),
            length: 8,
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let text = record().encode().unwrap();
        assert_eq!(Record::decode(&text, &record().wasm).unwrap(), record());
        let error = Record::decode(&text, &Digest::of(b"other")).unwrap_err();
        assert!(error.to_string().contains("another modifier"), "{error}");
    }

    /// Every byte, every bit; and every place to cut it off.
    #[test]
    fn no_change_goes_unnoticed() {
        let text = record().encode().unwrap();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[at] ^= 1 << bit;
                assert!(Record::decode(&changed, &record().wasm).is_err(), "byte {at}, bit {bit}");
            }
            assert!(Record::decode(&text[..at], &record().wasm).is_err(), "cut off at {at}");
        }
    }
}
