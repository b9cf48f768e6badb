//! The grants to edit: one line a case.

use super::*;

#[test]
fn device_nodes() {
    for (grant, host, container, permissions, granted) in [
        ("/dev/acme*", "/dev/acme0", "/dev/acme0", None, true),
        ("/dev/acme*", "/dev/acme0", "/dev/other", Some("rwm"), true), // the container path is not pinned
        ("/dev/acme*", "/dev/sda", "/dev/acme0", None, false),         // the host path is what counts
        ("/dev/acme*", "/dev/acme/0", "/dev/acme0", None, false),
        ("/dev/acme*", "/dev/acme/../sda", "/dev/acme0", None, false),
        ("/dev/acme*", "/dev/acme0", "/dev/../etc/x", None, false),
        ("/dev/a => /dev/b", "/dev/a", "/dev/b", None, true),
        ("/dev/a => /dev/b", "/dev/a", "/dev/a", None, false),
        ("/dev/a : rw", "/dev/a", "/dev/a", Some("rw"), true),
        ("/dev/a : rw", "/dev/a", "/dev/a", Some("r"), true),
        ("/dev/a : rw", "/dev/a", "/dev/a", Some("rwm"), false),
        ("/dev/a : rw", "/dev/a", "/dev/a", None, false), // none stands for rwm
        ("/dev/a : mrw", "/dev/a", "/dev/a", None, true),
        ("/dev/a", "/dev/a", "/dev/a", Some(""), false),
        ("/dev/a", "/dev/a", "/dev/a", Some("x"), false),
        ("/dev/a => /dev/b : r", "/dev/a", "/dev/b", Some("r"), true),
    ] {
        let edit = EditGrants { device_nodes: vec![grant.parse().unwrap()], ..Default::default() };
        assert_eq!(edit.device_node(host, container, permissions), granted, "{grant} {host} {container} {permissions:?}");
        assert!(!granted || edit.device_node_paths(host, container));
        assert!(!EditGrants::default().device_node(host, container, permissions));
    }
}

#[test]
fn mounts() {
    for (grant, source, destination, options, granted) in [
        ("/opt/** => /opt/**", "/opt/a", "/opt/a", &[][..], true),
        ("/opt/** => /opt/**", "/opt/a", "/opt/b/c", &["rw", "exec", "rbind"], true),
        ("/opt/** => /opt/**", "/opt", "/opt/a", &[], false),
        ("/opt/** => /opt/**", "/opt/../etc", "/opt/a", &[], false),
        ("/opt/** => /opt/**", "/opt/a", "/etc", &[], false),
        ("/opt/** => /opt/**", "/", "/opt/a", &[], false),
        ("/opt/** => /opt/**", "/opt/a", "/opt/a", &["shared"], false), // never, whatever the grant
        ("/opt/** => /opt/**", "/opt/a", "/opt/a", &["rshared"], false),
        ("/opt/** => /opt/**", "/opt/a", "/opt/a", &["upperdir=/x"], false),
        ("/opt/** => /opt/**", "/opt/a", "/opt/a", &["RO"], false),
        ("/a => /b : ro", "/a", "/b", &["ro"], true),
        ("/a => /b : ro", "/a", "/b", &["ro", "bind"], true),   // it is one in any case
        ("/a => /b : ro", "/a", "/b", &["ro", "rbind"], false), // ro does not reach below
        ("/a => /b : ro", "/a", "/b", &[], false),              // without ro it is writable
        ("/a => /b : ro", "/a", "/b", &["rw"], false),
        ("/a => /b : ro", "/a", "/b", &["ro", "rw"], false),
        ("/a => /b : ro,rw", "/a", "/b", &[], true),
        ("/a => /b : ro,nosuid", "/a", "/b", &["ro"], false),
        ("/a => /b : ro,nosuid", "/a", "/b", &["nosuid", "ro"], true),
        ("/a => /b : ro,nosuid", "/a", "/b", &["nosuid", "ro", "noexec"], false),
        ("/a => /b : nodev,noexec", "/a", "/b", &["nodev", "noexec"], true),
        ("/a => /b : rbind", "/a", "/b", &["rbind"], true),
        ("/a => /b : bind", "/a", "/b", &[], true),
    ] {
        let edit = EditGrants { mounts: vec![grant.parse().unwrap()], ..Default::default() };
        assert_eq!(edit.mount(source, destination, options), granted, "{grant} {source} {destination} {options:?}");
        assert!(!granted || edit.mount_paths(source, destination));
        assert!(!EditGrants::default().mount(source, destination, options));
    }
}

#[test]
fn two_mount_grants_are_not_mixed() {
    let edit = EditGrants { mounts: vec!["/a => /a : ro".parse().unwrap(), "/b => /b : rw".parse().unwrap()], ..Default::default() };
    assert!(edit.mount("/a", "/a", &["ro"]));
    assert!(!edit.mount("/a", "/a", &["rw"]));
    assert!(!edit.mount("/a", "/b", &["rw"]));
}

pub(super) fn hook_grant(args: &[&str], any_further: bool) -> HookGrant {
    HookGrant {
        point: CreateContainer,
        path: Pattern::parse("/usr/bin/x").unwrap(),
        args: args.iter().map(|one| Pattern::parse(one).unwrap()).collect(),
        any_further,
        timeout: Some(10),
        env: HookEnv::Fixed(vec!["A=b".into()]),
    }
}

