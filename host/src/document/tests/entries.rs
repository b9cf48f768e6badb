//! New entries are what `oci-spec` would write, and are known by the same as when they are read.

use oci_spec::runtime::{
    HookBuilder, LinuxDeviceBuilder, LinuxDeviceCgroupBuilder, LinuxDeviceType,
    LinuxIntelRdtBuilder, LinuxNetDeviceBuilder, MountBuilder,
};
use serde::Serialize;
use serde_json::Value;

use super::super::list::{Identity, ListKind};
use super::super::scan::Scanner;
use super::super::{
    DeviceNode, DeviceRule, Edit, Hook, HookPoint, IntelRdt, Mount, Prepared, entry,
};
use super::document;

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// What `oci-spec` writes, by key, without what it adds where nothing is given.
fn written(entry: impl Serialize, absent: &[&str]) -> String {
    let mut value = serde_json::to_value(entry).unwrap();
    for key in absent {
        value.as_object_mut().unwrap().remove(*key);
    }
    // Keys in the order of their bytes, whatever features `serde_json` has.
    let sorted: std::collections::BTreeMap<String, Value> = serde_json::from_value(value).unwrap();
    serde_json::to_string(&sorted).unwrap()
}

fn made(write: impl FnOnce(&mut String) -> Result<(), String>) -> String {
    let mut out = String::new();
    write(&mut out).unwrap();
    out
}

const ODD: &str = "a \"b\"\\\u{1f}\u{7f}ä😀/";

#[test]
fn mounts_are_as_in_oci_spec() {
    for (destination, source, fs_type, options) in [
        ("/a", None, None, &[][..]),
        ("/a", Some("/s"), Some("bind"), &["ro", "rbind"]),
        (ODD, Some(ODD), Some(""), &[ODD, ""]),
    ] {
        let mount = Mount {
            destination: destination.to_owned(),
            source: source.map(str::to_owned),
            fs_type: fs_type.map(str::to_owned),
            options: strings(options),
        };
        let mut theirs = MountBuilder::default().destination(destination);
        theirs = source.into_iter().fold(theirs, MountBuilder::source);
        theirs = fs_type.into_iter().fold(theirs, MountBuilder::typ);
        if !options.is_empty() {
            theirs = theirs.options(strings(options));
        }
        assert_eq!(entry::mount(&mount), written(theirs.build().unwrap(), &[]));
    }
}

#[test]
fn hooks_are_as_in_oci_spec() {
    for (path, args, env, timeout) in [
        ("/h", &[][..], &[][..], None),
        (ODD, &["h", ODD], &["K=v"], Some(0)),
        ("/h", &[], &[], Some(-7)),
    ] {
        let (args, env) = (strings(args), strings(env));
        let mut theirs = HookBuilder::default().path(path);
        if !args.is_empty() {
            theirs = theirs.args(args.clone());
        }
        if !env.is_empty() {
            theirs = theirs.env(env.clone());
        }
        theirs = timeout.into_iter().fold(theirs, HookBuilder::timeout);
        let hook = Hook { path: path.to_owned(), args, env, timeout };
        assert_eq!(entry::hook(&hook), written(theirs.build().unwrap(), &[]));
    }
}

const TYPES: [(&str, LinuxDeviceType); 5] = [
    ("a", LinuxDeviceType::A),
    ("b", LinuxDeviceType::B),
    ("c", LinuxDeviceType::C),
    ("u", LinuxDeviceType::U),
    ("p", LinuxDeviceType::P),
];

#[test]
fn device_nodes_are_as_in_oci_spec() {
    for (letter, typ) in TYPES {
        for (major, file_mode) in
            [(None, None), (Some(195), Some(0o666)), (Some(i64::MIN), Some(0))]
        {
            let node = DeviceNode {
                path: ODD.to_owned(),
                node_type: letter.to_owned(),
                major,
                minor: major.map(|_| i64::MAX),
                file_mode,
                uid: file_mode.map(|_| u32::MAX),
                gid: file_mode,
            };
            let mut theirs = LinuxDeviceBuilder::default().path(ODD).typ(typ);
            theirs = node.major.into_iter().fold(theirs, LinuxDeviceBuilder::major);
            theirs = node.minor.into_iter().fold(theirs, LinuxDeviceBuilder::minor);
            theirs = node.file_mode.into_iter().fold(theirs, LinuxDeviceBuilder::file_mode);
            theirs = node.uid.into_iter().fold(theirs, LinuxDeviceBuilder::uid);
            theirs = node.gid.into_iter().fold(theirs, LinuxDeviceBuilder::gid);
            // It writes 0 for a number that a FIFO does not have.
            let absent: &[_] = if major.is_none() { &["major", "minor"] } else { &[] };
            let theirs = written(theirs.build().unwrap(), absent);
            assert_eq!(made(|out| entry::device_node(out, &(&node).into())), theirs);
        }
    }
}

