//! Specs: what is refused and how that is said, what YAML means, and what no input can do.

use proptest::prelude::*;

use super::*;

/// A spec with one device, whose edits are these.
fn yaml(edits: &str) -> String {
    format!("cdiVersion: 1.1.0\nkind: v.com/c\ndevices:\n- name: d\n  containerEdits: {edits}\n")
}

fn error(text: &str, format: Format) -> String {
    Spec::parse(text.as_bytes(), format).unwrap_err().to_string()
}

#[test]
fn yaml_errors_say_where() {
    for (text, message) in [
        (String::new(), "holds no spec: it is empty"),
        ("# x\n---\n".into(), "holds no spec: it is empty"),
        ("null".into(), "holds no spec: it is empty"),
        ("hello".into(), "line 1 column 1: expected an object, found a scalar"),
        ("[a]".into(), "line 1 column 1: expected an object, found a list"),
        ("a: b\n c: d".into(), "line 2 column 3: mapping values are not allowed in this context"),
        ("a: *x".into(), "line 1 column 4: while parsing node, found unknown anchor"),
        ("a: &x [*x]".into(), "line 1 column 8: an anchor that contains itself"),
        ("kind: a\nkind: b".into(), "line 2 column 1: duplicate key \"kind\""),
        ("annotations: {a: b, a: c}".into(), "line 1 column 21: annotations: duplicate key \"a\""),
        (
            "foo: 1".into(),
            "line 1 column 1: unknown field `foo`, expected one of `cdiVersion`, `kind`, `annotations`, `devices`, `containerEdits`",
        ),
        (
            yaml("{envs: [A=b]}"),
            "line 5 column 20: devices[0].containerEdits: unknown field `envs`, expected one of `env`, `deviceNodes`, `netDevices`, `hooks`, `mounts`, `intelRdt`, `additionalGids`",
        ),
        (
            yaml("[]"),
            "line 5 column 19: devices[0].containerEdits: expected an object, found a list",
        ),
        (
            yaml("{deviceNodes: [null]}"),
            "line 5 column 34: devices[0].containerEdits.deviceNodes[0]: expected an object, found null",
        ),
        (
            yaml("{deviceNodes: [{path: /a, fileMode: \"0660\"}]}"),
            "line 5 column 55: devices[0].containerEdits.deviceNodes[0].fileMode: invalid type: a string, expected u32",
        ),
        (
            yaml("{additionalGids: [-1]}"),
            "line 5 column 37: devices[0].containerEdits.additionalGids[0]: invalid value: integer `-1`, expected u32",
        ),
        (
            yaml("{hooks: [{hookName: prestart, path: /x, timeout: !!int x}]}"),
            "line 5 column 68: devices[0].containerEdits.hooks[0].timeout: \"x\" is not what its tag says",
        ),
        (
            yaml("{intelRdt: {enableMBM: true}}"),
            "line 5 column 31: devices[0].containerEdits.intelRdt: unknown field `enableMBM`: 1.1.0 removed it",
        ),
        (yaml("{env: [A]}"), "devices[0].containerEdits.env[0]: \"A\" is not NAME=value"),
        (yaml("{}"), "devices[0].containerEdits: a device needs at least one edit"),
        (
            yaml("{mounts: [{hostPath: /a}]}"),
            "devices[0].containerEdits.mounts[0].containerPath: must not be empty",
        ),
        (
            yaml("{intelRdt: {closID: a/b}}"),
            "devices[0].containerEdits.intelRdt.closID: \"a/b\" is no class of service: at most 4095 bytes, not \".\" or \"..\", no line break, and no \"/\" but the root \"/\"",
        ),
        (
            yaml(
                "{netDevices: [{hostInterfaceName: a, name: b}, {hostInterfaceName: c, name: b}]}",
            ),
            "devices[0].containerEdits.netDevices[1].name: interface \"b\" is named twice",
        ),
        (
            yaml("{env: [A=b]}").replace("1.1.0", "1.2.0"),
            "cdiVersion: unknown version \"1.2.0\", known are 0.3.0, 0.4.0, 0.5.0, 0.6.0, 0.7.0, 0.8.0, 1.0.0, 1.1.0; its content needs only 0.3.0",
        ),
        (
            yaml("{additionalGids: [5]}").replace("1.1.0", "0.6.0"),
            "cdiVersion: version 0.6.0 is too low: additionalGids needs 0.7.0",
        ),
        (
            yaml("{env: [A=b]}").replace("v.com/c", "v.com"),
            "kind: invalid kind \"v.com\": must have the form vendor/class",
        ),
    ] {
        assert_eq!(error(&text, Format::Yaml), message, "{text}");
    }
}

