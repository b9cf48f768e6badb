//! Parsing: what is written is read, and no bytes make it panic.

use gantry::cdi::Format;
use gantry_oracles::{spec_parse, written_is_read};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{config, recorded, specs};

/// A file's bytes as the oracle takes them.
fn input(format: Format, bytes: &[u8]) -> Vec<u8> {
    let choice = if format == Format::Json { b'j' } else { b'y' };
    [&[choice], bytes].concat()
}

/// A change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Remove(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, u8),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let pieces: &[&str] = &[
        "null",
        "{}",
        "[]",
        "\"\"",
        "0",
        "-1",
        "1e9",
        "&a ",
        "*a",
        "<<: *a",
        "- ",
        ": ",
        "\n",
        "  ",
        "!!str ",
        "|\n",
        "# ",
        "\"kind\":",
        "kind: x\n",
        "---\n",
        "...\n",
        "\t",
        "\\u0000",
        "? ",
        "'",
        "%",
        ",",
        "\u{feff}",
    ];
    let piece = select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
    prop_oneof![
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<Index>(), 1..20_u8).prop_map(|(at, count)| Change::Remove(at, count)),
        4 => (any::<Index>(), piece).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<Index>(), 1..60_u8).prop_map(|(at, count)| Change::Repeat(at, count)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        let at = |index: Index| if bytes.is_empty() { 0 } else { index.index(bytes.len()) };
        let span = |at: usize, count: u8| at..(at + usize::from(count)).min(bytes.len());
        match change {
            Change::Set(index, byte) => {
                let at = at(index);
                bytes.splice(at..(at + 1).min(bytes.len()), [byte]);
            }
            Change::Remove(index, count) => drop(bytes.drain(span(at(index), count))),
            Change::Insert(index, piece) => {
                let at = at(index);
                bytes.splice(at..at, piece);
            }
            Change::Repeat(index, count) => {
                let span = span(at(index), count);
                let piece = bytes[span.clone()].to_vec();
                bytes.splice(span.start..span.start, piece);
            }
            Change::Cut(index) => bytes.truncate(at(index)),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_valid_spec_is_written_and_read_as_the_same(spec in specs::spec()) {
        prop_assert_eq!(spec.validate().map(|kind| kind.to_string()), Ok(spec.kind.clone()));
        written_is_read(&spec);
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200)) {
        spec_parse(&bytes);
    }

    #[test]
    fn any_text(text in "[a-c0-9:\\-?&*!|>'\"%@`{}\\[\\],#\n \t.~<=]{0,60}") {
        for format in [Format::Json, Format::Yaml] {
            spec_parse(&input(format, text.as_bytes()));
        }
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn recorded_files_with_changes(
        (format, bytes) in select(recorded::spec_files()),
        changes in vec(change(), 0..4),
    ) {
        spec_parse(&input(format, &changed(bytes, changes)));
    }
}

#[test]
fn recorded_files() {
    let valid = recorded::spec_files()
        .into_iter()
        .filter(|(format, bytes)| spec_parse(&input(*format, bytes)))
        .count();
    assert!(valid > 50, "only {valid} are valid");
}
