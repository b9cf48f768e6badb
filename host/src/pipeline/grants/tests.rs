//! The checks as tables: one line a case.

mod edits;

use edits::hook_grant;

use super::*;
use crate::document::HookPoint::{self, CreateContainer, Prestart};

fn patterns(list: &[&str]) -> Patterns {
    list.iter().map(|one| Pattern::parse(one).unwrap()).collect()
}

#[test]
fn names() {
    for (grant, name, granted) in [
        (&[][..], "ACME_A", false),              // nothing granted
        (&["ACME_A"], "ACME_A", true),           // exact
        (&["ACME_A"], "ACME_AB", false),         // almost: longer
        (&["ACME_A"], "ACME_", false),           // almost: shorter
        (&["ACME_A"], "acme_a", false),          // case counts
        (&["ACME_*"], "ACME_", true),            // wildcard, empty
        (&["ACME_*"], "ACME_A_B", true),         // wildcard
        (&["ACME_*"], "XACME_A", false),         // not anchored elsewhere
        (&["ACME_*"], "ACME_A/B", false),        // one star stays within
        (&["ACME_**"], "ACME_A/B", true),        // two cross
        (&["B", "ACME_*"], "ACME_A", true),      // the second of two
        (&["A?C", "A[B]", "A.C"], "ABC", false), // nothing else is special
        (&["acme.com/*"], "acme.com/gpu", true),
        (&["acme.com/*"], "acme.com.evil/gpu", false),
        (&["acme.com/*=*"], "acme.com/gpu=0", true),
        (&["acme.com/*=*"], "acme.com/gpu", false),
    ] {
        let read = ReadGrants { env: patterns(grant), annotations: patterns(grant), ..Default::default() };
        let edit = EditGrants { env: patterns(grant), devices: patterns(grant), net_devices: patterns(grant), ..Default::default() };
        assert_eq!(read.env_name(name), granted, "read {grant:?} {name}");
        assert_eq!(read.annotation(name), granted, "annotation {grant:?} {name}");
        assert_eq!(edit.env_name(name), granted, "edit {grant:?} {name}");
        assert_eq!(edit.device(name), granted, "device {grant:?} {name}");
        assert_eq!(edit.net_device(name), granted, "net {grant:?} {name}");
    }
}

#[test]
fn prefixes_are_covered_whole_or_refused() {
    for (grant, prefix, granted) in [
        (&[][..], "ACME_", false),
        (&["ACME_*"], "ACME_", true),    // the same
        (&["ACME_*"], "ACME_X", true),   // narrower
        (&["ACME_*"], "ACME", false),    // wider: ACMEX is not granted
        (&["ACME_*"], "", false),        // all of them
        (&["ACME_X"], "ACME_X", false),  // ACME_XY would look absent
        (&["ACME_*_X"], "ACME_", false), // only some of them
        (&["*"], "", true),
        (&["**"], "", true),
        (&["A*", "B*"], "", false), // neither covers it
        (&["A*"], "A*", true),      // a star in a prefix is a character
        (&["AB*"], "A*", false),    // and so matches no pattern's letter
        (&["*_X*"], "A_X", true),   // a star at the head
        (&["acme.com/*"], "acme.com/", true),
        (&["acme.com/*"], "acme.com/gpu", true),
        (&["acme.com/*"], "acme.com", false),
        (&["acme.com/*"], "acme.com/a/b", false), // nothing that begins so can match
        (&["acme.com/**"], "acme.com/a/b", true),
    ] {
        let read = ReadGrants { env: patterns(grant), annotations: patterns(grant), ..Default::default() };
        assert_eq!(read.env_prefix(prefix), granted, "{grant:?} {prefix:?}");
        assert_eq!(read.annotation_prefix(prefix), granted, "{grant:?} {prefix:?}");
    }
}

#[test]
fn paths_must_be_normal() {
    for (path, granted) in [
        ("/", true),
        ("/a", true),
        ("/a/b.c/..d", true),
        ("", false),
        ("a", false),
        ("./a", false),
        ("//", false),
        ("/a/", false),
        ("/a//b", false),
        ("/a/./b", false),
        ("/a/../b", false),
        ("/..", false),
        ("/a/..", false),
        ("/a\0b", false),
    ] {
        let all = patterns(&["**"]);
        let read = ReadGrants { mounts: all.clone(), device_nodes: all.clone(), files: [("r".to_owned(), all.clone())].into(), ..Default::default() };
        let overrides = OverrideGrants { mounts: all.clone(), device_nodes: all, ..Default::default() };
        assert_eq!(is_normal(path), granted, "{path:?}");
        assert_eq!(read.mount(path), granted, "mount {path:?}");
        assert_eq!(read.mounts_below(path), granted, "mounts below {path:?}");
        assert_eq!(read.device_node(path), granted, "device node {path:?}");
        assert_eq!(read.device_nodes_below(path), granted, "below {path:?}");
        assert_eq!(read.file("r", path), granted, "file {path:?}");
        assert_eq!(read.file_glob("r", path), granted, "glob {path:?}");
        assert_eq!(overrides.mount(path), granted, "override mount {path:?}");
        assert_eq!(overrides.device_node(path), granted, "override node {path:?}");
    }
    assert!(!is_normal(&format!("/{}", "a".repeat(5000))));
}

