use proptest::prelude::*;

use super::*;

/// Libraries as name, path and flags.
type Library = (String, String, u32);

/// A cache in the old format, from the layout that the linker's own header gives it.
fn old(libraries: &[Library]) -> Vec<u8> {
    let (strings, places) = strings(libraries, 0);
    let mut bytes = OLD_MAGIC.to_vec();
    bytes.extend(count(libraries));
    for ((_, _, flags), (name, path)) in libraries.iter().zip(places) {
        bytes.extend([*flags, name, path].iter().flat_map(|number| number.to_le_bytes()));
    }
    [bytes, strings].concat()
}

fn new(libraries: &[Library]) -> Vec<u8> {
    let (strings, places) = strings(libraries, NEW_HEADER + libraries.len() * NEW_ENTRY);
    let mut bytes = NEW_MAGIC.to_vec();
    bytes.extend(count(libraries));
    bytes.resize(NEW_HEADER, 0);
    for ((_, _, flags), (name, path)) in libraries.iter().zip(places) {
        let numbers = [*flags, name, path, 0, 0, 0];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }
    [bytes, strings].concat()
}

/// The old format's table without its strings, and the new format behind it.
fn both(libraries: &[Library]) -> Vec<u8> {
    let mut bytes = old(&vec![(String::new(), String::new(), 0x0303); 3]);
    bytes.truncate(OLD_HEADER + 3 * OLD_ENTRY);
    bytes.resize(bytes.len().next_multiple_of(NEW_ALIGNMENT), 0);
    [bytes, new(libraries)].concat()
}

fn count(libraries: &[Library]) -> [u8; 4] {
    u32::try_from(libraries.len()).unwrap().to_le_bytes()
}

/// The strings, and where the name and the path of each library are.
fn strings(libraries: &[Library], base: usize) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut strings = Vec::new();
    let mut put = |text: &str| {
        let at = u32::try_from(base + strings.len()).unwrap();
        strings.extend(text.bytes().chain([0]));
        at
    };
    let places = libraries.iter().map(|(name, path, _)| (put(name), put(path))).collect();
    (strings, places)
}

fn library(name: &str, flags: u32) -> Library {
    (name.into(), format!("/lib/{name}"), flags)
}

fn names(bytes: &[u8], architecture: Architecture) -> Vec<&str> {
    cached_libraries(bytes, architecture).into_iter().map(|library| library.name).collect()
}

#[test]
fn formats() {
    let libraries = [
        library("libcuda.so.1", 0x0303),
        library("libcuda.so.1", 0x0003),
        library("libarm.so.1", 0x0a03),
        library("libml.so.1", 0x0303),
    ];
    for bytes in [new(&libraries), both(&libraries)] {
        let found = cached_libraries(&bytes, Architecture::X86_64);
        assert_eq!(found[0], CachedLibrary { name: "libcuda.so.1", path: "/lib/libcuda.so.1" });
        assert_eq!(names(&bytes, Architecture::X86_64), ["libcuda.so.1", "libml.so.1"]);
        assert_eq!(names(&bytes, Architecture::Aarch64), ["libarm.so.1"]);
    }
}

#[test]
fn what_is_no_cache_has_nothing() {
    let good = new(&[library("libcuda.so.1", 0x0303)]);
    let mut many = good.clone();
    many[20..24].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut far = good.clone();
    far[NEW_HEADER + 4..NEW_HEADER + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    let alone = old(&[library("libcuda.so.1", 0x0303)]);
    let mut old_many = both(&[library("libcuda.so.1", 0x0303)]);
    old_many[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    #[rustfmt::skip] // one line a case
    let table: [(&str, &[u8], &[&str]); 8] = [
        ("nothing", b"", &[]),
        ("text", b"ld.so", &[]),
        ("a header cut short", &good[..NEW_HEADER - 1], &[]),
        ("strings cut off", &good[..good.len() - 1], &[]),
        ("an offset beyond the end", &far, &[]),
        ("more entries than there are", &many, &["libcuda.so.1"]),
        ("the old format alone", &alone, &[]),
        ("more old entries than there are", &old_many, &[]),
    ];
    for (what, bytes, expected) in table {
        assert_eq!(names(bytes, Architecture::X86_64), expected, "{what}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        libraries in prop::collection::vec(("[a-z.]{1,9}", "/[a-z/]{1,9}", prop::sample::select(vec![0x0303, 3])), 0..9)
    ) {
        let expected: Vec<_> = libraries
            .iter()
            .filter(|(_, _, flags)| *flags == 0x0303)
            .map(|(name, path, _)| CachedLibrary { name, path })
            .collect();
        for bytes in [new(&libraries), both(&libraries)] {
            prop_assert_eq!(cached_libraries(&bytes, Architecture::X86_64), expected.clone());
        }
    }

    /// Whatever a byte becomes, nothing is told that the file does not hold.
    #[test]
    fn damage_is_survived(
        which in 0..3_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
        cut in any::<prop::sample::Index>(),
    ) {
        let libraries = [library("libcuda.so.1", 0x0303), library("libml.so.1", 0x0303)];
        let mut bytes = [old, new, both][which](&libraries);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let found = cached_libraries(&bytes, Architecture::X86_64);
        prop_assert!(found.len() <= bytes.len() / OLD_ENTRY);
        for library in found {
            let held = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            prop_assert!(held(library.name) && held(library.path));
        }
    }
}