#[test]
fn json_errors_say_where() {
    for (text, message) in [
        ("", "holds no spec: it is empty"),
        ("null", "holds no spec: it is empty"),
        ("{", "line 1 column 1: EOF while parsing an object"),
        ("{\"kind\": \"a\",}", "line 1 column 14: trailing comma"),
        ("{} x", "line 1 column 4: trailing characters"),
        ("{\"kind\": \"a\", \"kind\": \"b\"}", "duplicate key \"kind\""),
        (
            "{\n\"devices\": [{\"x\": 1}]}",
            "line 2 column 16: devices[0]: unknown field `x`, expected one of `name`, `annotations`, `containerEdits`",
        ),
        (
            "{\"annotations\": {\"a\": \"b\", \"a\": \"c\"}}",
            "line 1 column 36: annotations: duplicate key \"a\"",
        ),
        ("{\"x\": 1} {", "line 1 column 10: trailing characters"),
    ] {
        assert_eq!(error(text, Format::Json), message, "{text}");
    }
    assert_eq!(
        Spec::parse(b"\xff", Format::Yaml).unwrap_err(),
        SpecError::NotUtf8 { valid_up_to: 0 }
    );
}

#[test]
fn json_is_read_as_leniently_as_the_reference_reads_it() {
    let text = "\u{feff}{\"CDIVersion\": \"1.1.0\", \"kind\": \"v.com\\/c\", \"Kind\": \"w.com/c\", \"annotations\": null,
        \"devices\": [{\"name\": 7, \"containerEdits\": {\"env\": [\"A=\\ud83d\\ude00\"], \"mounts\": null,
        \"deviceNodes\": [{\"path\": \"/x\", \"major\": 1e2, \"uid\": null}]}}]}";
    let (spec, kind) = Spec::parse(text.as_bytes(), Format::Json).unwrap();
    assert_eq!(kind.as_str(), "v.com/c");
    assert_eq!(spec.devices[0].name, "7");
    assert_eq!(spec.devices[0].container_edits.env, ["A=😀"]);
    assert_eq!(spec.devices[0].container_edits.device_nodes[0].major, 100);
    assert_eq!(spec.devices[0].container_edits.device_nodes[0].uid, None);
}

#[test]
fn yaml_features() {
    for (edits, env) in [
        ("{env: [A=b]}", vec!["A=b"]),
        ("\n    env:\n    - A=b", vec!["A=b"]),
        ("\n    env:\n      - >-\n        A=b\n        c\n      - 'A=''b'", vec!["A=b c", "A='b"]),
        ("{<<: {env: [A=b]}}", vec!["A=b"]),
        ("{<<: [{env: [A=b]}, {env: [A=c]}]}", vec!["A=b"]),
        ("{<<: {env: [A=b]}, env: [A=c]}", vec!["A=c"]),
        ("{ENV: [A=b], env: [A=c]}", vec!["A=c"]),
        ("{Env: [A=b], ENV: [A=c]}", vec!["A=b"]),
        ("{env: &e [A=b, &s A=c, *s], hooks: null}", vec!["A=b", "A=c", "A=c"]),
        ("{env: [!!str A=1, !foo A=2]}", vec!["A=1", "A=2"]),
    ] {
        let (spec, _) = Spec::parse(yaml(edits).as_bytes(), Format::Yaml).unwrap();
        assert_eq!(spec.devices[0].container_edits.env, env, "{edits}");
    }
    // What follows the first document is not read.
    let text = yaml("{env: [A=b]}") + "---\n}{";
    assert!(Spec::parse(text.as_bytes(), Format::Yaml).is_ok());
}

