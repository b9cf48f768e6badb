//! Requests that are small for the modifier and large for the host: its memory stays bounded. Each
//! runs in a process that may have no more than a certain address space.

use serde_json::{Value, json};

use crate::scene::{Scene, action};
use crate::wrapper::{assert_refused, create};

/// KiB. The compiler and the component have their part of it.
const ADDRESS_SPACE: u32 = 768 * 1024;
/// The modifier itself may have much; what the host may be made to allocate is as by default.
const LIMITS: &str = "memory = \"64MiB\"\nfuel = 10_000_000_000\ntime = \"60s\"\n\
                      log-lines = 100000\nlog-bytes = \"64MiB\"";

const HOST: &str = "(limits.host-bytes)";

/// What is asked for, and the end of it.
#[rustfmt::skip]
fn requests() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    let one = |call: &str, args: Value| vec![action(call, &args)];
    let long = |text: &str, times: u32| json!({ "repeat": text, "times": times });
    vec![
        ("a long name", one("edit-env.set", json!([long("x", 20 << 20), "1", "r"])), HOST),
        ("a long value", one("edit-env.set", json!(["ACME_X", long("x", 20 << 20), "r"])), HOST),
        ("a long reason", one("edit-env.set", json!(["ACME_X", "1", long("x", 20 << 20)])), HOST),
        ("three that are too long together", one("edit-env.set", json!(["ACME_X", long("x", 9 << 20), long("x", 9 << 20)])), HOST),
        ("a name of 12 MiB", one("edit-env.set", json!([long("x", 12 << 20), "1", "r"])), "not granted"),
        ("a name of 12 MiB of what is escaped", one("edit-env.set", json!([long("\u{1}", 12 << 20), "1", "r"])), "not granted"),
        ("a value of 12 MiB", one("edit-env.set", json!(["ACME_X", long("x", 12 << 20), "r"])), "(limits.edit-bytes)"),
        ("a reason of 12 MiB", one("edit-env.set", json!(["ACME_X", "1", long("x", 12 << 20)])), "(limits.edit-bytes)"),
        ("one name, many times", one("container-env.get", json!(["original", long("ACME_ONE", 2_000_000)])), HOST),
        ("one long value, many times", one("container-env.get", json!(["original", long("ACME_BIG", 300_000)])), HOST),
        ("one long annotation, many times", one("container-annotations.get", json!(["original", long("acme.com/big", 300_000)])), HOST),
        ("a long prefix", one("container-env.with-prefix", json!(["original", long("ACME_", 3 << 20)])), ""),
        ("a long prefix of keys", one("container-annotations.with-prefix", json!(["original", long("acme.com/", 3 << 19)])), ""),
        ("a long directory", one("container-mounts.below", json!(["original", long("/data", 3 << 20)])), "invalid"),
        ("a long directory of nodes", one("container-device-nodes.below", json!(["original", long("/dev/acme9", 3 << 19)])), "invalid"),
        ("a long kind", one("cdi-registry.devices", json!([long("\u{1}", 12 << 20)])), "not granted"),
        ("a long device", one("edit-devices.inject", json!([long("\u{1}", 12 << 20), "r"])), "invalid"),
        ("a long root", one("host-files.stat", json!([long("\u{1}", 12 << 20), ["/granted/file"]])), "not granted"),
        ("a long path", one("host-files.read", json!(["own", long("/granted", 3 << 19), 0, 9])), "invalid"),
        ("a long pattern", one("host-files.glob", json!(["own", long("/granted/*", 3 << 19)])), "not granted"),
        ("many paths", one("host-files.stat", json!(["own", long("/granted/file", 300_000)])), "4096 at most"),
        ("a long read", one("host-files.read", json!(["own", "/granted/file", 0, 4_000_000_000_u32])), "1048576 at most"),
        ("a long node", one("edit-device-nodes.add", json!([long("/dev/acme", 1 << 20), "/dev/null", "rw"])), "invalid"),
        ("long permissions", one("edit-device-nodes.add", json!(["/dev/acme0", "/dev/null", long("r", 12 << 20)])), "(limits.edit-bytes)"),
        ("a long source", one("edit-mounts.add", json!([long("/granted", 3 << 19), "/opt/acme/x", ["ro", "nosuid"], "r"])), "invalid"),
        ("many options", one("edit-mounts.add", json!(["$T/granted/file", "/opt/acme/x", long("ro", 300_000), "r"])), "(limits.edit-bytes)"),
        ("many arguments", one("edit-hooks.add", json!(["createContainer", "/usr/bin/acme-hook", long("acme-hook", 300_000), 5, "r"])), "not granted"),
        ("a long hook", one("edit-hooks.add", json!(["createContainer", long("/usr", 3 << 20), ["acme-hook"], 5, "r"])), "invalid"),
        ("a long interface", one("edit-net-devices.add", json!([long("\u{1}", 12 << 20), "acme0", "r"])), "invalid"),
        ("a long class", one("edit-rdt.set", json!([long("\u{1}", 12 << 20)])), "not granted"),
        ("a long schema", one("edit-rdt.set", json!(["acme", long("x", 12 << 20)])), ""),
        ("many schemata", one("edit-rdt.set", json!(["acme", "", "", long("", 600_000)])), ""),
        ("a long hook to remove", one("edit-hooks.remove", json!(["prestart", long("\u{1}", 12 << 20), "r"])), "not granted"),
        ("many schemata, many times", vec![action("edit-rdt.set", &json!(["acme", "", "", long("", 600_000)])); 400], "(limits.edit-bytes)"),
        ("many empty arguments, many times", vec![action("edit-hooks.add", &json!(["poststop", "/usr/bin/any", long("", 600_000), 5, "r"])); 400], "(limits.edit-bytes)"),
        ("many short options, many times", vec![action("edit-mounts.add", &json!(["$T/granted/any", "/opt/acme/x", long("ro", 500_000), "r"])); 400], "(limits.edit-bytes)"),
    ]
}

