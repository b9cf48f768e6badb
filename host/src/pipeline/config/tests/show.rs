//! `config show`: what is shown, and that it can be read again.

use super::super::Config;
use super::{ACME, load, load_with};

const ALL: &str = r#"
[host]
driver-root = "/run/driver"
gpu-reader = "/opt/gpus"
gpu-timeout = "1500ms"
gpu-cache = ""
[generate]
mode = "nvml"
hook-path = "/opt/hook"
disable-hooks = ["chmod", "all"]
enable-hooks = ["chmod", "update-ldcache"]
no-additional-gids = true
no-ipc = true
explicit-driver-libraries = true
library-search-paths = ["/l"]
config-search-paths = ["/c"]
csv = { dir = "/csv", ignore-patterns = ["**/x"], compat-container-root = "/compat", several-gpus = false }
[log]
file = "/var/log/g \"x\".log"
[pipeline]
order = ["acme", "cdi"]
[stages.cdi.grants.edit]
devices = []
[stages.acme]
modifier = "/m/acme.wasm"
enabled = true
modes = ["csv"]
when = { env = ["A*"], annotations = ["a/b"], mounts = ["/m"], hooks = ["poststop"] }
on-error = "skip"
roots = { "a b" = "/srv" }
settings = { x = { y = [1, 1.5, "\u007f\n", {}] }, "k k" = false }
limits = { time = "2s", memory = "1GiB" }
[stages.acme.grants.read]
env = ["A", "B*"]
files = { "a b" = ["/x"] }
hooks = ["prestart"]
process = true
[stages.acme.grants.edit]
device-nodes = ["/dev/a => /dev/b : rw"]
mounts = ["/a => /b : ro,nosuid", "driver-root:/a/** => /b"]
gids = [44, "100-200", "device-nodes"]
hooks = [{ point = "poststop", path = "/usr/bin/x", args = ["x", "**"], timeout = 3, env = ["A=b"] }, { point = "prestart", path = "/p", timeout = "none", env = "runtime" }]
remove-hooks = [{ point = "prestart", path = "/**/h" }]
rdt = ["gold"]
[stages.acme.grants.listed]
"a b" = ["/*.csv"]
[stages.acme.grants.override]
rdt = true
env = ["A"]
"#;

#[test]
fn what_is_shown_reads_back_the_same() {
    for text in ["", ACME, ALL] {
        let config = load(text).unwrap();
        for shown in [config.to_toml(), config.to_toml_with_origins()] {
            let again = load(&shown).unwrap_or_else(|error| panic!("{error}\n{shown}"));
            assert_eq!(again.to_toml(), config.to_toml());
            assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&config).unwrap());
            assert!(again.all_stages().zip(config.all_stages()).all(|(a, b)| a.grants == b.grants && a.limits == b.limits), "{shown}");
        }
    }
}

#[test]
fn a_grant_that_was_taken_back_stays_so() {
    let config = load("stages.cdi.grants.edit.devices = []\nstages.cdi.grants.read.process = false").unwrap();
    let again = load(&config.to_toml()).unwrap();
    assert!(again.stage("cdi").unwrap().grants.edit.devices.is_empty());
    assert!(!again.stage("cdi").unwrap().grants.read.process);
}

#[test]
fn origins_stand_behind_what_a_file_sets() {
    let config = load(ACME).unwrap();
    let shown = config.to_toml_with_origins();
    for line in [
        "order = [\"cdi\", \"acme\"]  # /c/config.toml:1",
        "modifier = \"/m/acme.wasm\"  # /c/config.toml:3",
        "low-level = [\"runc\", \"crun\"]  # built-in",
        "[stages.acme.limits]",
        "memory = \"16MiB\"  # built-in",
    ] {
        assert!(shown.lines().any(|one| one == line), "{line}\n{shown}");
    }
}

#[test]
fn drop_ins_are_shown_in_the_order() {
    let drop_in = "[stages.a]\nmodifier = \"/m/a.wasm\"\nbefore = \"cdi\"";
    let config = load_with(&[("a.toml", drop_in)], "stages.a.enabled = true").unwrap();
    assert!(config.to_toml().contains("order = [\"hook-removal\", \"a\", \"cdi\", "));
    // The text alone is enough.
    assert!(load(&config.to_toml()).unwrap().stage("a").unwrap().enabled);
}

#[test]
fn json_has_the_keys_of_the_toml() {
    let json = serde_json::to_value(load(ALL).unwrap()).unwrap();
    for (pointer, value) in [
        ("/host/driver-root", serde_json::json!("/run/driver")),
        ("/pipeline/order", serde_json::json!(["acme", "cdi"])),
        ("/stages/acme/on-error", serde_json::json!("skip")),
        ("/stages/acme/grants/edit/gids", serde_json::json!([44, "100-200", "device-nodes"])),
        ("/stages/acme/grants/edit/net-devices", serde_json::json!([])),
        ("/stages/acme/settings/x/y/0", serde_json::json!(1)),
        ("/stages/mode/modifier", serde_json::json!("builtin:mode")),
    ] {
        assert_eq!(json.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn the_built_in_text_is_what_is_shown() {
    let shown = load(Config::built_in_text()).unwrap().to_toml();
    assert_eq!(shown, Config::built_in().unwrap().to_toml());
}
