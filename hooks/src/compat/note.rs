//! What a compatibility library says of itself: JSON in a note of the ELF file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::Version;

/// What a compatibility library says of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Note {
    /// The version of CUDA that it brings; unknown where that is not numbers with dots.
    pub cuda: Option<Version>,
    /// The major versions of the drivers that it works with.
    pub drivers: Vec<i64>,
}

impl Note {
    /// Reads a note; `None` where it is broken.
    #[must_use]
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Whether it names the driver of this version.
    #[must_use]
    pub fn supports(&self, driver: &Version) -> bool {
        self.drivers.iter().any(|major| u64::try_from(*major) == Ok(driver.major()))
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Note;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    /// Keys match whatever their case, and of two the last counts; `null` is as if it were not there. A
    /// known key with another type makes the note a broken one, though not all of them are used.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Note, A::Error> {
        let mut note = Note::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.to_ascii_lowercase().as_str() {
                "cuda version" => {
                    if let Some(text) = map.next_value::<Option<String>>()? {
                        note.cuda = Version::parse(text.as_bytes());
                    }
                }
                "driver" => note.drivers = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "device" => drop(map.next_value::<Option<Vec<i64>>>()?),
                "format" => drop(map.next_value::<Option<i64>>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(note)
    }
}
