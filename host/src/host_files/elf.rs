//! The one thing that is read from shared objects: their name for the linker.
//!
//! By ranged reads of the few places that lead to it, as the linker goes: program headers, dynamic
//! section, string table. Section headers are not looked at, so a stripped library has its name too.
//! (Crate `object` reads from a slice or a whole section at once, whose size a hostile file chooses.)

use super::{FileError, HostFiles, Reader};

/// Program headers that are looked at; real libraries have about ten.
const MOST_HEADERS: u64 = 256;

/// Bytes of a dynamic section that are looked at; real ones have about 500.
const MOST_DYNAMIC: u64 = 64 * 1024;

/// Bytes of a name; longer ones are no file's.
const MOST_NAME: usize = 4096;

/// Bytes that are read at once at the start.
const START: usize = 1024;

/// Bytes that are read at a time when the end is not known.
const PIECE: usize = 256;

const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const DT_NULL: u64 = 0;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;

/// The `DT_SONAME` of an ELF shared object (32 or 64 bits, either byte order); `None` where it has none.
/// Links are followed in the root.
///
/// A file that is not ELF, or whose tables do not add up, is [`FileError::Invalid`].
pub fn soname(files: &dyn HostFiles, path: &str) -> Result<Option<String>, FileError> {
    let elf = Elf::open(files.reader(path)?, path)?;
    let segments = elf.segments()?;
    let Some(dynamic) = segments.iter().find(|segment| segment.kind == DYNAMIC) else {
        return Ok(None);
    };
    let (mut name, mut table, mut length) = (None, None, None);
    for (tag, value) in elf.dynamic(dynamic)? {
        match tag {
            DT_NULL => break,
            DT_SONAME => name = Some(value),
            DT_STRTAB => table = Some(value),
            DT_STRSZ => length = Some(value),
            _ => {}
        }
    }
    let Some(name) = name else { return Ok(None) };
    let (Some(table), Some(length)) = (table, length) else {
        return Err(elf.broken("a name and no table of names"));
    };
    if name >= length {
        return Err(elf.broken("its name lies outside the table of names"));
    }
    // The table stands at an address; a segment says where in the file that is.
    let holds = |segment: &&Segment| segment.kind == LOAD && segment.offset_of(table).is_some();
    let offset = segments.iter().find(holds).and_then(|segment| segment.offset_of(table));
    let at = offset.and_then(|offset| offset.checked_add(name));
    let at = at.ok_or_else(|| elf.broken("its table of names is in no segment"))?;
    elf.string(at, length - name).map(Some)
}

struct Elf<'a> {
    read: Reader<'a>,
    path: &'a str,
    /// How the file begins; the program headers are mostly there.
    start: Vec<u8>,
    wide: bool,
    big: bool,
    /// Where the program headers are, how large one is, and how many.
    headers: (u64, u64, u64),
}

struct Segment {
    kind: u64,
    offset: u64,
    address: u64,
    size: u64,
}

impl Segment {
    fn offset_of(&self, address: u64) -> Option<u64> {
        let within = address.checked_sub(self.address).filter(|within| *within < self.size)?;
        self.offset.checked_add(within)
    }
}

impl<'a> Elf<'a> {
    fn open(read: Reader<'a>, path: &'a str) -> Result<Self, FileError> {
        let start = read(0, START)?;
        let (wide, big) = match start.get(..6) {
            Some([0x7f, b'E', b'L', b'F', class @ (1 | 2), order @ (1 | 2)]) => {
                (*class == 2, *order == 2)
            }
            _ => return Err(invalid(path, "not an ELF file")),
        };
        let mut elf = Self { read, path, start, wide, big, headers: (0, 0, 0) };
        // Offsets of e_phoff, e_phentsize and e_phnum.
        let fields = if wide { [(32, 8), (54, 2), (56, 2)] } else { [(28, 4), (42, 2), (44, 2)] };
        let [offset, size, count] = fields.map(|(at, width)| elf.number(&elf.start, at, width));
        elf.headers = (offset?, size?, count?);
        Ok(elf)
    }