#[test]
fn below_a_directory() {
    for (grant, directory, granted) in [
        (&[][..], "/a", false),
        (&["/a", "/a/**"], "/a", true),
        (&["/a/**"], "/a", false),      // a mount at /a itself is not granted
        (&["/a"], "/a", false),         // nor those below
        (&["/a", "/a/*"], "/a", false), // only one level
        (&["/a**"], "/a", true),
        (&["/a/**"], "/a/b", true),       // narrower
        (&["/a", "/a/**"], "/", false),   // wider
        (&["/a", "/a/**"], "/ab", false), // beside
        (&["/**"], "/", true),
        (&["**"], "/", true),
    ] {
        let read = ReadGrants { mounts: patterns(grant), ..Default::default() };
        assert_eq!(read.mounts_below(directory), granted, "{grant:?} {directory}");
    }
}

#[test]
fn globs_are_covered_whole_or_refused() {
    for (grant, asked, granted) in [
        (&[][..], "/a", false),
        (&["/lib/**"], "/lib/*/x.so*", true),
        (&["/lib/**"], "/lib/**", true),
        (&["/lib/**"], "/lib*/x", false),
        (&["/lib/*"], "/lib/x.so.*", true),
        (&["/lib/*"], "/lib/**", false),
        (&["/lib/*"], "/lib/*/x", false),
        (&["/lib/x.so.*"], "/lib/x.so*", false),
        (&["/lib/x.so*"], "/lib/x.so.*", true),
        (&["/lib/*.so"], "/lib/x*.so", true),
        (&["/lib/*.so"], "/lib/x*", false),
        (&["/**"], "/lib/../etc/shadow", false),
        (&["/**"], "lib", false),
    ] {
        let read = ReadGrants { files: [("r".to_owned(), patterns(grant))].into(), ..Default::default() };
        assert_eq!(read.file_glob("r", asked), granted, "{grant:?} {asked}");
        assert!(!read.file_glob("other", asked), "{grant:?} {asked}");
    }
}

#[test]
fn texts_come_back_as_they_were_written() {
    for text in ["/dev/a*", "/dev/a => /dev/b", "/dev/a => /dev/b : rw", "/dev/a : m"] {
        assert_eq!(text.parse::<DeviceNodeGrant>().unwrap().to_string(), text);
    }
    for text in ["/a => /b", "/a/** => /b/** : ro,nosuid"] {
        assert_eq!(text.parse::<MountGrant>().unwrap().to_string(), text);
    }
    for text in ["44", "100-200"] {
        assert_eq!(text.parse::<GidRange>().unwrap().to_string(), text);
    }
}

#[test]
fn bad_texts_say_what_is_wrong() {
    for (text, says) in [
        ("", "begin with `/`"),
        ("dev/a", "begin with `/`"),
        ("/dev/../a", "never match"),
        ("/dev/a=>/dev/b", "blanks around"),
        ("/dev/a : x", "'x'"),
        ("/dev/a : ", "empty permissions"),
        ("/dev/a => ", "blanks around"),
    ] {
        let error = text.parse::<DeviceNodeGrant>().unwrap_err();
        assert!(error.contains(says), "{text:?}: {error}");
    }
    for (text, says) in [
        ("/a", "no destination"),
        ("/a : ro", "no destination"),
        ("/a => /b : shared", "\"shared\""),
        ("/a => /b : ", "mount option \"\""),
        ("/a => b", "begin with `/`"),
        ("/a => /b => /c", "blanks around"),
    ] {
        let error = text.parse::<MountGrant>().unwrap_err();
        assert!(error.contains(says), "{text:?}: {error}");
    }
}