#[test]
fn the_hosts_memory_stays_bounded() {
    for (case, actions, expected) in requests() {
        let mut scene = Scene::new()
            .limit(LIMITS)
            .grant(
                "edit",
                "hooks",
                r#"[{ point = "poststop", path = "/usr/bin/any", args = ["**"], timeout = 5 }]"#,
            )
            .grant("edit", "mounts", r#"["$T/granted/* => /opt/acme/**"]"#)
            .actions(false, &actions);
        std::fs::write(scene.path("granted/any"), "").unwrap();
        let big = "x".repeat(1 << 16);
        scene.document["process"]["env"][2] = json!(format!("ACME_BIG={big}"));
        scene.document["annotations"]["acme.com/big"] = json!(big);
        let created = create(&scene, Some(ADDRESS_SPACE));
        if expected.is_empty() && created.output.status.success() {
            continue;
        }
        assert_refused(case, &scene, &created, expected);
    }
}

/// Questions that fail nothing, and so can be asked without end.
#[test]
fn long_questions_do_not_fill_the_hosts_memory() {
    let long = json!({ "repeat": "\u{1}", "times": 12 << 20 });
    let calls = [
        ("container-env.granted", json!([long])),
        ("container-annotations.granted", json!([long])),
        ("container-mounts.granted", json!([long])),
        ("container-device-nodes.granted", json!([long])),
        ("host-files.granted", json!([long, "/granted/file"])),
        ("host-files.granted", json!(["own", long])),
        ("edit-env.granted", json!([long])),
        ("edit-devices.granted", json!([long])),
        ("edit-device-nodes.granted", json!([long, "/dev/acme0"])),
        ("edit-mounts.granted", json!(["/x", long])),
        ("edit-hooks.granted", json!(["prestart", long])),
        ("edit-net-devices.granted", json!([long])),
        ("edit-rdt.granted", json!([long])),
    ];
    let actions: Vec<Value> = calls.iter().map(|(call, args)| action(call, args)).collect();
    let scene =
        Scene::new().limit(LIMITS).grant("read", "env", r#"["*"]"#).actions(false, &actions);
    let created = create(&scene, Some(ADDRESS_SPACE));
    assert!(created.output.status.success(), "{:?}", created.output);
    assert!(created.started);
}
