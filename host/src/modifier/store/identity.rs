//! Which build of Gantry compiled something, and for which engine.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::CodeDigest;

/// A build of Gantry, as far as its compiler goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The version of Gantry.
    pub version: String,
    /// Changes with the exact version of the engine and with the settings that it is given.
    pub engine: String,
}

impl Build {
    /// This one.
    #[must_use]
    pub fn own() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: env!("GANTRY_ENGINE_BUILD").to_owned(),
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| crate::text::escape(text, 64);
        write!(f, "{} with engine {}", text(&self.version), text(&self.engine))
    }
}

/// The engine that an artefact is for: a hash of what the compiler wrote into it about itself (its
/// version, the target, every setting that code depends on), which the engine compares before it
/// loads anything. `None` where nothing of that is there.
pub(super) fn engine_of(artefact: &[u8]) -> Option<CodeDigest> {
    section(artefact, b".wasmtime.engine").map(CodeDigest::of)
}

/// The engine of this program: that of the modifiers which are embedded in it.
pub(super) fn own_engine() -> Option<CodeDigest> {
    super::super::builtin::any().and_then(engine_of)
}

/// A section of an ELF file, 64 bits and little-endian.
fn section<'a>(elf: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let table = usize::try_from(u64_at(elf, 0x28)?).ok()?;
    let size = usize::from(u16_at(elf, 0x3a)?);
    let count = usize::from(u16_at(elf, 0x3c)?);
    let header =
        |index: usize| elf.get(table.checked_add(index.checked_mul(size)?)?..)?.get(..size);
    let names = content(elf, header(usize::from(u16_at(elf, 0x3e)?))?)?;
    (0..count).filter_map(header).find_map(|header| {
        let start = usize::try_from(u32::from_le_bytes(*header.first_chunk()?)).ok()?;
        let (found, end) = names.get(start..)?.split_at_checked(name.len())?;
        (found == name && end.first() == Some(&0)).then(|| content(elf, header))?
    })
}

/// What a section header stands for.
fn content<'a>(elf: &'a [u8], header: &[u8]) -> Option<&'a [u8]> {
    let start = usize::try_from(u64_at(header, 0x18)?).ok()?;
    let length = usize::try_from(u64_at(header, 0x20)?).ok()?;
    elf.get(start..start.checked_add(length)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_modifiers_say_which_engine_they_are_for() {
        let artefact = super::super::super::builtin::any().unwrap();
        let section = section(artefact, b".wasmtime.engine").unwrap();
        assert!(section.windows(5).any(|word| word == b"speed"), "no setting is in it");
        assert!(own_engine().is_some());
    }

    /// Not one byte more than it is given is looked at, and no text makes it fall over.
    #[test]
    fn cut_off_anywhere_is_no_artefact() {
        let artefact = super::super::super::builtin::any().unwrap();
        for length in (0..512).chain([artefact.len() / 2, artefact.len() - 1]) {
            assert_eq!(engine_of(&artefact[..length]), None, "{length}");
        }
    }
}
