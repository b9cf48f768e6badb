//! Lists that nobody means: bounded, and clear.

use super::find::{OPTIONS, host, lines};
use crate::csv::{Selection, find};
use crate::memory::Memory;

fn result(host: &mut Memory) -> Result<usize, String> {
    find(host, &OPTIONS, &Selection::All)
        .map(|(own, common)| lines(&own).len() + lines(&common).len())
}

#[test]
fn too_large() {
    let bytes = "csv:/drivers.csv: the CSV lists have more than 1048575 bytes";
    let rows = "csv:/drivers.csv: the CSV lists have more than 16384 lines";
    #[rustfmt::skip] // one line a case
    let table = [
        (vec![b'#'; 100 << 20], Err(bytes)),
        (vec![b'\n'; 1_000_000], Ok(1)),
        (b"lib,/a\n".repeat(1_000_000), Err(bytes)),
        (b"lib,/a\n".repeat(16_385), Err(rows)),
        (b"lib,/a\n".repeat(16_384), Ok(1)),
        (b"\xff\n".repeat(500_000), Ok(1)),
    ];
    for (content, expected) in table {
        let mut host = host(content, "");
        assert_eq!(result(&mut host), expected.map_err(Into::into));
        assert!(host.warnings.len() <= 2, "{:?}", host.warnings);
        assert!(host.warnings.iter().all(|warning| warning.len() < 200), "{:?}", host.warnings);
    }
}

#[test]
fn too_large_together() {
    let half = vec![b'#'; 600_000];
    let mut host = host(&half, "").file("/devices.csv", &half);
    let expected = "csv:/drivers.csv: the CSV lists have more than 1048575 bytes";
    assert_eq!(result(&mut host), Err(expected.into()));
}

#[test]
fn bytes_of_any_kind() {
    let content = b"\xff\xfe\0lib,/a\nlib,/b\nlib,/\xff\nlib,/c\0\n\0\0\0\nlib,/../d\nlib";
    let mut host = host(content, "/b");
    assert_eq!(result(&mut host), Ok(2));
    assert_eq!(
        host.warnings,
        ["csv:/drivers.csv: 6 lines are skipped, the first is line 1: it is no UTF-8"]
    );
}

/// A chain as long as the system follows, and one that is longer: neither runs on.
#[test]
fn long_chains() {
    let links: Vec<String> = (0..1000).map(|hop| format!("/{hop} -> {}", hop + 1)).collect();
    let mut host = host("sym,/0\nsym,/x", &["/x -> x\n/1000\n", &links.join("\n")].concat());
    assert_eq!(result(&mut host), Ok(1));
    assert_eq!(host.warnings, ["2 paths of the CSV lists are no files: /0, /x"]);
}

/// As many as lists may name.
#[test]
fn many_devices_and_files() {
    let numbers = 0..8_192;
    let list: Vec<String> = numbers.clone().map(|at| format!("dev,/d/{at}\nlib,/l/{at}")).collect();
    let there: Vec<String> = numbers.map(|at| format!("/d/{at} c 1 1 666 0\n/l/{at}")).collect();
    let mut host = host(list.join("\n"), &there.join("\n"));
    assert_eq!(result(&mut host), Ok(16_385));
}