#[test]
fn hooks() {
    for (args, any_further, point, path, asked, timeout, granted) in [
        (&["x"][..], false, CreateContainer, "/usr/bin/x", &["x"][..], None, true),
        (&["x"], false, Prestart, "/usr/bin/x", &["x"], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/xy", &["x"], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/../bin/x", &["x"], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/x", &[], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/x", &["x", "y"], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/x", &["y"], None, false),
        (&[], false, CreateContainer, "/usr/bin/x", &[], None, true),
        (&[], false, CreateContainer, "/usr/bin/x", &["x"], None, false),
        (&["x"], true, CreateContainer, "/usr/bin/x", &["x"], None, true),
        (&["x"], true, CreateContainer, "/usr/bin/x", &["x", "--a", "/b/c"], None, true),
        (&["x"], true, CreateContainer, "/usr/bin/x", &["y", "x"], None, false),
        (&["x"], true, CreateContainer, "/usr/bin/x", &[], None, false),
        (&["x", "--f=*"], false, CreateContainer, "/usr/bin/x", &["x", "--f=1"], None, true),
        (&["x", "--f=*"], false, CreateContainer, "/usr/bin/x", &["x", "--f=/etc"], None, false),
        (&["x"], false, CreateContainer, "/usr/bin/x", &["x"], Some(10), true),
        (&["x"], false, CreateContainer, "/usr/bin/x", &["x"], Some(11), false),
        (&["x"], false, CreateContainer, "/usr/bin/x", &["x"], Some(0), false),
    ] {
        let edit = EditGrants { hooks: vec![hook_grant(args, any_further)], ..Default::default() };
        let found = edit.hook(point, path, asked, timeout);
        assert_eq!(found.is_some(), granted, "{args:?} {point:?} {path} {asked:?} {timeout:?}");
        assert!(!granted || edit.hook_program(point, path));
        if let Some(grant) = found {
            assert_eq!(grant.env.variables(), ["A=b"]);
            assert_eq!(grant.effective_timeout(timeout), Some(10));
        }
    }
}

#[test]
fn host_paths_below_a_root() {
    let in_root = |root, path| HostPath { absolute: "/srv/drv/lib/x", in_root: Some((root, path)) };
    for (grant, host, granted) in [
        ("driver-root:/lib/* => /b", in_root("driver-root", "/lib/x"), true),
        ("driver-root:/lib/* => /b", in_root("dev-root", "/lib/x"), false),
        ("driver-root:/lib/* => /b", in_root("driver-root", "/lib/y/x"), false),
        ("driver-root:/lib/* => /b", "/lib/x".into(), false), // asked for on the host
        ("/srv/drv/lib/* => /b", in_root("driver-root", "/lib/x"), true), // it leads there
        ("/lib/* => /b", in_root("driver-root", "/lib/x"), false),
        ("/a:/b => /b", in_root("/a", "/b"), false), // no name of a root: a path with a colon
    ] {
        let edit = EditGrants { mounts: vec![grant.parse().unwrap()], ..Default::default() };
        assert_eq!(edit.mount::<&str>(host, "/b", &[]), granted, "{grant} {host:?}");
        assert_eq!(edit.mounts[0].to_string(), grant);
    }
}

#[test]
fn removing_hooks() {
    let edit = EditGrants {
        hooks: vec![hook_grant(&[], true)],
        remove_hooks: vec![RemoveHookGrant { point: Prestart, path: Pattern::parse("/**/old-hook").unwrap() }],
        ..Default::default()
    };
    for (point, path, granted) in [
        (Prestart, "/usr/bin/old-hook", true),
        (Prestart, "/usr/bin/old-hook2", false),
        (CreateContainer, "/usr/bin/old-hook", false),
        (CreateContainer, "/usr/bin/x", false), // adding is not removing
        (Prestart, "/usr/../bin/old-hook", false),
    ] {
        assert_eq!(edit.remove_hook(point, path), granted, "{point:?} {path}");
        assert!(!edit.hook_program(Prestart, path));
    }
}

#[test]
fn gids() {
    for (grant, gid, granted) in [
        ("44", 44, true),
        ("44", 45, false),
        ("44", 0, false),
        ("100-200", 100, true),
        ("100-200", 200, true),
        ("100-200", 201, false),
        ("1-4294967294", u32::MAX, false),
        ("device-nodes", 300, true),
        ("device-nodes", 301, false),
    ] {
        let edit = EditGrants { gids: vec![grant.parse().unwrap()], ..Default::default() };
        assert_eq!(edit.gid(gid, &[44, 300]), granted, "{grant} {gid}");
    }
    for bad in ["", "0", "0-5", "5-4", "a", "4294967295", "-", "1-", "-1", "1-2-3", "99999999999"] {
        assert!(bad.parse::<GidRange>().is_err(), "{bad:?}");
    }
}

#[test]
fn classes_of_service() {
    for (grant, class, granted) in
        [(&[][..], Some("gold"), false), (&["gold"], Some("gold"), true), (&["gold"], None, false), (&["gold*"], None, false), (&["*"], None, true)]
    {
        let edit = EditGrants { rdt: patterns(grant), ..Default::default() };
        assert_eq!(edit.rdt_class(class), granted, "{grant:?} {class:?}");
    }
}
