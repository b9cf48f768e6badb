//! The recorded cases of the create path: the same files, the same outcome.

use gantry_modifier::testing::Host;
use serde_json::Value;

use super::modify;

const CASES: &str = include_str!("../../../../tests/conformance/create/cases.json");

fn case(name: &str) -> Value {
    let mut file: Value = serde_json::from_str(CASES).unwrap();
    let cases = file["cases"].as_array_mut().unwrap();
    cases.iter_mut().find(|case| case["name"] == name).unwrap().take()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The container of a case, on a host whose driver and device nodes are in its root.
fn host(case: &Value) -> Host {
    let mut host = Host::new();
    for entry in case["bundle"]["process"]["env"].as_array().unwrap() {
        host = host.env(text(entry));
    }
    for entry in case["root"].as_array().unwrap() {
        let path = text(&entry[1]);
        let number = |at: usize| u32::try_from(entry[at].as_u64().unwrap()).unwrap();
        host = match text(&entry[0]) {
            "f" if path.starts_with("/csv/") => {
                host.file("csv", path.trim_start_matches("/csv"), text(&entry[2]).as_bytes())
            }
            "f" => host.file("driver-root", path, text(&entry[2]).as_bytes()),
            "l" => host.link("driver-root", path, text(&entry[2])),
            "d" => host.directory("driver-root", path),
            "c" => host.char_device("dev-root", path, (number(2), number(3)), 0o666, 0),
            other => panic!("{other}"),
        };
    }
    host
}

/// What a case adds to the container, in the words of edits. A hook counts by its arguments.
fn expected(case: &Value) -> Vec<String> {
    let config = &case["expect"]["config"];
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let added = |path: &str| {
        let there = list(case["bundle"].pointer(path));
        list(config.pointer(path)).into_iter().filter(move |one| !there.contains(one))
    };
    let mut lines = Vec::new();
    for node in added("/linux/devices") {
        let path = text(&node["path"]);
        lines.push(format!("device-node {path} from dev-root:{path}"));
    }
    lines.extend(added("/process/env").map(|entry| format!("env {}", text(&entry))));
    for mount in added("/mounts") {
        let options: Vec<&str> = mount["options"].as_array().unwrap().iter().map(text).collect();
        lines.push(format!(
            "mount {} => {} : {}",
            text(&mount["source"]).replace("${ROOT}", "driver-root:"),
            text(&mount["destination"]),
            options.join(",")
        ));
    }
    for hook in added("/hooks/createContainer") {
        let args: Vec<&str> = hook["args"].as_array().unwrap().iter().skip(1).map(text).collect();
        lines.push(format!("hook createContainer /usr/bin/gantry-hook {}", args.join(" ")));
    }
    lines
}

/// What another stage adds in these cases, for GDS and `GDRCopy`.
const OF_OTHERS: [&str; 4] = ["/dev/nvidia-fs", "/dev/gdrdrv", "/run/udev", "/etc/cufile.json"];

#[test]
fn cases() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("csv-all", &[][..]),
        ("csv-mounts-all", &[]),
        ("csv-nothing-requested", &[]),
        ("csv-gated-gds", &OF_OTHERS),
        ("csv-gated-gdrcopy", &OF_OTHERS),
    ];
    for (name, of_others) in table {
        let case = case(name);
        let made = modify(&host(&case), "{}").unwrap();
        let made: Vec<String> = made.into_iter().map(|edit| edit.text).collect();
        let mut expected = expected(&case);
        expected.retain(|line| !of_others.iter().any(|other| line.contains(other)));
        // The reference sets a variable once for each stage.
        expected.dedup();
        assert_eq!(made, expected, "{name}");
    }
}

#[test]
fn requirements_that_are_not_met() {
    let case = case("csv-requirements-unmet");
    assert_eq!(case["expect"]["exit"], 1);
    assert_eq!(
        modify(&host(&case), "{}").unwrap_err().cause,
        "requirements not met: the host does not meet `cuda>=99.0` of NVIDIA_REQUIRE_CUDA: it has \
         cuda unknown"
    );
}