#[test]
fn interfaces_are_linked_only_when_granted() {
    let all = || patterns(&["**"]);
    let read = |read| Grants { read, ..Default::default() };
    let edit = |edit| Grants { edit, ..Default::default() };
    for (grants, names) in [
        (Grants::default(), &[][..]),
        (read(ReadGrants { env: all(), ..Default::default() }), &["container-env"]),
        (read(ReadGrants { annotations: all(), ..Default::default() }), &["container-annotations"]),
        (read(ReadGrants { mounts: all(), ..Default::default() }), &["container-mounts"]),
        (read(ReadGrants { hooks: vec![HookPoint::Poststop], ..Default::default() }), &["container-hooks"]),
        (read(ReadGrants { device_nodes: all(), ..Default::default() }), &["container-device-nodes"]),
        (read(ReadGrants { process: true, ..Default::default() }), &["container-process"]),
        (read(ReadGrants { namespaces: true, ..Default::default() }), &["container-namespaces"]),
        (read(ReadGrants { platform: true, ..Default::default() }), &["platform"]),
        (read(ReadGrants { gpus: true, ..Default::default() }), &["gpus"]),
        (read(ReadGrants { cdi: all(), ..Default::default() }), &["cdi-registry"]),
        (read(ReadGrants { files: [("r".into(), all())].into(), ..Default::default() }), &["host-files"]),
        (read(ReadGrants { files: [("r".into(), patterns(&[]))].into(), ..Default::default() }), &[]),
        (edit(EditGrants { modes: Modes::all(), ..Default::default() }), &[]),
        (edit(EditGrants { env: all(), ..Default::default() }), &["edit-env"]),
        (edit(EditGrants { devices: all(), ..Default::default() }), &["edit-devices"]),
        (edit(EditGrants { device_nodes: vec!["/dev/a".parse().unwrap()], ..Default::default() }), &["edit-device-nodes"]),
        (edit(EditGrants { mounts: vec!["/a => /b".parse().unwrap()], ..Default::default() }), &["edit-mounts"]),
        (edit(EditGrants { hooks: vec![hook_grant(&[], true)], ..Default::default() }), &["edit-hooks"]),
        (
            edit(EditGrants { remove_hooks: vec![RemoveHookGrant { point: Prestart, path: Pattern::parse("/x").unwrap() }], ..Default::default() }),
            &["edit-hooks"],
        ),
        (edit(EditGrants { gids: vec!["44".parse().unwrap()], ..Default::default() }), &["edit-gids"]),
        (edit(EditGrants { net_devices: all(), ..Default::default() }), &["edit-net-devices"]),
        (edit(EditGrants { rdt: all(), ..Default::default() }), &["edit-rdt"]),
    ] {
        let linked: Vec<_> = grants.linked().map(Interface::name).collect();
        assert_eq!(linked, names);
    }
}

#[test]
fn interfaces_are_those_of_the_contract() {
    let wit = ["container", "edit", "host"].map(|name| {
        let path = format!("{}/../wit/v0.1/{name}.wit", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let mut declared: Vec<String> =
        wit.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("interface ")?.strip_suffix(" {").map(str::to_owned)).collect();
    let mut ours: Vec<_> = Interface::ALL.iter().map(|one| one.name().to_owned()).collect();
    // Linked to every stage.
    declared.retain(|name| name != "log");
    declared.sort();
    ours.sort();
    assert_eq!(ours, declared);
}

#[test]
fn mount_options_are_those_of_the_contract() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/v0.1/edit.wit");
    let wit = std::fs::read_to_string(path).unwrap();
    for option in MountOption::ALL {
        assert!(wit.contains(&format!("`{}`", option.name())), "{option:?}");
        assert_eq!(MountOption::from_name(option.name()), Some(*option));
    }
}

#[test]
fn refusals_name_the_grant() {
    for (refusal, text) in [
        (Refusal::new("acme", GrantKey::ReadEnv, "A\nB"), r#"not granted: read env "A\nB"; add it to [stages.acme.grants.read] env"#),
        (
            Refusal::with_pattern("acme", GrantKey::ReadEnv, "ACME_*", "ACME_*"),
            r#"not granted: read env "ACME_*"; add "ACME_*" to [stages.acme.grants.read] env"#,
        ),
        (
            Refusal::with_pattern("acme", GrantKey::EditMounts, "/a", "/a => /b : ro"),
            r#"not granted: add mount "/a"; add "/a => /b : ro" to [stages.acme.grants.edit] mounts"#,
        ),
        (Refusal::new("acme", GrantKey::EditGids, "44"), r#"not granted: add group "44"; add 44 to [stages.acme.grants.edit] gids"#),
        (
            Refusal::file("acme", "driver-root", "/etc/x"),
            r#"not granted: read files "/etc/x" of root "driver-root"; add it to [stages.acme.grants.read.files] driver-root"#,
        ),
        (Refusal::switch("acme", GrantKey::ReadGpus), r"not granted: read GPUs; set gpus = true in [stages.acme.grants.read]"),
        (Refusal::new("acme", GrantKey::OverrideMounts, "/a"), r#"not granted: override mount "/a"; add it to [stages.acme.grants.override] mounts"#),
    ] {
        assert_eq!(refusal.to_string(), text);
    }
    let long = Refusal::new("acme", GrantKey::EditEnv, &"x".repeat(100_000)).to_string();
    assert!(long.len() < 500, "{}", long.len());
}