    fn segments(&self) -> Result<Vec<Segment>, FileError> {
        let (offset, size, count) = self.headers;
        let smallest = if self.wide { 56 } else { 32 };
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > MOST_HEADERS || !(smallest..=256).contains(&size) {
            return Err(self.broken("its program headers are too many or of a wrong size"));
        }
        let bytes = self.exactly(offset, size * count)?;
        // Offsets of p_type, p_offset, p_vaddr and p_filesz.
        let fields = if self.wide {
            [(0, 4), (8, 8), (16, 8), (32, 8)]
        } else {
            [(0, 4), (4, 4), (8, 4), (16, 4)]
        };
        let segment = |header: &[u8]| {
            let [kind, offset, address, size] =
                fields.map(|(at, width)| self.number(header, at, width));
            Ok(Segment { kind: kind?, offset: offset?, address: address?, size: size? })
        };
        bytes.chunks_exact(usize::try_from(size).unwrap_or(usize::MAX)).map(segment).collect()
    }

    /// The tags and values of the dynamic section.
    fn dynamic(&self, segment: &Segment) -> Result<Vec<(u64, u64)>, FileError> {
        let width = if self.wide { 8 } else { 4 };
        if segment.size > MOST_DYNAMIC {
            return Err(self.broken("its dynamic section is too large"));
        }
        let bytes = self.exactly(segment.offset, segment.size)?;
        let entry =
            |entry: &[u8]| Ok((self.number(entry, 0, width)?, self.number(entry, width, width)?));
        bytes.chunks_exact(2 * width).map(entry).collect()
    }

    /// A string that ends with NUL within `most` bytes.
    fn string(&self, at: u64, most: u64) -> Result<String, FileError> {
        let most = usize::try_from(most).unwrap_or(MOST_NAME).min(MOST_NAME);
        let mut name = Vec::new();
        while name.len() < most {
            let at = at.checked_add(name.len() as u64);
            let at = at.ok_or_else(|| self.broken("its name lies outside the file"))?;
            let piece = self.piece(at, PIECE.min(most - name.len()))?;
            if let Some(end) = piece.iter().position(|&byte| byte == 0) {
                name.extend(piece.into_iter().take(end));
                return String::from_utf8(name).map_err(|_| self.broken("its name is not UTF-8"));
            }
            if piece.is_empty() {
                break;
            }
            name.extend(piece);
        }
        Err(self.broken("its name has no end"))
    }

    fn exactly(&self, at: u64, length: u64) -> Result<Vec<u8>, FileError> {
        let short = || self.broken("it ends too early");
        let length = usize::try_from(length).map_err(|_| short())?;
        let bytes = self.piece(at, length)?;
        if bytes.len() == length { Ok(bytes) } else { Err(short()) }
    }

    /// Up to so many bytes, fewer only at the end of the file. What was read is not read again.
    fn piece(&self, at: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let known = usize::try_from(at).ok().and_then(|at| self.start.get(at..)?.get(..length));
        known.map_or_else(|| (self.read)(at, length), |known| Ok(known.to_owned()))
    }

    fn number(&self, bytes: &[u8], at: usize, width: usize) -> Result<u64, FileError> {
        let field = at.checked_add(width).and_then(|end| bytes.get(at..end));
        let field = field.ok_or_else(|| self.broken("it ends too early"))?;
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Ok(if self.big { field.iter().fold(0, add) } else { field.iter().rev().fold(0, add) })
    }

    fn broken(&self, why: &str) -> FileError {
        invalid(self.path, &format!("a broken ELF file: {why}"))
    }
}

