//! A shared object that has a SONAME, and nothing else: what a driver's library is to those who look for it.

/// Where the dynamic section begins: behind the header and two program headers.
const DYNAMIC: u64 = 64 + 2 * 56;
/// Where the strings begin: behind four entries of the dynamic section.
const STRINGS: u64 = DYNAMIC + 4 * 16;

/// An ELF shared object (64 bits, little-endian); an empty SONAME is none.
#[must_use]
pub fn shared_object(soname: &str) -> Vec<u8> {
    let (load, dynamic) = (1u32, 2u32);
    let (null, strtab, strsz, tag_of_soname) = (0u64, 5u64, 10u64, 14u64);
    let strings = [&[0], soname.as_bytes(), &[0]].concat();
    let length = STRINGS + strings.len() as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // A shared object, for x86-64.
    file.extend([3u16, 62].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(1u32.to_le_bytes());
    // No entry; program headers behind this header; no sections.
    file.extend([0u64, 64, 0].iter().flat_map(|wide| wide.to_le_bytes()));
    file.extend(0u32.to_le_bytes());
    file.extend([64u16, 56, 2, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    for (kind, at, length) in [(load, 0, length), (dynamic, DYNAMIC, STRINGS - DYNAMIC)] {
        file.extend([kind, 4].iter().flat_map(|word| word.to_le_bytes()));
        file.extend([at, at, at, length, length, 8].iter().flat_map(|wide| wide.to_le_bytes()));
    }
    let name = if soname.is_empty() { (null, 0) } else { (tag_of_soname, 1) };
    for (tag, value) in [(strtab, STRINGS), (strsz, strings.len() as u64), name, (null, 0)] {
        file.extend([tag, value].iter().flat_map(|wide| wide.to_le_bytes()));
    }
    file.extend(strings);
    file
}