#[test]
fn large_and_deep_files_are_refused_quickly() {
    let laughs = (1..12).fold("a0: &a0 [A=b]\n".to_owned(), |text, i| {
        let again = vec![format!("*a{}", i - 1); 10].join(", ");
        format!("{text}a{i}: &a{i} [{again}]\n")
    });
    let long = format!("&x A={}", "b".repeat(300_000));
    let many = vec!["*x"; 100_000].join(",");
    for text in [
        format!("{laughs}annotations: *a11"),
        yaml(&format!("{{env: [{long}, {many}]}}")),
        "[".repeat(300_000),
        "- ".repeat(300_000),
        "? ".repeat(300_000),
        "{a: ".repeat(300_000),
        "a:\n".repeat(300_000),
        "[],".repeat(400_000),
        format!("devices: [{}", "x, ".repeat(400_000)),
        "&a ".repeat(400_000),
        "a: ".repeat(400_000),
        "\"".repeat(300_000),
        "'".repeat(300_001),
        "#".repeat(300_000),
        "%".repeat(300_000),
        "!".repeat(300_000),
        "x".repeat(300_000),
        "|\n".repeat(500_000),
        " \n".repeat(500_000),
        "\t".repeat(300_000),
        "-\n".repeat(500_000),
        "x".repeat(9_000_000),
    ] {
        let start = std::time::Instant::now();
        for format in [Format::Yaml, Format::Json] {
            let error = Spec::parse(text.as_bytes(), format).unwrap_err().to_string();
            assert!(error.len() < 1000, "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        let took = start.elapsed();
        assert!(took.as_secs() < 60, "{took:?} for {text:.40}");
    }
}

#[test]
fn the_kind_is_found_without_reading_on() {
    for (text, format, kind) in [
        ("cdiVersion: x\nkind: v/c\ndevices: [}", Format::Yaml, Some("v/c")),
        ("a: {kind: x}\n\"kind\": 'v/c'", Format::Yaml, Some("v/c")),
        ("a: [kind, x]\nkind: 1", Format::Yaml, Some("1")),
        ("a: kind\nb: x", Format::Yaml, None),
        ("Kind: v/c", Format::Yaml, None),
        ("kind: [v/c]", Format::Yaml, None),
        ("kind: *x", Format::Yaml, None),
        ("- kind\n- v/c", Format::Yaml, None),
        ("{\"a\": {\"kind\": 1}, \"kind\": \"v/c\", }", Format::Json, Some("v/c")),
        ("{\"Kind\": \"v/c\"}", Format::Json, None),
        ("{\"kind\": 1}", Format::Json, None),
        ("[]", Format::Json, None),
    ] {
        assert_eq!(peek_kind(text.as_bytes(), format).as_deref(), kind, "{text}");
    }
}

/// Any text, and texts that YAML may mistake.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[-?:,\\[\\]{}#&*!|>'\"%@` a0.~=\\\\\n\t]{0,6}",
        "(0x|0o|0b|0|[+-])?[0-9_.:e-]{1,6}",
        Just("yes".to_owned()),
        Just("null".to_owned()),
        Just("<<".to_owned()),
        Just("---".to_owned()),
        Just("2024-01-01".to_owned()),
        Just("\u{85}\u{2028}\u{feff}".to_owned()),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any_text(), 0..3)
}

prop_compose! {
    fn any_node()(
        path in any_text(), host_path in any_text(), node_type in any_text(), major: i64, minor: i64,
        file_mode: Option<u32>, permissions in any_text(), uid: Option<u32>, gid: Option<u32>,
    ) -> DeviceNode {
        DeviceNode { path, host_path, node_type, major, minor, file_mode, permissions, uid, gid }
    }
}

