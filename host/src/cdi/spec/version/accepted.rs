//! Since which release other programs accept specs of a version. They refuse the whole file where it
//! names a later one. A program accepts what the `pkg/cdi` in it knows.

use super::{Version, v};

/// A version, and by program its first release that accepts it.
struct Row(Version, [(&'static str, &'static str); 6]);

/// A new version of the specification is a row.
#[rustfmt::skip]
static ACCEPTED: [Row; 8] = [
    row(v(0, 3, 0), ["1.7.0",  "1.24", "4.1", "25.0", "0.19", "2.0"]),
    row(v(0, 4, 0), ["1.7.0",  "1.27", "4.1", "25.0", "0.19", "2.0"]),
    row(v(0, 5, 0), ["1.7.0",  "1.27", "4.3", "25.0", "0.19", "2.0"]),
    row(v(0, 6, 0), ["1.7.29", "1.29", "4.7", "25.0", "0.19", "2.0"]),
    row(v(0, 7, 0), ["1.7.29", "1.30", "5.1", "26.1", "0.19", "2.0"]),
    row(v(0, 8, 0), ["1.7.29", "1.31", "5.2", "27.4", "0.19", "2.0"]),
    row(v(1, 0, 0), ["2.0.11", "1.33", "5.5", "28.1", "0.21", "2.1"]),
    row(v(1, 1, 0), ["2.2.7",  "1.35", "6",   "29.2", "0.27", "2.3"]),
];

const fn row(version: Version, releases: [&'static str; 6]) -> Row {
    let [containerd, crio, podman, docker, buildkit, nerdctl] = releases;
    let programs = [
        ("containerd", containerd),
        ("CRI-O", crio),
        ("podman", podman),
        ("docker", docker),
        ("buildkit", buildkit),
        ("nerdctl", nerdctl),
    ];
    Row(version, programs)
}

/// By program, its first release that accepts specs of that version; higher ones do, too.
#[must_use]
pub fn accepted_since(version: Version) -> &'static [(&'static str, &'static str)] {
    ACCEPTED.iter().find(|row| row.0 == version).map_or(&[], |row| &row.1)
}
