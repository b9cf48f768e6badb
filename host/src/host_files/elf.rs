//! The one thing that is read from shared objects: their name for the linker.

use std::io::{self, Read, Seek, SeekFrom};

use object::read::elf::{Dyn, FileHeader};
use object::read::{ReadCache, ReadRef};
use object::{FileKind, elf};

use super::{FileError, HostFiles};

/// Entries of a dynamic section that are looked at.
const MOST_ENTRIES: usize = 4096;

/// The `DT_SONAME` of an ELF shared object; `None` where it has none. Only the parts of the file that
/// lead to it are read.
pub fn soname(files: &dyn HostFiles, path: &str) -> Result<Option<String>, FileError> {
    let size = files.lstat(path)?.size;
    let cache = ReadCache::new(Reader { files, path, size, at: 0 });
    let invalid = |why: String| FileError::Invalid { path: path.to_owned(), why };
    let name = match FileKind::parse(&cache) {
        Ok(FileKind::Elf32) => find::<elf::FileHeader32<object::Endianness>, _>(&cache),
        Ok(FileKind::Elf64) => find::<elf::FileHeader64<object::Endianness>, _>(&cache),
        Ok(_) | Err(_) => return Err(invalid("not an ELF file".to_owned())),
    };
    name.map_err(|error| invalid(format!("a broken ELF file: {error}")))
}

fn find<'data, H: FileHeader<Endian = object::Endianness>, R: ReadRef<'data>>(
    data: R,
) -> object::Result<Option<String>> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let Some((entries, strings)) = sections.dynamic(endian, data)? else { return Ok(None) };
    let strings = sections.strings(endian, data, strings)?;
    for entry in entries.iter().take(MOST_ENTRIES) {
        if entry.tag(endian) == elf::DT_SONAME {
            let name = entry.string(endian, strings)?;
            return Ok(Some(String::from_utf8_lossy(name).into_owned()));
        }
    }
    Ok(None)
}

/// A file as a stream, read piece by piece.
struct Reader<'a> {
    files: &'a dyn HostFiles,
    path: &'a str,
    size: u64,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.files.read(self.path, self.at, buffer.len()).map_err(io::Error::other)?;
        for (to, from) in buffer.iter_mut().zip(&bytes) {
            *to = *from;
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