prop_compose! {
    fn any_edits()(
        env in texts(), device_nodes in prop::collection::vec(any_node(), 0..2),
        net in prop::collection::vec((any_text(), any_text()), 0..2),
        hooks in prop::collection::vec((any_text(), any_text(), texts(), texts(), any::<Option<i64>>()), 0..2),
        mounts in prop::collection::vec((any_text(), any_text(), texts(), any_text()), 0..2),
        rdt in prop::option::of((any_text(), any_text(), any_text(), prop::option::of(texts()), any::<bool>())),
        additional_gids: Vec<u32>,
    ) -> ContainerEdits {
        ContainerEdits {
            env, device_nodes, additional_gids,
            net_devices: net.into_iter()
                .map(|(host_interface_name, name)| NetDevice { host_interface_name, name }).collect(),
            hooks: hooks.into_iter()
                .map(|(hook_name, path, args, env, timeout)| Hook { hook_name, path, args, env, timeout }).collect(),
            mounts: mounts.into_iter()
                .map(|(host_path, container_path, options, mount_type)| Mount { host_path, container_path, options, mount_type }).collect(),
            intel_rdt: rdt.map(|(clos_id, l3_cache_schema, mem_bw_schema, schemata, enable_monitoring)| IntelRdt {
                clos_id, l3_cache_schema, mem_bw_schema, schemata, enable_monitoring,
            }),
        }
    }
}

prop_compose! {
    fn any_spec()(
        cdi_version in any_text(), kind in any_text(),
        annotations in prop::collection::btree_map(any_text(), any_text(), 0..3),
        devices in prop::collection::vec((any_text(), any_edits()), 0..3),
        container_edits in any_edits(),
    ) -> Spec {
        let devices = devices.into_iter().map(|(name, container_edits)| Device {
            name, annotations: annotations.clone(), container_edits,
        });
        Spec { cdi_version, kind, devices: devices.collect(), annotations, container_edits }
    }
}

proptest! {
    #[test]
    fn a_written_spec_is_read_the_same(spec in any_spec()) {
        let json = serde_json::to_vec(&spec).unwrap();
        prop_assert_eq!(&Spec::parse_unchecked(&json, Format::Json).unwrap(), &spec);
        let yaml = to_yaml(&spec).unwrap();
        match Spec::parse_unchecked(yaml.as_bytes(), Format::Yaml) {
            Ok(read) => prop_assert_eq!(read, spec, "{}", yaml),
            Err(error) => prop_assert!(false, "{}\n{}", error, yaml),
        }
    }

    /// The slow way of reading JSON reads what the fast one does.
    #[test]
    fn both_ways_of_json_agree(spec in any_spec()) {
        let json = serde_json::to_string(&spec).unwrap();
        let tree = parse::tree_of(json.as_bytes(), Format::Json).unwrap();
        prop_assert_eq!(tree::deserialize::<Spec>(&tree).unwrap(), spec);
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        for format in [Format::Json, Format::Yaml] {
            let _ = Spec::parse(&bytes, format);
            let _ = peek_kind(&bytes, format);
        }
    }

    #[test]
    fn no_yaml_like_text_panics(text in "([-?:,\\[\\]{}#&*!|>'\"%@` a0.~=\\\\\n\t]|kind|devices|: |- |\n  |<<: |\\*a|&a ){0,60}") {
        let _ = Spec::parse(text.as_bytes(), Format::Yaml);
        let _ = peek_kind(text.as_bytes(), Format::Yaml);
    }

    /// A damaged spec is read or refused in one line.
    #[test]
    fn no_damaged_spec_panics(spec in any_spec(), json: bool, at: prop::sample::Index, with in any::<Vec<u8>>(), cut in 0_usize..8) {
        let (format, mut bytes) = if json {
            (Format::Json, serde_json::to_vec(&spec).unwrap())
        } else {
            (Format::Yaml, to_yaml(&spec).unwrap().into_bytes())
        };
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        let _ = peek_kind(&bytes, format);
        if let Err(error) = Spec::parse(&bytes, format) {
            prop_assert!(!error.to_string().contains('\n'), "{}", error);
        }
    }
}
