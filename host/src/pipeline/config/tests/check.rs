//! `config check`: what is allowed, and yet worth a second look.

use super::super::{Config, Severity};
use super::{ACME, load, load_with};

#[test]
fn nothing_to_say_of_what_is_built_in() {
    assert_eq!(Config::built_in().unwrap().check(), []);
}

#[test]
fn dangerous_grants() {
    for (text, says) in [
        ("edit.env = [\"*\"]", Some("grants.edit.env: \"*\" matches LD_PRELOAD")),
        ("edit.env = [\"A\", \"LD_*\"]", Some("\"LD_*\" matches LD_PRELOAD")),
        ("edit.env = [\"ACME_*\"]", None),
        ("edit.device-nodes = [\"/dev/**\"]", Some("grants.edit.device-nodes: \"/dev/**\" matches /dev/mem")),
        ("edit.device-nodes = [\"/dev/acme*\"]", None),
        ("edit.mounts = [\"/** => /opt/x\"]", Some("the source \"/**\" matches /: as good as root")),
        ("edit.mounts = [\"/run/** => /opt/x\"]", Some("matches /run/docker.sock")),
        ("edit.mounts = [\"/opt/** => /**\"]", Some("the destination \"/**\" matches /")),
        ("edit.mounts = [\"/opt/** => /opt/** : ro\"]", None),
        ("edit.hooks = [{ point = \"prestart\", path = \"/usr/bin/*\" }]", Some("the modifier chooses what runs as root")),
        ("edit.hooks = [{ point = \"prestart\", path = \"/bin/sh\", args = [\"**\"] }]", Some("are themselves a program")),
        ("edit.hooks = [{ point = \"prestart\", path = \"/bin/sh\", args = [\"sh\", \"/x\"] }]", None),
        ("edit.hooks = [{ point = \"prestart\", path = \"/usr/bin/x\", args = [\"**\"] }]", None),
        ("edit.remove-hooks = [{ point = \"prestart\", path = \"/**\" }]", Some("hooks that protect the host")),
        ("edit.remove-hooks = [{ point = \"prestart\", path = \"/**/x\" }]", None),
        ("edit.gids = [\"1-60000\"]", Some("has 60000 groups")),
        ("edit.gids = [44]", None),
        ("edit.net-devices = [\"*\"]", Some("take the host's own network away")),
        ("edit.mode = [\"cdi\"]", Some("only the mode selector chooses")),
        ("override.env = [\"**\"]", Some("undo what every stage before it decided")),
        ("override.mounts = [\"/**\"]", Some("undo what every stage before it decided")),
        ("override.env = [\"A*\"]", None),
        ("read.env = [\"**\"]", Some("sees every variable")),
        ("read.files = { x = [\"/**\"] }", Some("reads the host's secrets")),
        ("read.files = { driver-rot = [\"/x\"] }", Some("did you mean \"driver-root\"?")),
        ("read.files = { x = [\"/etc/acme/**\"] }", None),
    ] {
        let config = load(&format!("{ACME}grants.{text}")).unwrap();
        let warnings: Vec<_> = config.check().into_iter().filter(|one| one.severity == Severity::Warning).collect();
        match says {
            None => assert_eq!(warnings, [], "{text}"),
            Some(says) => {
                let shown = warnings.first().map(ToString::to_string).unwrap_or_default();
                assert!(shown.starts_with("warning: /c/config.toml:5: stages.acme.grants.") && shown.contains(says), "{text}: {shown}");
            }
        }
    }
}

#[test]
fn a_stage_as_a_whole() {
    for (text, says) in [
        ("enforce = false", "note: /c/config.toml:5: stages.acme.enforce: the stage runs and is journalled"),
        ("modes = []", "warning: /c/config.toml:5: stages.acme.modes: is empty"),
        ("", "note: built-in configuration: stages.acme.grants: grants nothing"),
        ("", "note: /c/config.toml:3: stages.acme.modifier: has no digest"),
        ("[cdi]\nspec-dirs = []", "warning: /c/config.toml:6: cdi.spec-dirs: is empty"),
        ("[stages.mode]\nmodes = [\"cdi\"]", "warning: /c/config.toml:6: stages.mode.modes: means nothing"),
        ("[stages.mode]\ngrants.edit.mode = []", "warning: /c/config.toml:6: stages.mode.grants.edit.mode: is empty"),
        ("[stages.mode]\ngrants.edit.env = [\"A\"]", "warning: /c/config.toml:6: stages.mode.grants.edit: has more than `mode`"),
    ] {
        let found = load(&format!("{ACME}{text}")).unwrap().check();
        assert!(found.iter().any(|one| one.to_string().starts_with(says)), "{says}\n{found:#?}");
    }
    let drop_in = load_with(&[("a.toml", "[stages.a]\nmodifier = \"/m/a.wasm\"\ngrants.edit.env = [\"*\"]")], "").unwrap().check();
    let shown: Vec<_> = drop_in.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["note: /c/conf.d/a.toml:1: stages.a: the drop-in's stage does nothing until config.toml says enabled = true in [stages.a]"]);
}
