//! Every function of the contract without its grant, just beside its grant, and with it.

use std::collections::BTreeSet;

use gantry::modifier::Interface;
use serde_json::{Value, json};

use crate::scene::{GRANTS, Scene, action};

#[test]
fn an_interface_without_a_grant_is_not_linked() {
    for interface in Interface::ALL {
        let name = interface.name();
        let mut scene = Scene::new();
        for grant in GRANTS.iter().filter(|grant| grant.interface == name) {
            scene = scene.without(grant.table, grant.key);
        }
        let error = scene.refused(name);
        let wanted = format!(
            "it imports the interface \"{name}\", but its stage has no grants.{}",
            interface.grant()
        );
        assert!(error.contains(&wanted), "{name}: {error}");
    }
}

/// The function, its arguments, and the grant that the error must name. What is granted as a whole
/// (`process`, `namespaces`, `platform`, `gpus`) has no outside once it is linked.
#[rustfmt::skip]
fn outside() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("container-env.get", json!(["original", ["OTHER"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["current", ["ACME_ONE", "OTHER"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", ["NOT_THERE"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", ["acme_one"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", ["XACME_ONE"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", ["ACME_A/B"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", ["ACME_*/x"]]), "[stages.probe.grants.read] env"),
        ("container-env.get", json!(["original", [""]]), "[stages.probe.grants.read] env"),
        ("container-env.with-prefix", json!(["original", ""]), "[stages.probe.grants.read] env"),
        ("container-env.with-prefix", json!(["original", "ACME"]), "[stages.probe.grants.read] env"),
        ("container-env.with-prefix", json!(["current", "O"]), "[stages.probe.grants.read] env"),
        ("container-annotations.get", json!(["original", ["other.com/b"]]), "[stages.probe.grants.read] annotations"),
        ("container-annotations.get", json!(["original", ["acme.com/a/b"]]), "[stages.probe.grants.read] annotations"),
        ("container-annotations.get", json!(["original", ["xacme.com/a"]]), "[stages.probe.grants.read] annotations"),
        ("container-annotations.with-prefix", json!(["original", ""]), "[stages.probe.grants.read] annotations"),
        ("container-annotations.with-prefix", json!(["original", "acme.com"]), "[stages.probe.grants.read] annotations"),
        ("container-mounts.below", json!(["original", "/"]), "[stages.probe.grants.read] mounts"),
        ("container-mounts.below", json!(["original", "/other"]), "[stages.probe.grants.read] mounts"),
        ("container-mounts.below", json!(["original", "/data2"]), "[stages.probe.grants.read] mounts"),
        ("container-hooks.at", json!(["original", "poststop"]), "[stages.probe.grants.read] hooks"),
        ("container-hooks.at", json!(["current", "createContainer"]), "[stages.probe.grants.read] hooks"),
        ("container-device-nodes.below", json!(["original", "/dev"]), "[stages.probe.grants.read] device-nodes"),
        ("container-device-nodes.below", json!(["original", "/dev/acme"]), "[stages.probe.grants.read] device-nodes"),
        ("cdi-registry.devices", json!(["acme.com/devices"]), "[stages.probe.grants.read] cdi"),
        ("cdi-registry.devices", json!(["acme.com/*"]), "[stages.probe.grants.read] cdi"),
        ("cdi-registry.devices", json!([""]), "[stages.probe.grants.read] cdi"),
        ("host-files.glob", json!(["own", "/**"]), "[stages.probe.grants.read.files] own"),
        ("host-files.glob", json!(["own", "/granted*/**"]), "[stages.probe.grants.read.files] own"),
        ("host-files.glob", json!(["own", "/secret/*"]), "[stages.probe.grants.read.files] own"),
        ("host-files.glob", json!(["driver-root", "/granted/*"]), "[stages.probe.grants.read.files] driver-root"),
        ("host-files.stat", json!(["own", ["/granted/file", "/secret/file"]]), "[stages.probe.grants.read.files] own"),
        ("host-files.stat", json!(["own", ["/secret/not-there"]]), "[stages.probe.grants.read.files] own"),
        ("host-files.stat", json!(["own", ["/granted"]]), "[stages.probe.grants.read.files] own"),
        ("host-files.stat", json!(["host", ["/granted/file"]]), "[stages.probe.grants.read.files] host"),
        ("host-files.read-link", json!(["own", "/secret/file"]), "[stages.probe.grants.read.files] own"),
        ("host-files.resolve", json!(["own", "/secret/file"]), "[stages.probe.grants.read.files] own"),
        ("host-files.read", json!(["own", "/secret/file", 0, 9]), "[stages.probe.grants.read.files] own"),
        ("host-files.read", json!(["dev-root", "/etc/passwd", 0, 9]), "[stages.probe.grants.read.files] dev-root"),
        ("host-files.soname", json!(["own", "/secret/file"]), "[stages.probe.grants.read.files] own"),
        ("edit-env.set", json!(["LD_PRELOAD", "/x.so", "r"]), "[stages.probe.grants.edit] env"),
        ("edit-env.set", json!(["ACME", "1", "r"]), "[stages.probe.grants.edit] env"),
        ("edit-env.set", json!(["ACME_A/B", "1", "r"]), "[stages.probe.grants.edit] env"),
        ("edit-env.set", json!(["acme_one", "1", "r"]), "[stages.probe.grants.edit] env"),
        ("edit-devices.inject", json!(["acme.com/devices=0", "r"]), "[stages.probe.grants.edit] devices"),
        ("edit-devices.inject", json!(["evil.com/device=0", "r"]), "[stages.probe.grants.edit] devices"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/zero", "rw"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/null", "rwm"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/null"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/null", "x"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/null", ""]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme/0", "/dev/null", "rw"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/kmsg", "/dev/null", "rw"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/not-there", "rw"]), "[stages.probe.grants.edit] device-nodes"),
        ("edit-mounts.add", json!(["/", "/opt/acme/x", ["ro", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/secret/file", "/opt/acme/x", ["ro", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted", "/opt/acme/x", ["ro", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/etc/x", ["ro", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme", ["ro", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", [], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["ro"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["rw", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["ro", "rw", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["ro", "nosuid", "rbind"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["ro,nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", ["RO", "nosuid"], "r"]), "[stages.probe.grants.edit] mounts"),
        ("edit-hooks.add", json!(["prestart", "/usr/bin/acme-hook", ["acme-hook", "setup"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/bin/sh", ["acme-hook", "setup"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "setup", "more"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "set/up"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["sh", "setup"], 5, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "setup"], 6, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "setup"], 0, "r"]), "[stages.probe.grants.edit] hooks"),
        ("edit-hooks.remove", json!(["prestart", "/usr/bin/other-hook", "r"]), "[stages.probe.grants.edit] remove-hooks"),
        ("edit-hooks.remove", json!(["poststop", "/usr/bin/old-hook", "r"]), "[stages.probe.grants.edit] remove-hooks"),
        ("edit-hooks.remove", json!(["prestart", "/usr/bin/../bin/old-hook", "r"]), "[stages.probe.grants.edit] remove-hooks"),
        ("edit-gids.add", json!([45, "r"]), "[stages.probe.grants.edit] gids"),
        ("edit-gids.add", json!([4_294_967_295_u32, "r"]), "[stages.probe.grants.edit] gids"),
        ("edit-net-devices.add", json!(["eth0", "acme0", "r"]), "[stages.probe.grants.edit] net-devices"),
        ("edit-net-devices.add", json!(["Acme0", "acme0", "r"]), "[stages.probe.grants.edit] net-devices"),
        ("edit-rdt.set", json!(["other"]), "[stages.probe.grants.edit] rdt"),
        ("edit-rdt.set", json!([]), "[stages.probe.grants.edit] rdt"),
        ("edit-rdt.set", json!(["acme/.."]), "[stages.probe.grants.edit] rdt"),
    ]
}

/// What no grant can make right.
#[rustfmt::skip]
fn invalid() -> Vec<(&'static str, Value)> {
    vec![
        ("container-mounts.below", json!(["original", "/data/.."])),
        ("container-mounts.below", json!(["original", "/data//"])),
        ("container-mounts.below", json!(["original", "data"])),
        ("container-device-nodes.below", json!(["original", "/dev/acme9/../.."])),
        ("host-files.stat", json!(["own", ["/granted/../secret/file"]])),
        ("host-files.stat", json!(["own", ["granted/file"]])),
        ("host-files.stat", json!(["own", ["/granted//file"]])),
        ("host-files.stat", json!(["own", ["/granted/file\0"]])),
        ("host-files.read", json!(["own", "/granted/../secret/file", 0, 9])),
        ("host-files.read", json!(["own", "/granted/./file", 0, 9])),
        ("host-files.resolve", json!(["own", "/granted/../secret/file"])),
        ("host-files.read-link", json!(["own", "/granted/../secret/file"])),
        ("host-files.soname", json!(["own", "/granted/../secret/file"])),
        ("edit-env.set", json!(["ACME_=x", "1", "r"])),
        ("edit-env.set", json!(["", "1", "r"])),
        ("edit-env.set", json!(["ACME_X", "1\0", "r"])),
        ("edit-devices.inject", json!(["acme.com/device", "r"])),
        ("edit-devices.inject", json!(["acme.com/device=*", "r"])),
        ("edit-devices.inject", json!(["acme.com/device=a/b", "r"])),
        ("edit-devices.inject", json!(["../acme.com/device=0", "r"])),
        ("edit-device-nodes.add", json!(["/dev/acme/../kmsg", "/dev/null", "rw"])),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev/shm/../null", "rw"])),
        ("edit-device-nodes.add", json!(["/dev/acme0", "/dev//null", "rw"])),
        ("edit-device-nodes.add", json!(["/", "/dev/null", "rw"])),
        ("edit-mounts.add", json!(["$T/granted/../secret/file", "/opt/acme/x", ["ro", "nosuid"], "r"])),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/../../etc", ["ro", "nosuid"], "r"])),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme//x", ["ro", "nosuid"], "r"])),
        ("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x/", ["ro", "nosuid"], "r"])),
        ("edit-mounts.add", json!(["granted/file", "/opt/acme/x", ["ro", "nosuid"], "r"])),
        ("edit-mounts.add", json!(["$T/granted/file", "/", ["ro", "nosuid"], "r"])),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/../bin/acme-hook", ["acme-hook", "setup"], 5, "r"])),
        ("edit-hooks.add", json!(["createContainer", "acme-hook", ["acme-hook", "setup"], 5, "r"])),
        ("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "set\0"], 5, "r"])),
        ("edit-gids.add", json!([0, "r"])),
        ("edit-net-devices.add", json!(["acme/0", "acme0", "r"])),
        ("edit-net-devices.add", json!(["acme0", "..", "r"])),
        ("edit-net-devices.add", json!(["acme0", "", "r"])),
        ("edit-net-devices.add", json!(["acme-has-a-name-that-is-long", "acme0", "r"])),
    ]
}

fn name(call: &str, args: &Value) -> String {
    format!("{call}{args}")
}

/// Each function once, ignored after a granted edit: the file is as it was.
#[test]
fn outside_its_grant_every_function_fails_the_stage_even_if_ignored() {
    let mut seen = BTreeSet::new();
    for (call, args, grant) in outside().into_iter().filter(|(call, ..)| seen.insert(*call)) {
        let case = name(call, &args);
        let set = action("edit-env.set", &json!(["ACME_BEFORE", "1", "r"]));
        let error = Scene::new().actions(true, &[set, action(call, &args)]).refused(&case);
        assert!(error.contains("not granted: "), "{case}: {error}");
        assert!(error.contains(grant), "{case}: {grant} is not in {error}");
    }
}

/// All of them, in one call that ignores every refusal.
#[test]
fn whatever_lies_beside_a_grant_is_refused() {
    let actions: Vec<Value> = outside().iter().map(|(call, args, _)| action(call, args)).collect();
    let (cause, log) = Scene::new().actions(true, &actions).skipped("all refusals");
    assert!(cause.contains("not granted: read env \"OTHER\"; add it to"), "{cause}");
    assert_eq!(log.len(), actions.len());
    for (line, (call, args, grant)) in log.iter().zip(outside()) {
        let case = name(call, &args);
        assert!(line.starts_with(&format!("{call}: NotGranted: ")), "{case}: {line}");
        assert!(line.contains(grant), "{case}: {grant} is not in {line}");
    }
}

#[test]
fn a_refusal_that_is_not_ignored_names_function_and_grant() {
    let args = json!(["LD_PRELOAD", "/x.so", "r"]);
    let error = Scene::new().actions(false, &[action("edit-env.set", &args)]).refused("a refusal");
    assert_eq!(
        error,
        "stage \"probe\": not granted: edit env \"LD_PRELOAD\"; add it to [stages.probe.grants.edit] env"
    );
}

#[test]
fn what_cannot_be_right_is_invalid() {
    let actions: Vec<Value> = invalid().iter().map(|(call, args)| action(call, args)).collect();
    let scene = Scene::new().actions(true, &actions);
    let (document, log) = scene.applied("all invalid ones, ignored");
    assert_eq!(document, scene.document);
    assert_eq!(log.len(), actions.len());
    for (line, (call, args)) in log.iter().zip(invalid()) {
        assert!(line.starts_with(&format!("{call}: Invalid: ")), "{}: {line}", name(call, &args));
    }
    let error = Scene::new().actions(false, &actions[..1]).refused("an invalid one, not ignored");
    assert!(error.contains("container-mounts.below: invalid: "), "{error}");
}

#[test]
fn an_option_that_propagates_is_never_granted() {
    let options = [
        "shared",
        "rshared",
        "slave",
        "rslave",
        "unbindable",
        "runbindable",
        "remount",
        "idmap",
        "ridmap",
        "lowerdir=/",
        "upperdir=/x",
        "move",
        "rro",
        "tmpcopyup",
        "defaults",
        "sync",
        "",
        "bind\0shared",
    ];
    let mount = |option| {
        action("edit-mounts.add", &json!(["$T/granted/file", "/opt/acme/x", [option], "r"]))
    };
    let scene = Scene::new().grant("edit", "mounts", r#"["/** => /**"]"#);
    let (cause, log) = scene.actions(true, &options.map(mount)).skipped("options");
    assert!(cause.contains("not granted: add mount"), "{cause}");
    assert_eq!(log.len(), options.len());
    for (line, option) in log.iter().zip(options) {
        assert!(line.starts_with("edit-mounts.add: NotGranted: "), "{option:?}: {line}");
    }
}

#[test]
fn granted_only_tells() {
    #[rustfmt::skip]
    let cases = [
        ("container-env.granted", json!(["ACME_ONE"]), json!(["OTHER"])),
        ("container-annotations.granted", json!(["acme.com/a"]), json!(["acme.com/a/b"])),
        ("container-mounts.granted", json!(["/data/x"]), json!(["/data/../x"])),
        ("container-hooks.granted", json!(["prestart"]), json!(["poststop"])),
        ("container-device-nodes.granted", json!(["/dev/acme9"]), json!(["/dev/acme"])),
        ("host-files.granted", json!(["own", "/granted/file"]), json!(["own", "/granted/../secret"])),
        ("edit-env.granted", json!(["ACME_X"]), json!(["ACME_X/Y"])),
        ("edit-devices.granted", json!(["acme.com/device=0"]), json!(["acme.com/devices=0"])),
        ("edit-device-nodes.granted", json!(["/dev/null", "/dev/acme0"]), json!(["/dev/zero", "/dev/acme0"])),
        ("edit-mounts.granted", json!(["$T/granted/file", "/opt/acme/x"]), json!(["$T/granted/../x", "/opt/acme/x"])),
        ("edit-hooks.granted", json!(["createContainer", "/usr/bin/acme-hook"]), json!(["createContainer", "/usr/bin/../acme-hook"])),
        ("edit-gids.granted", json!([44]), json!([0])),
        ("edit-net-devices.granted", json!(["acme0"]), json!(["eth0"])),
        ("edit-rdt.granted", json!(["acme"]), json!([""])),
    ];
    let actions: Vec<Value> = cases
        .iter()
        .flat_map(|(call, inside, outside)| [action(call, inside), action(call, outside)])
        .collect();
    let scene = Scene::new().actions(false, &actions);
    let (document, log) = scene.applied("granted");
    assert_eq!(document, scene.document);
    assert_eq!(log.len(), 2 * cases.len());
    for (lines, (call, ..)) in log.chunks(2).zip(&cases) {
        assert_eq!(lines[0], format!("{call}: ok true"));
        assert_eq!(lines[1], format!("{call}: ok false"));
    }
}

/// What each reading function answers inside its grant: a part of it.
#[test]
fn inside_its_grant_every_read_answers() {
    #[rustfmt::skip]
    let cases = [
        ("container-env.get", json!(["original", ["ACME_ONE", "ACME_TWO"]]), r#"[Some("1"), None]"#),
        ("container-env.with-prefix", json!(["current", "ACME_"]), r#"name: "ACME_ONE", value: "1""#),
        ("container-env.malformed", json!(["original"]), "[3]"),
        ("container-annotations.get", json!(["original", ["acme.com/a"]]), r#"[Some("1")]"#),
        ("container-annotations.with-prefix", json!(["original", "acme.com/"]), r#"key: "acme.com/a""#),
        ("container-mounts.below", json!(["original", "/data"]), r#"destination: "/data""#),
        ("container-hooks.at", json!(["original", "prestart"]), r#"path: "/usr/bin/old-hook""#),
        ("container-device-nodes.below", json!(["original", "/dev/acme9"]), r#"path: "/dev/acme9""#),
        ("container-process.get-user", json!([]), "uid: 1, gid: 2"),
        ("container-process.get-capabilities", json!([]), "CAP_KILL"),
        ("container-namespaces.all", json!([]), "mount"),
        ("platform.architecture", json!([]), std::env::consts::ARCH),
        ("platform.kernel-release", json!([]), "."),
        ("platform.has-tegra-files", json!([]), ""),
        ("platform.has-dxcore", json!([]), ""),
        ("platform.has-nvml", json!([]), ""),
        ("cdi-registry.devices", json!(["acme.com/device"]), r#"["acme.com/device=0"]"#),
        ("host-files.glob", json!(["own", "/granted/*"]), r#"path: "/granted/file""#),
        ("host-files.stat", json!(["own", ["/granted/file", "/granted/none"]]), "None"),
        ("host-files.resolve", json!(["own", "/granted/file"]), r#""/granted/file""#),
        ("host-files.read", json!(["own", "/granted/inner/file", 1, 2]), "ee"),
    ];
    let actions: Vec<Value> = cases.iter().map(|(call, args, _)| action(call, args)).collect();
    let (_, log) = Scene::new().actions(false, &actions).applied("reading");
    for (line, (call, _, part)) in log.iter().zip(&cases) {
        let answer = line.strip_prefix(&format!("{call}: ok ")).unwrap_or_else(|| panic!("{line}"));
        assert!(answer.contains(part), "{line}");
        assert!(!answer.contains("hidden"), "{line}");
    }
    assert_eq!(log.len(), cases.len());
}

/// The same edits that are refused outside, inside.
#[test]
fn inside_its_grant_every_edit_is_made() {
    #[rustfmt::skip]
    let actions = [
        action("edit-env.set", &json!(["ACME_X", "1", "r"])),
        action("edit-devices.inject", &json!(["acme.com/device=0", "r"])),
        action("edit-device-nodes.add", &json!(["/dev/acme0", "/dev/null", "rw"])),
        action("edit-mounts.add", &json!(["$T/granted/file", "/opt/acme/x", ["ro", "nosuid"], "r"])),
        action("edit-hooks.add", &json!(["createContainer", "/usr/bin/acme-hook", ["acme-hook", "setup"], 5, "r"])),
        action("edit-hooks.remove", &json!(["prestart", "/usr/bin/old-hook", "r"])),
        action("edit-gids.add", &json!([44, "r"])),
        action("edit-net-devices.add", &json!(["acme0", "eth0", "r"])),
        action("edit-rdt.set", &json!(["acme"])),
    ];
    let scene = Scene::new().actions(false, &actions);
    let (document, log) = scene.applied("editing");
    assert_eq!(log.len(), actions.len());
    let source = scene.path("granted/file").canonicalize().unwrap();
    #[rustfmt::skip]
    let expected = [
        ("/process/env/4", json!("DEVICE=0")),
        ("/process/env/5", json!("ACME_X=1")),
        ("/process/user/additionalGids", json!([44])),
        ("/linux/devices/1/path", json!("/dev/acme0")),
        ("/linux/devices/1/major", json!(1)),
        ("/linux/devices/1/minor", json!(3)),
        ("/linux/resources/devices/0/access", json!("rw")),
        ("/mounts/2/destination", json!("/opt/acme/x")),
        ("/mounts/2/source", json!(source)),
        ("/mounts/2/options", json!(["ro", "nosuid", "bind", "rprivate"])),
        ("/hooks/createContainer/0", json!({ "path": "/usr/bin/acme-hook", "args": ["acme-hook", "setup"], "env": ["GANTRY=1"], "timeout": 5 })),
        ("/linux/netDevices/acme0/name", json!("eth0")),
        ("/linux/intelRdt/closID", json!("acme")),
        ("/linux/unknown/kept", json!(1.0)),
    ];
    for (pointer, value) in expected {
        assert_eq!(document.pointer(pointer), Some(&value), "{pointer} in {document:#}");
    }
    assert!(!document.to_string().contains("old-hook"), "{document:#}");
}

#[test]
fn the_gpus_of_a_host_need_a_grant_and_nothing_else() {
    for call in ["gpus.get-driver", "gpus.all"] {
        let (_, log) = Scene::new().actions(true, &[action(call, &json!([]))]).applied(call);
        assert!(!log[0].contains("NotGranted"), "{log:?}");
    }
}

/// A name with `/` begins with a granted prefix, and `*` does not cross it: there are no answers with
/// gaps.
#[test]
fn a_list_that_holds_what_is_not_granted_is_refused_whole() {
    for (pointer, value, call, prefix) in [
        ("/process/env/4", json!("ACME_A/B=hidden"), "container-env.with-prefix", "ACME_"),
        ("/annotations", json!("hidden"), "container-annotations.with-prefix", "acme.com/"),
    ] {
        let mut scene = Scene::new().actions(false, &[action(call, &json!(["original", prefix]))]);
        if pointer == "/annotations" {
            scene.document["annotations"]["acme.com/a/b"] = value;
        } else {
            scene.document["process"]["env"].as_array_mut().unwrap().push(value);
        }
        let error = scene.refused(call);
        assert!(error.contains("not granted: read"), "{call}: {error}");
        assert!(!error.contains("hidden"), "{call}: {error}");
    }
}