fn invalid(path: &str, why: &str) -> FileError {
    FileError::Invalid { path: path.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{HostFiles, Recorded};
    use super::{Elf, soname};

    const NAME: &str = "libacme.so.1";

    /// A shared object with one loaded segment at an address, and a dynamic section in it.
    fn library(wide: bool, big: bool) -> Vec<u8> {
        let word = if wide { 8 } else { 4 };
        let put = |file: &mut Vec<u8>, at: usize, number: u64, width: usize| {
            file.resize(file.len().max(at + width), 0);
            let bytes = number.to_be_bytes();
            let place = &mut file[at..at + width];
            place.copy_from_slice(&bytes[8 - width..]);
            if !big {
                place.reverse();
            }
        };
        let (address, headers, dynamic, strings) = (0x10000, 0x40, 0x200_usize, 0x300_usize);
        let mut file = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1 + u8::from(big)];
        let size = if wide { 56 } else { 32 };
        put(&mut file, if wide { 32 } else { 28 }, headers as u64, word);
        put(&mut file, if wide { 54 } else { 42 }, size as u64, 2);
        put(&mut file, if wide { 56 } else { 44 }, 2, 2);
        let length = 4 * 2 * word as u64;
        for (index, (kind, at, segment)) in
            [(1, 0, 0x400), (2, dynamic as u64, length)].into_iter().enumerate()
        {
            let header = headers + index * size;
            put(&mut file, header, kind, 4);
            let fields = if wide { [8, 16, 32] } else { [4, 8, 16] };
            put(&mut file, header + fields[0], at, word);
            put(&mut file, header + fields[1], at + address, word);
            put(&mut file, header + fields[2], segment, word);
        }
        let table =
            [(5, address + strings as u64), (10, 1 + NAME.len() as u64 + 1), (14, 1), (0, 0)];
        for (index, (tag, value)) in table.into_iter().enumerate() {
            put(&mut file, dynamic + index * 2 * word, tag, word);
            put(&mut file, dynamic + index * 2 * word + word, value, word);
        }
        file.resize(0x400, 0);
        file[strings + 1..][..NAME.len()].copy_from_slice(NAME.as_bytes());
        file
    }

    fn name(file: &[u8]) -> Result<Option<String>, String> {
        let files = Recorded::new().file("/a.so.1", file).link("/a.so", "a.so.1");
        soname(&files, "/a.so").map_err(|error| error.to_string())
    }

    #[test]
    fn is_found_in_every_class_and_byte_order() {
        for (wide, big) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(name(&library(wide, big)), Ok(Some(NAME.to_owned())), "{wide} {big}");
        }
    }

    #[test]
    fn is_refused_where_the_tables_do_not_add_up() {
        let whole = library(true, false);
        let with = |at: usize, bytes: &[u8]| {
            let mut file = whole.clone();
            file[at..at + bytes.len()].copy_from_slice(bytes);
            file
        };
        for (file, expected) in [
            (Vec::new(), "/a.so: not an ELF file"),
            (b"#!/bin/sh".to_vec(), "/a.so: not an ELF file"),
            (whole[..40].to_vec(), "/a.so: a broken ELF file: it ends too early"),
            (whole[..0x100].to_vec(), "/a.so: a broken ELF file: it ends too early"),
            (with(32, &[0xff; 8]), "/a.so: a broken ELF file: it ends too early"),
            (
                with(56, &[0xff; 2]),
                "/a.so: a broken ELF file: its program headers are too many or of a wrong size",
            ),
            (
                with(54, &[1, 0]),
                "/a.so: a broken ELF file: its program headers are too many or of a wrong size",
            ),
            (
                with(0x40 + 56 + 32, &[0xff; 8]),
                "/a.so: a broken ELF file: its dynamic section is too large",
            ),
            (
                with(0x208, &[0xff; 8]),
                "/a.so: a broken ELF file: its table of names is in no segment",
            ),
            (
                with(0x228, &[0xff; 8]),
                "/a.so: a broken ELF file: its name lies outside the table of names",
            ),
            (with(0x210, &[1]), "/a.so: a broken ELF file: a name and no table of names"),
            (with(0x218, &[5]), "/a.so: a broken ELF file: its name has no end"),
            (with(0x301, &[0xff]), "/a.so: a broken ELF file: its name is not UTF-8"),
        ] {
            assert_eq!(name(&file), Err(expected.to_owned()));
        }
        assert_eq!(name(&with(56, &[0, 0])), Ok(None), "no program headers");
        assert_eq!(name(&with(0x220, &[0])), Ok(None), "no name");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(
            wide: bool,
            big: bool,
            changes in prop::collection::vec((0..0x240_usize, any::<u8>()), 0..8),
            length in 0..=0x400_usize,
        ) {
            let mut file = library(wide, big);
            for (at, byte) in changes {
                file[at] = byte;
            }
            file.truncate(length);
            // What is found lies in the file.
            if let Ok(Some(found)) = name(&file) {
                prop_assert!(file.windows(found.len().max(1)).any(|w| w == found.as_bytes()) || found.is_empty());
            }
        }
    }

    #[test]
    fn numbers_are_read_in_their_byte_order() {
        let files = Recorded::new();
        let read = || files.reader("/").unwrap();
        let start = Vec::new();
        let elf = |big| Elf {
            read: read(),
            path: "/",
            start: start.clone(),
            wide: true,
            big,
            headers: (0, 0, 0),
        };
        assert_eq!(elf(true).number(&[1, 2, 3], 1, 2), Ok(0x0203));
        assert_eq!(elf(false).number(&[1, 2, 3], 1, 2), Ok(0x0302));
        assert!(elf(true).number(&[1], 0, 2).is_err());
    }
}
