//! Changes of files in a spec directory.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// What is done to a spec directory (with `a.json` in it) and a folder beside it (with `b.json`).
type Deed = fn(&Path, &Path);

/// Rewrites a file as vim does with `backup` on.
fn vim(dir: &Path) {
    fs::write(dir.join(".a.json.swp"), "").unwrap();
    File::create(dir.join("4913")).unwrap();
    fs::remove_file(dir.join("4913")).unwrap();
    fs::rename(dir.join("a.json"), dir.join("a.json~")).unwrap();
    fs::write(dir.join("a.json"), "{\"new\":1}").unwrap();
    fs::remove_file(dir.join("a.json~")).unwrap();
    fs::remove_file(dir.join(".a.json.swp")).unwrap();
}

#[test]
fn changes_of_spec_files_are_hinted() {
    let cases: &[(&str, Deed, &[&str])] = &[
        ("created", |d, _| fs::write(d.join("n.yaml"), "").unwrap(), &["0/n.yaml"]),
        ("written in place", |d, _| fs::write(d.join("a.json"), "{ }").unwrap(), &["0/a.json"]),
        (
            "replaced by a temporary file",
            |d, _| {
                fs::write(d.join("a.json.tmp"), "{ }").unwrap();
                fs::rename(d.join("a.json.tmp"), d.join("a.json")).unwrap();
            },
            &["0/a.json"],
        ),
        (
            "renamed",
            |d, _| fs::rename(d.join("a.json"), d.join("c.json")).unwrap(),
            &["0/a.json", "0/c.json"],
        ),
        (
            "switched off",
            |d, _| fs::rename(d.join("a.json"), d.join("a.off")).unwrap(),
            &["0/a.json"],
        ),
        ("moved in", |d, o| fs::rename(o.join("b.json"), d.join("b.json")).unwrap(), &["0/b.json"]),
        (
            "moved out",
            |d, o| fs::rename(d.join("a.json"), o.join("a.json")).unwrap(),
            &["0/a.json"],
        ),
        ("removed", |d, _| fs::remove_file(d.join("a.json")).unwrap(), &["0/a.json"]),
        (
            "hard link",
            |d, o| fs::hard_link(o.join("b.json"), d.join("h.json")).unwrap(),
            &["0/h.json"],
        ),
        (
            "symbolic link",
            |d, o| symlink(o.join("b.json"), d.join("l.json")).unwrap(),
            &["0/l.json"],
        ),
        ("dangling link", |d, _| symlink("nowhere", d.join("l.json")).unwrap(), &["0/l.json"]),
        (
            "mode",
            |d, _| fs::set_permissions(d.join("a.json"), Permissions::from_mode(0o600)).unwrap(),
            &["0/a.json"],
        ),
        ("vim", |d, _| vim(d), &["0/a.json"]),
        (
            "emacs",
            |d, _| {
                // The lock's name is a spec file's; it leads nowhere.
                symlink("user@host.1:2", d.join(".#a.json")).unwrap();
                fs::write(d.join("a.json"), "{ }").unwrap();
                fs::remove_file(d.join(".#a.json")).unwrap();
            },
            &["0/.#a.json", "0/a.json"],
        ),
        (
            "a name of bytes, and an extension alone",
            |d, _| {
                fs::write(d.join(" \n.json"), "").unwrap();
                fs::write(d.join(".json"), "").unwrap();
            },
            &["0/ \n.json", "0/.json"],
        ),
    ];
    for (what, deed, names) in cases {
        let play = Play::simple();
        deed(&play.dirs[0], &play.root.join("other"));
        let seen = play.settled(0);
        assert_eq!(seen.names, names.iter().map(|&name| name.to_owned()).collect(), "{what}");
        assert!(seen.dirs.is_empty() && !seen.all, "{what}: {seen:?}");
    }
}

#[test]
fn what_is_no_change_of_a_spec_file_gives_no_hint() {
    let cases: &[(&str, Deed)] = &[
        ("read", |d, _| drop(fs::read(d.join("a.json")).unwrap())),
        ("listed", |d, _| assert_eq!(fs::read_dir(d).unwrap().count(), 1)),
        ("opened, not read", |d, _| drop(File::open(d.join("a.json")).unwrap())),
        ("looked at", |d, _| assert!(fs::metadata(d.join("a.json")).is_ok())),
        ("swap file", |d, _| fs::write(d.join(".a.json.swp"), "").unwrap()),
        ("backup file", |d, _| fs::write(d.join("a.json~"), "").unwrap()),
        ("probe", |d, _| fs::write(d.join("4913"), "").unwrap()),
        ("temporary file", |d, _| fs::write(d.join("a.json.tmp"), "").unwrap()),
        ("capitals", |d, _| fs::write(d.join("A.JSON"), "").unwrap()),
        ("another extension", |d, _| fs::write(d.join("a.yml"), "").unwrap()),
        ("a folder", |d, _| fs::create_dir(d.join("sub")).unwrap()),
        ("in a folder", |d, _| {
            fs::create_dir(d.join("sub")).unwrap();
            fs::write(d.join("sub/x.json"), "").unwrap();
        }),
        ("beside it", |_, o| fs::write(o.join("b.json"), "").unwrap()),
        ("a name beside it", |d, _| fs::create_dir(d.with_file_name("cdi2")).unwrap()),
    ];
    for (what, deed) in cases {
        let play = Play::simple();
        deed(&play.dirs[0], &play.root.join("other"));
        let seen = play.settled(0);
        assert!(seen.names.is_empty() && seen.dirs.is_empty() && !seen.all, "{what}: {seen:?}");
    }
}

#[test]
fn content_counts_when_the_file_is_closed() {
    let play = Play::simple();
    let mut file = OpenOptions::new().write(true).open(play.dirs[0].join("a.json")).unwrap();
    for _ in 0..300 {
        file.write_all(b"chunk").unwrap();
    }
    assert!(play.settled(0).names.is_empty());
    drop(file);
    assert_eq!(play.settled(0).names, ["0/a.json".to_owned()].into());

    // A new one also counts at once, as it may be a link to a finished one.
    let mut file = File::create(play.dirs[0].join("n.json")).unwrap();
    assert_eq!(play.settled(0).names, ["0/n.json".to_owned()].into());
    file.write_all(b"chunk").unwrap();
    assert!(play.settled(0).names.is_empty());
    drop(file);
    assert_eq!(play.settled(0).names, ["0/n.json".to_owned()].into());
}

#[test]
fn reading_what_was_hinted_gives_no_hint() {
    let play = Play::simple();
    for _ in 0..3 {
        fs::write(play.dirs[0].join("a.json"), "{}").unwrap();
        assert_eq!(play.settled(0).names, ["0/a.json".to_owned()].into());
        for entry in fs::read_dir(&play.dirs[0]).unwrap() {
            File::open(entry.unwrap().path()).unwrap().read_to_end(&mut Vec::new()).unwrap();
        }
        assert!(play.settled(0).names.is_empty());
    }
}
