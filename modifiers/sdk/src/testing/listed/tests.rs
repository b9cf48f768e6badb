use super::*;
use crate::testing::files::Node;

/// A host with a list, and what the list names.
fn listed(wants: &[Want]) -> Listed {
    let list = "dev, /dev/a\nlib, /l/libx.so.1.2\nsym,/s\ndir , /d\n\nodd\nfile, /f\n";
    let mut tree = Tree::default();
    for path in ["/a.csv", "/b.txt"] {
        tree.put(path, Node::File { content: list.into(), soname: None, mode: 0o644 });
    }
    Listed::read(wants, &BTreeMap::from([("csv".into(), tree)]))
}

#[test]
fn what_is_shown() {
    let mut lists = listed(&[Want::listed("csv:/*.csv", "")]);
    #[rustfmt::skip] // one line a case
    let table = [
        ("driver-root", "/l/libx.so.1.2", true),
        ("driver-root", "/l/libx.so", true),
        ("driver-root", "/l/liby.so", false),
        ("driver-root", "/l", false),
        ("driver-root", "/d", true),
        ("driver-root", "/d/in", false),
        ("driver-root", "/f", false),
        ("driver-root", "/dev/a", false),
        ("dev-root", "/dev/a", true),
        ("dev-root", "/d", false),
        ("csv", "/a.csv", false),
    ];
    for (root, path, expected) in table {
        assert_eq!(lists.shows(root, path, path), expected, "{root}:{path}");
    }
    assert!(!lists.shows("driver-root", "/t", "/t"));
    assert!(lists.leads_to("driver-root", "/s", "/t") && lists.shows("driver-root", "/t", "/t"));
    assert!(!lists.leads_to("driver-root", "/q", "/u") && !lists.shows("driver-root", "/u", "/u"));
    assert!(lists.shows("driver-root", "/d", "/e") && lists.shows("driver-root", "/e", "/e"));
}

#[test]
fn what_may_be_done() {
    const HARMLESS: &[&str] = &["ro", "nosuid", "nodev", "rbind", "rprivate"];
    #[rustfmt::skip] // one line a case
    let table: [(&str, &str, &str, &[&str], bool); 7] = [
        ("/d", "/d", "/d", HARMLESS, true),
        ("/s", "/t", "/t", HARMLESS, true),
        ("/s", "/t", "/s", HARMLESS, true),
        ("/s", "/t", "/q", HARMLESS, false),
        ("/q", "/q", "/q", HARMLESS, false),
        ("/d", "/d", "/d", &["nosuid", "nodev"], false),
        ("/d", "/d", "/d", &["ro", "nosuid", "nodev", "exec"], false),
    ];
    for (path, target, to, options, expected) in table {
        let mut lists = listed(&[Want::listed("csv:/*.csv", "")]);
        assert_eq!(lists.mounts(path, target, to, options), expected, "{path} {to} {options:?}");
        assert!(!listed(&[]).mounts(path, target, to, options));
    }
    let lists = listed(&[Want::listed("csv:/*.csv", "")]);
    for (node, path, expected) in
        [("/dev/a", "/dev/a", true), ("/dev/a", "/dev/b", false), ("/d", "/d", false)]
    {
        assert_eq!(lists.adds(node, path), expected, "{node} {path}");
    }
    assert!(!listed(&[Want::listed("csv:/*.txt.csv", "")]).adds("/dev/a", "/dev/a"));
}
