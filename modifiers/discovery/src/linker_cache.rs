//! Reads `ld.so.cache`: which libraries the dynamic linker of a root knows, and where they are.
//!
//! The format begins with `glibc-ld.so.cache1.1`. It stands alone, or behind the old one, which begins
//! with `ld.so-1.7.0` and is passed over; no linker in use has written the old one alone. The bytes are hostile: what does not fit
//! is left out, and nothing is allocated that the file does not hold.

use crate::Architecture;

/// Bytes of a cache that are read at most. A large system has a few hundred kilobytes.
pub(crate) const MOST_BYTES: u32 = 4 << 20;

/// Bytes of one path at most.
const MOST_TEXT: usize = 4096;

const OLD_MAGIC: &[u8] = b"ld.so-1.7.0\0";
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;

const NEW_MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const NEW_HEADER: usize = 48;
const NEW_ENTRY: usize = 24;
/// What the new format is aligned to behind the old one.
const NEW_ALIGNMENT: usize = 8;

/// One library of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedLibrary<'a> {
    /// The name that programs ask for: `libcuda.so.1`.
    pub name: &'a str,
    /// Where it is.
    pub path: &'a str,
}

/// The libraries of a cache for one architecture, in the order of the cache; none where the bytes are
/// no cache.
#[must_use]
pub fn cached_libraries(bytes: &[u8], architecture: Architecture) -> Vec<CachedLibrary<'_>> {
    libraries(bytes, architecture)
        .filter_map(|(name, path)| Some(CachedLibrary { name: text(name)?, path: text(path)? }))
        .collect()
}

/// Where a cache says that the library of this name is, for one architecture, in its order: those of
/// [`cached_libraries`], without a look at the others.
pub fn cached_paths<'a>(
    bytes: &'a [u8],
    architecture: Architecture,
    name: &str,
) -> impl Iterator<Item = &'a str> {
    let is_name = move |at: &[u8]| at.strip_prefix(name.as_bytes())?.first().copied();
    libraries(bytes, architecture)
        .filter(move |(at, _)| is_name(at) == Some(0))
        .filter_map(|(_, path)| text(path))
}

/// The bytes where the name and the path of each library begin.
fn libraries(bytes: &[u8], architecture: Architecture) -> impl Iterator<Item = (&[u8], &[u8])> {
    Table::find(bytes).into_iter().flat_map(move |table| table.libraries(architecture))
}

/// The flags of an entry: a library of the GNU C library's kind (3), of this architecture.
fn flags(architecture: Architecture) -> u32 {
    match architecture {
        Architecture::X86_64 => 0x0303,
        Architecture::Aarch64 => 0x0a03,
    }
}

/// Where things are in a cache.
struct Table<'a> {
    entries: &'a [u8],
    count: usize,
    /// What the offsets of an entry count from.
    strings: &'a [u8],
}

impl<'a> Table<'a> {
    fn find(bytes: &'a [u8]) -> Option<Self> {
        if bytes.starts_with(NEW_MAGIC) {
            return Self::of(bytes);
        }
        if !bytes.starts_with(OLD_MAGIC) {
            return None;
        }
        let count = usize::try_from(number(bytes, OLD_MAGIC.len())?).ok()?;
        let end = OLD_HEADER.checked_add(count.checked_mul(OLD_ENTRY)?)?;
        let behind = bytes.get(end.checked_next_multiple_of(NEW_ALIGNMENT)?..);
        behind.filter(|behind| behind.starts_with(NEW_MAGIC)).and_then(Self::of)
    }

    fn of(bytes: &'a [u8]) -> Option<Self> {
        let count = usize::try_from(number(bytes, NEW_MAGIC.len())?).ok()?;
        Some(Self { entries: bytes.get(NEW_HEADER..)?, count, strings: bytes })
    }

    /// The bytes where the name and the path of each library begin.
    fn libraries(self, architecture: Architecture) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let (wanted, strings) = (flags(architecture), self.strings);
        let entries = self.entries.chunks_exact(NEW_ENTRY).take(self.count);
        entries.filter(move |entry| number(entry, 0) == Some(wanted)).filter_map(move |entry| {
            let text = |at| strings.get(usize::try_from(number(entry, at)?).ok()?..);
            Some((text(4)?, text(8)?))
        })
    }
}

/// The number at a place; both architectures are little-endian.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// The text that some bytes begin with, up to its NUL.
fn text(text: &[u8]) -> Option<&str> {
    let length = text.iter().take(MOST_TEXT).position(|byte| *byte == 0)?;
    std::str::from_utf8(text.get(..length)?).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
