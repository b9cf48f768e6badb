//! The one section of a shared object in which it says what it is compatible with.
//!
//! By ranged reads of bounded length: every number in the file is the image's.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// Where bytes are read from.
pub trait Bytes {
    /// As many as are asked for; `None` where they are not all there.
    fn at(&self, offset: u64, length: usize) -> Option<Vec<u8>>;
}

impl Bytes for File {
    fn at(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }
}

impl Bytes for [u8] {
    fn at(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let offset = usize::try_from(offset).ok()?;
        Some(self.get(offset..offset.checked_add(length)?)?.to_vec())
    }
}

const NAME: &[u8] = b".note.cuda.fwd_compatibility\0";
const OWNER: &[u8] = b"NVIDIA Corporation";

/// Section headers that are looked at; a real library has about forty.
const MOST_SECTIONS: u64 = 4096;

/// Bytes of the section; a real one has about 200.
const MOST_NOTE: usize = 64 * 1024;

const NOTE: u64 = 7;

/// What the note's description holds: NVIDIA's, and the first in the section of that name. `None` where
/// there is none, or what leads to it does not add up.
#[must_use]
pub fn note_section(file: &(impl Bytes + ?Sized)) -> Option<Vec<u8>> {
    let elf = Elf::open(file)?;
    let names = elf.section(elf.names)?;
    for index in 0..elf.count {
        let section = elf.section(index)?;
        if section.kind == NOTE && elf.has_name(&names, &section) {
            let length = usize::try_from(section.size).ok().filter(|size| *size <= MOST_NOTE)?;
            return description(&file.at(section.offset, length)?, section.align, elf.big);
        }
    }
    None
}

/// Takes a note apart: three numbers, then the owner and the description, each up to the next boundary.
fn description(note: &[u8], align: u64, big: bool) -> Option<Vec<u8>> {
    let size = |at| usize::try_from(number(note, at, 4, big)?).ok();
    let (owner, length) = (size(0)?, size(4)?);
    let align = usize::try_from(align.max(1)).ok().filter(|align| align.is_power_of_two())?;
    let start = owner.checked_next_multiple_of(align)?.checked_add(12)?;
    if trim(note.get(12..owner.checked_add(12)?)?) != OWNER {
        return None;
    }
    // In real libraries the length goes beyond the section.
    let end = start.checked_add(length)?.min(note.len());
    let found = trim(note.get(start..end)?);
    (!found.is_empty()).then(|| found.to_vec())
}

/// Without the NULs around it.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] | [rest @ .., 0] = bytes {
        bytes = rest;
    }
    bytes
}

struct Elf<'f, F: ?Sized> {
    file: &'f F,
    wide: bool,
    big: bool,
    /// Where the section headers are, how large one is, how many, and which is that of their names.
    offset: u64,
    size: u64,
    count: u64,
    names: u64,
}

#[derive(Default)]
struct Section {
    name: u64,
    kind: u64,
    offset: u64,
    size: u64,
    align: u64,
}

impl<'f, F: Bytes + ?Sized> Elf<'f, F> {
    fn open(file: &'f F) -> Option<Self> {
        let (wide, big) = match file.at(0, 6)?.as_slice() {
            [0x7f, b'E', b'L', b'F', class @ (1 | 2), order @ (1 | 2)] => {
                (*class == 2, *order == 2)
            }
            _ => return None,
        };
        let start = file.at(0, if wide { 64 } else { 52 })?;
        // e_shoff, e_shentsize, e_shnum and e_shstrndx.
        let fields = if wide {
            [(40, 8), (58, 2), (60, 2), (62, 2)]
        } else {
            [(32, 4), (46, 2), (48, 2), (50, 2)]
        };
        let [offset, size, count, names] = fields.map(|(at, width)| number(&start, at, width, big));
        let (count, names) = (count?, names?);
        let (size, smallest) = (size?, if wide { 64 } else { 40 });
        let sound = (smallest..=256).contains(&size) && count <= MOST_SECTIONS && names < count;
        sound.then_some(Self { file, wide, big, offset: offset?, size, count, names })
    }

    fn section(&self, index: u64) -> Option<Section> {
        let at = self.offset.checked_add(index.checked_mul(self.size)?)?;
        let header = self.file.at(at, usize::try_from(self.size).ok()?)?;
        // sh_name, sh_type, sh_offset, sh_size and sh_addralign.
        let fields = if self.wide {
            [(0, 4), (4, 4), (24, 8), (32, 8), (48, 8)]
        } else {
            [(0, 4), (4, 4), (16, 4), (20, 4), (32, 4)]
        };
        let [name, kind, offset, size, align] =
            fields.map(|(at, width)| number(&header, at, width, self.big));
        Some(Section { name: name?, kind: kind?, offset: offset?, size: size?, align: align? })
    }

    fn has_name(&self, names: &Section, section: &Section) -> bool {
        let end = section.name.checked_add(NAME.len() as u64);
        let at = names.offset.checked_add(section.name);
        end.is_some_and(|end| end <= names.size)
            && at.and_then(|at| self.file.at(at, NAME.len())).is_some_and(|name| name == NAME)
    }
}

/// A number of 2, 4 or 8 bytes.
fn number(bytes: &[u8], at: usize, width: usize, big: bool) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    Some(if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
}
