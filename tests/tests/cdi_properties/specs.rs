//! Arbitrary valid specs: every field, and texts that a writer must quote.

use gantry::cdi::{
    ContainerEdits, Device, DeviceNode, Hook, IntelRdt, Mount, NetDevice, Spec, Version,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Texts that mean something in YAML, or nearly.
const TRICKY: &[&str] = &[
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "n",
    "null",
    "~",
    "Null",
    "true",
    "0",
    "007",
    "0x10",
    "0o17",
    "0b11",
    "1_000",
    "1e3",
    ".5",
    ".nan",
    "-.inf",
    "1:30",
    "2024-01-01",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    "a: b",
    "a:",
    "#",
    "a # b",
    "<<",
    "=",
    "!",
    "!!int",
    "&a",
    "*a",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    "\"",
    "''",
    "\\",
    "[",
    "]",
    "{}",
    ",",
    "---",
    "...",
    "--- a",
    " a",
    "a ",
    "a\n",
    "\na",
    "a\nb\n\n",
    "a\n  b",
    "\t",
    "a\tb",
    "\r",
    "a\r\nb",
    "\0",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "é",
    "🦀",
    "\u{10ffff}",
    "${HOME}",
    "a=b",
    "\u{7}",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(TRICKY).prop_map(str::to_owned),
        2 => "[a-z/=. :#-]{0,12}",
        1 => any::<String>(),
        1 => (select(TRICKY), select(TRICKY)).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

/// A text that is not empty.
fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| if text.is_empty() { "x".to_owned() } else { text })
}

fn env() -> impl Strategy<Value = String> {
    (some_text(), text()).prop_map(|(name, value)| format!("{}={value}", name.replace('=', "_")))
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![0..300_i64, select(&[i64::MIN, -1, i64::MAX][..]), any::<i64>()]
}

fn node() -> impl Strategy<Value = DeviceNode> {
    let node_type = select(&["", "b", "c", "u", "p"][..]).prop_map(str::to_owned);
    let permissions = prop_oneof!["[rwm]{0,4}", Just("none".to_owned())];
    let ids = (option::of(any::<u32>()), option::of(any::<u32>()), option::of(any::<u32>()));
    (some_text(), text(), node_type, number(), number(), permissions, ids).prop_map(
        |(path, host_path, node_type, major, minor, permissions, (file_mode, uid, gid))| {
            DeviceNode {
                path,
                host_path,
                node_type,
                major,
                minor,
                file_mode,
                permissions,
                uid,
                gid,
            }
        },
    )
}

fn mount() -> impl Strategy<Value = Mount> {
    (some_text(), some_text(), vec(text(), 0..3), text()).prop_map(
        |(host_path, container_path, options, mount_type)| Mount {
            host_path,
            container_path,
            options,
            mount_type,
        },
    )
}

fn hook() -> impl Strategy<Value = Hook> {
    let names = select(
        &[
            "prestart",
            "createRuntime",
            "createContainer",
            "startContainer",
            "poststart",
            "poststop",
        ][..],
    );
    (names, some_text(), vec(text(), 0..3), vec(env(), 0..3), option::of(number())).prop_map(
        |(name, path, args, env, timeout)| Hook {
            hook_name: name.to_owned(),
            path,
            args,
            env,
            timeout,
        },
    )
}

fn rdt() -> impl Strategy<Value = IntelRdt> {
    let clos_id = text().prop_map(|id| {
        let refused = id == "." || id == ".." || id.contains(['/', '\n']);
        if refused { "/".to_owned() } else { id }
    });
    (clos_id, text(), text(), option::of(vec(text(), 0..3)), any::<bool>()).prop_map(
        |(clos_id, l3_cache_schema, mem_bw_schema, schemata, enable_monitoring)| IntelRdt {
            clos_id,
            l3_cache_schema,
            mem_bw_schema,
            schemata,
            enable_monitoring,
        },
    )
}

fn net_devices() -> impl Strategy<Value = Vec<NetDevice>> {
    // Names differ by their place in the list.
    vec((some_text(), some_text()), 0..3).prop_map(|names| {
        let device = |(i, (host, name)): (usize, (String, String))| NetDevice {
            host_interface_name: format!("{host}{i}"),
            name: format!("{name}{i}"),
        };
        names.into_iter().enumerate().map(device).collect()
    })
}

pub(crate) fn edits() -> impl Strategy<Value = ContainerEdits> {
    let lists = (vec(env(), 0..3), vec(node(), 0..3), vec(hook(), 0..3), vec(mount(), 0..3));
    (lists, net_devices(), option::of(rdt()), vec(any::<u32>(), 0..3)).prop_map(
        |((env, device_nodes, hooks, mounts), net_devices, intel_rdt, additional_gids)| {
            ContainerEdits {
                env,
                device_nodes,
                net_devices,
                hooks,
                mounts,
                intel_rdt,
                additional_gids,
            }
        },
    )
}

/// Valid, of the lowest version that it can name.
pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    let name = "[a-zA-Z]([a-zA-Z0-9_.-]{0,6}[a-zA-Z0-9])?";
    let device = "[a-zA-Z0-9]([a-zA-Z0-9_.:-]{0,6}[a-zA-Z0-9])?";
    let annotations =
        || btree_map("([a-z][a-z0-9]{0,5}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,6}[a-z])?", text(), 0..3);
    let devices = vec((annotations(), edits()), 1..4);
    ((name, name), annotations(), btree_map(device, Just(()), 4), devices, edits(), any::<bool>())
        .prop_map(|((vendor, class), annotations, names, devices, container_edits, current)| {
            let devices = names.into_keys().zip(devices).map(|(name, (annotations, mut edits))| {
                if edits.is_empty() {
                    edits.env.push("A=b".to_owned());
                }
                Device { name, annotations, container_edits: edits }
            });
            let kind = format!("{vendor}/{class}");
            let devices = devices.collect();
            let mut spec =
                Spec { cdi_version: String::new(), kind, annotations, devices, container_edits };
            let version = if current { Version::CURRENT } else { spec.minimum_version() };
            spec.cdi_version = version.to_string();
            spec
        })
}