#[test]
fn device_rules_are_as_in_oci_spec() {
    for (letter, typ) in TYPES {
        for (allow, number, access) in [(false, None, None), (true, Some(0), Some("rwm"))] {
            let rule = DeviceRule {
                allow,
                node_type: number.map(|_| letter.to_owned()),
                major: number,
                minor: number,
                access: access.map(str::to_owned),
            };
            let mut theirs = LinuxDeviceCgroupBuilder::default().allow(allow);
            if let Some(number) = number {
                theirs = theirs.typ(typ).major(number).minor(number);
            }
            theirs = access.into_iter().fold(theirs, LinuxDeviceCgroupBuilder::access);
            // Not sorted, as engines do. It writes `null` where no access is given.
            let theirs = serde_json::to_string(&theirs.build().unwrap()).unwrap();
            let theirs = theirs.replace(r#","access":null"#, "");
            assert_eq!(made(|out| entry::device_rule(out, &(&rule).into())), theirs);
        }
    }
}

#[test]
fn interfaces_and_rdt_are_as_in_oci_spec() {
    let theirs = LinuxNetDeviceBuilder::default().name(ODD).build().unwrap();
    assert_eq!(entry::net_device(ODD), written(theirs, &[]));
    for (text, lines, monitoring) in
        [(None, None, None), (Some(ODD), Some(strings(&[ODD, ""])), Some(true))]
    {
        let owned = || text.map(str::to_owned);
        let rdt = IntelRdt {
            clos_id: owned(),
            l3_cache_schema: owned(),
            mem_bw_schema: owned(),
            schemata: lines.clone(),
            enable_monitoring: monitoring,
        };
        let mut theirs = LinuxIntelRdtBuilder::default();
        if let (Some(text), Some(lines)) = (text, lines) {
            theirs = theirs.clos_id(text).l3_cache_schema(text).mem_bw_schema(text);
            theirs = theirs.schemata(lines).enable_monitoring(true);
        }
        assert_eq!(entry::intel_rdt(&rdt), written(theirs.build().unwrap(), &[]));
    }
}

#[test]
fn what_is_plain_to_see_is_what_serde_json_reads() {
    use ListKind::{DeviceNodes, DeviceRules, Env, Gids, Mounts};
    for (kind, raw, is_plain) in [
        (Env, r#""A=b=c""#, true),
        (Env, r#""A""#, true),
        (Env, r#""\u0041=b""#, false),
        (Env, "7", false),
        (Gids, "0", true),
        (Gids, "4294967295", true),
        (Gids, "4294967296", false),
        (Gids, "-0", false),
        (Gids, "1.0", false),
        (Mounts, "{}", true),
        (Mounts, "[]", false),
        (Mounts, r#"{"destination":null,"x":{"destination":"/x"}}"#, true),
        (Mounts, r#"{ "x" : "\u00e4" , "destination" : "/a/../b/" }"#, true),
        (Mounts, r#"{"destination":"/\u0061"}"#, false),
        (Mounts, r#"{"destin\u0061tion":"/a"}"#, false),
        (Mounts, r#"{"destination":"/a","destination":"/b"}"#, false),
        (Mounts, r#"{"destination":7}"#, false),
        (DeviceNodes, r#"{"path":"/d/","major":1}"#, true),
        (DeviceNodes, r#"{"path":["/d"]}"#, false),
        (DeviceRules, "{}", true),
        (DeviceRules, r#"{"allow":false,"access":null,"type":"","major":-1,"minor":null}"#, true),
        (DeviceRules, r#"{"allow":true,"access":"rwm","type":"c","major":1,"minor":3}"#, true),
        (DeviceRules, r#"{"allow":"true"}"#, false),
        (DeviceRules, r#"{"major":1e3}"#, false),
        (DeviceRules, r#"{"major":-0}"#, false),
        (DeviceRules, r#"{"major":9223372036854775808}"#, false),
    ] {
        let mut scanner = Scanner::new(raw, 0);
        let seen = kind.pass(&mut scanner).unwrap();
        assert_eq!(scanner.position(), raw.len(), "{raw}");
        assert_eq!(seen.is_some(), is_plain, "{raw}");
        if let Some(seen) = seen {
            assert_eq!(seen, kind.read(raw).unwrap(), "{raw}");
        }
    }
}

#[test]
fn an_edit_is_known_by_what_its_entry_is() {
    let text = |text: &str| text.to_owned();
    let mount = Mount { destination: text("/a//b/"), ..Mount::default() };
    let hook = Hook { path: text(ODD), args: strings(&[ODD]), ..Hook::default() };
    let node_type = || text("c");
    let node = DeviceNode { path: text("/d/"), node_type: node_type(), ..DeviceNode::default() };
    let rule = DeviceRule { node_type: Some(node_type()), major: Some(7), ..DeviceRule::default() };
    let point = HookPoint::Poststop;
    for (edit, pointer) in [
        (Edit::SetEnv { name: text("Ä"), value: text("=b\n") }, "/process/env/0"),
        (Edit::PutMount(mount.into()), "/mounts/0"),
        (Edit::AddHook { point, hook: hook.into() }, "/hooks/poststop/0"),
        (Edit::PutDeviceNode(node), "/linux/devices/0"),
        (Edit::AddDeviceRule(rule), "/linux/resources/devices/0"),
        (Edit::AddGid(5), "/process/user/additionalGids/0"),
    ] {
        let changes = document("{}").apply(&edit).unwrap();
        assert_eq!(changes[0].pointer.to_string(), pointer);
        let kind = ListKind::of(&edit).unwrap();
        let entry = changes[0].after.as_ref().unwrap().to_string();
        let (ours, read) = (Identity::of(&edit).unwrap(), kind.identity(&entry).unwrap());
        assert_eq!(ours, read, "{edit:?}");
        assert_eq!(ours.key(), read.key(), "{edit:?}");
    }
}

#[test]
fn prepared_values_are_equal_if_the_values_are() {
    let mount = |destination: &str| {
        Prepared::from(Mount { destination: destination.to_owned(), ..Mount::default() })
    };
    assert_eq!(mount("/a"), mount("/a"));
    // They lead to the same place and are written differently.
    assert_ne!(mount("/a"), mount("/a/"));
}
