//! The smallest shared object that has a name for the linker.

/// A shared object with this SONAME; empty: with none.
pub(super) fn shared_object(soname: &str) -> Vec<u8> {
    const HEADER: usize = 64;
    const SEGMENT: usize = 56;
    let dynamic_at = HEADER + 2 * SEGMENT;
    let mut dynamic: Vec<u64> = Vec::new();
    if !soname.is_empty() {
        dynamic.extend([14, 1]); // DT_SONAME
    }
    let strings_at = dynamic_at + (dynamic.len() + 6) * 8;
    let strings = ["\0", soname, "\0"].concat();
    dynamic.extend([5, strings_at as u64, 10, strings.len() as u64, 0, 0]); // DT_STRTAB, DT_STRSZ
    let size = (strings_at + strings.len()) as u64;

    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    for number in [0, HEADER as u64, 0] {
        file.extend(number.to_le_bytes()); // entry, program headers, section headers
    }
    file.extend(0u32.to_le_bytes());
    for number in [HEADER, SEGMENT, 2, 0, 0, 0] {
        file.extend(u16::try_from(number).unwrap().to_le_bytes());
    }
    let length = (dynamic.len() * 8) as u64;
    for (kind, at, size) in [(1u32, 0, size), (2, dynamic_at as u64, length)] {
        file.extend(kind.to_le_bytes());
        file.extend(4u32.to_le_bytes());
        for number in [at, at, at, size, size, 8] {
            file.extend(number.to_le_bytes());
        }
    }
    file.extend(dynamic.iter().flat_map(|number| number.to_le_bytes()));
    file.extend(strings.as_bytes());
    file
}

#[test]
fn it_has_its_name() {
    use crate::host_files::{Recorded, soname};
    let files =
        Recorded::new().file("/a", &shared_object("libcuda.so.1")).file("/b", &shared_object(""));
    assert_eq!(soname(&files, "/a").unwrap().as_deref(), Some("libcuda.so.1"));
    assert_eq!(soname(&files, "/b").unwrap(), None);
}
