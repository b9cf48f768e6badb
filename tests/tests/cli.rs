//! The command `gantry` as a person uses it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::process::Stdio;

use gantry_tests::golden::{assert_golden, without_digests};
use gantry_tests::programs::example;
use gantry_tests::scene::Scene;

/// Drop-ins, every kind of grant, settings: what `config show` must be able to say.
const RICH: &str = r#"
[log]
file = "${TMP}/own.log"
level = "debug"
[journal]
dir = "${TMP}/journal"
[pipeline]
order = ["acme", "cdi"]
[stages.acme]
enabled = true
[stages.acme.grants.edit]
gids = [44, "100-200"]
[stages.acme.settings]
tier = "gold"
text = "quote \" and \\ and\nnewline"
when = 1979-05-27
deep = { list = [1, 2.5, true] }
"#;

const DROP_IN: &str = r#"
[stages.acme]
modifier = "${TMP}/acme.wasm"
after = "cdi"
modes = ["cdi", "jit-cdi"]
on-error = "skip"
[stages.acme.roots]
config = "/etc/acme"
[stages.acme.grants.read]
env = ["ACME_*"]
files = { driver-root = ["/usr/lib/acme/**"], config = ["/*.json"] }
[stages.acme.grants.edit]
env = ["ACME_*"]
devices = ["acme.com/*=*"]
device-nodes = ["/dev/acme* : rw"]
mounts = ["/opt/acme/** => /opt/acme/** : ro,nosuid"]
hooks = [{ point = "createContainer", path = "/usr/bin/acme-hook", args = ["acme-hook", "**"], timeout = 5 }]
remove-hooks = [{ point = "prestart", path = "/usr/bin/old-*" }]
[stages.acme.grants.override]
rdt = true
[stages.acme.limits]
time = "50ms"
"#;

fn rich() -> Scene {
    let scene = Scene::new().config(RICH).file("etc/conf.d/50-acme.toml", DROP_IN);
    fs::copy(example(), scene.path("acme.wasm")).unwrap();
    scene
}

/// What is printed says the same when it is the whole configuration.
#[test]
fn config_show_is_a_configuration() {
    for (name, scene) in [("default", Scene::new().file("etc/config.toml", "")), ("rich", rich())] {
        for format in ["toml", "json"] {
            let shown = scene.said(&format!("config show --format {format}"), 0);
            assert_golden(&format!("config/{name}.{format}"), &scene.normal(&shown));
        }
        let shown = scene.said("config show", 0);
        let json = scene.said("config show --format json", 0);
        // Without the drop-ins beside it: they are in it.
        fs::create_dir(scene.path("whole")).unwrap();
        fs::write(scene.path("whole/config.toml"), &shown).unwrap();
        assert_eq!(scene.said("config show --config ${TMP}/whole/config.toml", 0), shown, "{name}");
        let again = scene.said("config show --config ../whole/config.toml --format json", 0);
        assert_eq!(again, json, "{name}");
    }
}

#[test]
fn config_check_finds_what_is_wrong() {
    let stage = "[pipeline]\norder = [\"cdi\", \"acme\"]\n[stages.acme]\nenabled = true\nmodifier = \"${TMP}/acme.wasm\"\n";
    let granted = "[stages.acme.grants.read]\nenv = [\"ACME_DEVICES\"]\nannotations = [\"acme.com/tier\"]\n[stages.acme.grants.edit]\ndevices = [\"acme.com/accelerator=*\"]\nenv = [\"ACME_TIER\"]\nmounts = [\"/opt/acme/** => /opt/acme/** : ro\"]\ndevice-nodes = [\"/dev/acme* : rw\"]\n";
    for (name, more, code) in [
        ("built-in", String::new(), 0),
        ("unknown-setting", "[stages.cdi.settings]\nfoo = 1".to_owned(), 1),
        ("setting-of-wrong-type", "[stages.cdi.settings]\ndefault-kind = 2".to_owned(), 1),
        ("bad-setting", "[stages.cdi.settings]\ndefault-kind = \"gpu\"".to_owned(), 1),
        ("bad-setting-of-the-selector", "[stages.mode.settings]\nmode = \"foo\"".to_owned(), 1),
        ("import-not-granted", "[stages.cdi.grants.edit]\ndevices = []".to_owned(), 1),
        ("modifier-not-there", stage.replace("acme.wasm", "none.wasm"), 1),
        ("modifier-is-no-component", stage.replace("acme.wasm", "broken.wasm"), 1),
        ("nothing-granted", stage.to_owned(), 1),
        ("not-for-the-wrapper", format!("{stage}{granted}"), 1),
        ("another-digest", format!("{}digest = \"sha256:{}\"\n{granted}", stage.replace("acme.wasm", "broken.wasm"), "ab".repeat(32)), 1),
        ("risky-grants", "[stages.cdi.grants.edit]\nmounts = [\"/** => /**\"]\nenv = [\"*\"]\ndevice-nodes = [\"/dev/**\"]\nhooks = [{ point = \"prestart\", path = \"/**\", args = [\"**\"] }]".to_owned(), 0),
    ] {
        let scene = Scene::new().config(&more).file("broken.wasm", "no wasm");
        fs::copy(example(), scene.path("acme.wasm")).unwrap();
        let report = scene.said("config check", code);
        assert_golden(&format!("check/{name}.txt"), &without_digests(&scene.normal(&report)));
    }
}

/// What cannot be read at all is the one line that the engine would see.
#[test]
fn a_broken_configuration_is_one_line() {
    for command in ["config show", "config check", "explain"] {
        let scene = Scene::new().config("[pipeline]\nordr = []");
        let ran = scene.run("gantry", command);
        let says = scene.expand("${TMP}/etc/config.toml:6: unknown key \"ordr\" in [pipeline]; did you mean \"order\"?\n");
        let expected = (Some(1), String::new(), format!("gantry: {says}"));
        assert_eq!((ran.code, ran.stdout, ran.stderr), expected, "{command}");
        assert_eq!(scene.create().stderr, format!("gantry-runtime: {says}"));
    }
}

#[test]
fn each_shell_gets_completions() {
    for (shell, part) in [
        ("bash", "complete -F _gantry"),
        ("zsh", "#compdef gantry"),
        ("fish", "complete -c gantry"),
    ] {
        let text = Scene::new().said(&format!("completions {shell}"), 0);
        assert!(text.contains(part) && text.contains("explain"), "{shell}: {text}");
    }
}

#[test]
fn each_command_has_help() {
    for (command, part) in [
        ("", "explain"),
        ("explain", "Changes nothing"),
        ("config", "check"),
        ("config show", "--format"),
        ("config check", "Exits 1 when"),
        ("completions", "bash"),
    ] {
        let text = Scene::new().said(&format!("{command} --help"), 0);
        assert!(text.contains("Usage: gantry") && text.contains(part), "{command}: {text}");
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(130), "{command}: a line of {widest:?}");
    }
    assert_eq!(
        Scene::new().said("--version", 0),
        concat!("gantry ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    for line in ["frob", "explain --format yaml", "config", "completions", "explain a b"] {
        let ran = Scene::new().run("gantry", line);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{line}");
        assert!(ran.stderr.contains("--help"), "{line}: {}", ran.stderr);
    }
}

/// `gantry … | head -0` is no error.
#[test]
fn a_reader_that_is_gone_is_no_error() {
    for line in [
        "config show",
        "config show --format json",
        "config check",
        "explain",
        "completions bash",
        "--help",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let scene = Scene::new();
        let mut command = scene.command("gantry");
        command.args(line.split_whitespace()).stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{line}");
    }
}
