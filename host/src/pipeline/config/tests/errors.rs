//! Every error is one line that says where, what, and what to do.

use super::{ACME, load};

#[test]
fn of_one_file() {
    for (text, error) in [
        ("[pipeline]\nordr = []", r#"/c/config.toml:2: unknown key "ordr" in [pipeline]; did you mean "order"?"#),
        ("x = 1", r#"/c/config.toml:1: unknown key "x" at the top; known: runtime, log, host, cdi, generate, journal, store, pipeline, stages, profiles"#),
        ("stage.x.enabled = true", r#"/c/config.toml:1: unknown key "stage" at the top; did you mean "stages"?"#),
        ("[log]\nlevel = 1", "/c/config.toml:2: log.level: must be a string, not an integer"),
        ("log = 1", "/c/config.toml:1: log: must be a table, not an integer"),
        ("log.level = \"inf\"", r#"/c/config.toml:1: log.level: "inf" is not known here; did you mean "info"?"#),
        ("log.file = \"x\"", r#"/c/config.toml:1: log.file: "x" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("log.x = 1", r#"/c/config.toml:1: unknown key "x" in [log]; known: file, level"#),
        ("host.driver-root = \"/a/..\"", r#"/c/config.toml:1: host.driver-root: "/a/.." must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("host.dev = 1", r#"/c/config.toml:1: unknown key "dev" in [host]; known: driver-root, dev-root, gpu-reader, gpu-timeout, gpu-cache"#),
        ("host.gpu-timeout = \"0s\"", "/c/config.toml:1: host.gpu-timeout: must be from 1us to 600s, not 0us"),
        ("host.gpu-reader = \"gantry-nvml\"", r#"/c/config.toml:1: host.gpu-reader: "gantry-nvml" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("generate.mode = \"management\"", r#"/c/config.toml:1: generate.mode: "management" is not known here; known: auto, nvml, csv, wsl"#),
        ("generate.hook-path = \"\"", r#"/c/config.toml:1: generate.hook-path: "" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("generate.disable-hooks = [\"create-symlink\"]", r#"/c/config.toml:1: generate.disable-hooks: "create-symlink" is not known here; did you mean "create-symlinks"?"#),
        ("generate.enable-hooks = [\"all\"]", r#"/c/config.toml:1: generate.enable-hooks: "all" is not known here; known: create-symlinks, chmod, enable-cuda-compat, update-ldcache, disable-device-node-modification, update-application-profile"#),
        ("generate.csv.dir = \"x\"", r#"/c/config.toml:1: generate.csv.dir: "x" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("generate.hook = 1", r#"/c/config.toml:1: unknown key "hook" in [generate]; known: mode, hook-path, disable-hooks, enable-hooks, no-additional-gids, no-ipc, explicit-driver-libraries, library-search-paths, config-search-paths, csv"#),
        ("cdi.spec-dirs = \"/a\"", "/c/config.toml:1: cdi.spec-dirs: must be a list, not a string"),
        ("cdi.spec-dir = []", r#"/c/config.toml:1: unknown key "spec-dir" in [cdi]; did you mean "spec-dirs"?"#),
        ("cdi.unknown-fields = \"warm\"", r#"/c/config.toml:1: cdi.unknown-fields: "warm" is not known here; did you mean "warn"?"#),
        ("cdi.index = \"a\"", r#"/c/config.toml:1: cdi.index: "a" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("cdi.spec-dirs = [\n\"/a\",\n\"b\"]", r#"/c/config.toml:3: cdi.spec-dirs: "b" must be an absolute path without `.`, `..`, repeated or last `/`"#),
        ("journal.keep = 0", "/c/config.toml:1: journal.keep: must be from 1 to 1000000, not 0"),
        ("journal.keep = -1", "/c/config.toml:1: journal.keep: must be from 1 to 1000000, not -1"),
        ("journal.kepe = 1", r#"/c/config.toml:1: unknown key "kepe" in [journal]; did you mean "keep"?"#),
        ("runtime.low-level = []", r#"/c/config.toml:1: runtime.low-level: names no runtime; write for example ["runc", "crun"]"#),
        ("runtime.low-level = [\"a/b\"]", r#"/c/config.toml:1: runtime.low-level: "a/b" must be a name or an absolute path"#),
        ("runtime.low = []", r#"/c/config.toml:1: unknown key "low" in [runtime]; known: low-level"#),
        ("pipeline.mode = \"none\"", r#"/c/config.toml:1: pipeline.mode: "none" is no stage; did you mean "mode"?"#),
        ("stages.mode.enabled = false", r#"built-in configuration: pipeline.mode: "mode" is not enabled, and without a mode no stage runs; set enabled = true in [stages.mode]"#),
        ("pipeline.order = [\"cdi\", \"cid\"]", r#"/c/config.toml:1: pipeline.order: "cid" is no stage; did you mean "cdi"?"#),
        ("pipeline.order = [\"cdi\", \"cdi\"]", r#"/c/config.toml:1: pipeline.order: "cdi" is named twice"#),
        ("pipeline.order = [\"mode\", \"cdi\"]", r#"/c/config.toml:1: pipeline.order: "mode" is the mode selector, which runs before all stages; remove it here"#),
        ("pipeline.order = [\"C\"]", r#"/c/config.toml:1: pipeline.order: "C" is no name of a stage: 1 to 64 lower-case letters, digits and `-`"#),
        ("pipeline.order = []\nstages.cdi.enabled = true", "/c/config.toml:2: stages.cdi.enabled: the stage has no place; name it in [pipeline] order"),
        ("[stages.cid]\nenabled = true\n[pipeline]\norder = [\"cid\", \"cdi\"]", r#"/c/config.toml:1: stages.cid: the stage has no modifier, and no drop-in defines it: install what does, run `gantry config disable cid`, or set modifier to the absolute path of a .wasm file or "builtin:NAME" (stages: did you mean "cdi"?)"#),
        ("[stages.a]\nmodifier = \"builtin:a\"\nenabled = true", "/c/config.toml:3: stages.a.enabled: the stage has no place; name it in [pipeline] order"),
        ("stages.A.enabled = true", r#"/c/config.toml:1: stages.A: "A" is no name of a stage: 1 to 64 lower-case letters, digits and `-`"#),
        ("stages.cdi = 1", "/c/config.toml:1: stages.cdi: must be a table, not an integer"),
        ("stages.cdi.after = \"x\"", "/c/config.toml:1: stages.cdi.after: places only a drop-in's stage; name this one in [pipeline] order"),
        ("stages.cdi.digest = \"sha256:0\"", r#"/c/config.toml:1: stages.cdi.digest: "sha256:0" is no digest; write "sha256:" and 64 hex digits"#),
        ("stages.mode.when.env = [\"X\"]", "/c/config.toml:1: stages.mode.when: the stage chooses the mode of every container; remove this"),
        ("[a\n", "/c/config.toml:1: not valid TOML: unclosed table, expected `]`"),
        ("a = 1\na = 2", "/c/config.toml:2: not valid TOML: duplicate key"),
    ] {
        assert_eq!(load(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn of_a_stage() {
    for (text, says) in [
        ("enable = true", r#":5: unknown key "enable" in [stages.acme]; did you mean "enabled"?"#),
        ("modes = [\"cid\"]", r#":5: stages.acme.modes: "cid" is not known here; did you mean "cdi"?"#),
        ("on-error = \"ignore\"", r#":5: stages.acme.on-error: "ignore" is not known here; known: fail, skip"#),
        ("when.envs = []", r#":5: unknown key "envs" in [stages.acme.when]; did you mean "env"?"#),
        ("when.mounts = [\"acme\"]", ":5: stages.acme.when.mounts: \"acme\""),
        ("when.hooks = [\"start\"]", "\"start\" is not known here"),
        ("when = true", ":5: stages.acme.when: must be a table, not"),
        ("enforce = 1", ":5: stages.acme.enforce: must be true or false, not an integer"),
        ("digest = \"sha256:zz\"", "is no digest"),
        ("roots = { driver-root = \"/\" }", ":5: stages.acme.roots.driver-root: is set in [host]"),
        ("roots = { x = \"y\" }", ":5: stages.acme.roots.x: \"y\" must be an absolute path"),
        ("limits = { memory = \"1KiB\" }", ":5: stages.acme.limits.memory: must be from 64KiB to 4GiB, not 1KiB"),
        ("limits = { memory = 16 }", ":5: stages.acme.limits.memory: must be a string, not an integer"),
        ("limits = { memory = \"16MB\" }", ":5: stages.acme.limits.memory: \"16MB\" is no size"),

        ("limits = { time = \"0s\" }", ":5: stages.acme.limits.time: must be from 1us to 600s"),
        ("limits = { time = \"1h\" }", "is no time"),
        ("limits = { fuel = 0 }", "must be from 1 to"),
        ("limits = { mem = 0 }", r#"unknown key "mem" in [stages.acme.limits]; known: memory"#),
        ("settings = { a = nan }", ":5: stages.acme.settings.a: nan cannot be handed on as JSON"),
        ("settings = { a = 9223372036854775808 }", "does not fit into 64 bits"),
        ("settings = 1", ":5: stages.acme.settings: must be a table"),
        ("grants.write = {}", r#"unknown key "write" in [stages.acme.grants]; known: read, edit, override"#),
        ("grants.read.envs = []", r#":5: unknown key "envs" in [stages.acme.grants.read]; did you mean "env"?"#),
        ("grants.read.env = \"A\"", ":5: stages.acme.grants.read.env: must be a list, not a string"),
        ("grants.read.env = [\"A\", 1]", ":5: stages.acme.grants.read.env: must be a string, not an integer"),
        ("grants.read.env = [\"\"]", ":5: stages.acme.grants.read.env: \"\" "),
        ("grants.read.mounts = [\"a\"]", "stages.acme.grants.read.mounts: \"a\" does not begin with `/`"),
        ("grants.read.mounts = [\"/a/../b\"]", "so it can never match"),
        ("grants.read.hooks = [\"prestrt\"]", "\"prestrt\" is not known here; did you mean \"prestart\"?"),
        ("grants.read.process = \"yes\"", "must be true or false, not a string"),
        ("grants.read.files = [\"/a\"]", "stages.acme.grants.read.files: must be a table, not an array"),
        ("grants.read.files.r = [\"a\"]", "stages.acme.grants.read.files.r: \"a\" does not begin with `/`"),
        ("grants.edit.x = []", r#"unknown key "x" in [stages.acme.grants.edit]"#),
        ("grants.edit.mounts = [\"/a\"]", "stages.acme.grants.edit.mounts: has no destination"),
        ("grants.edit.device-nodes = [\"/a : q\"]", "stages.acme.grants.edit.device-nodes: has 'q'"),
        ("grants.edit.gids = [0]", "stages.acme.grants.edit.gids: must be from 1 to 4294967294, not 0"),
        ("grants.edit.gids = [\"5-4\"]", "is no range of groups; write 44 or \"100-200\", without 0, or \"device-nodes\""),
        ("grants.edit.gids = [true]", "must be a string, not a boolean"),
        ("grants.edit.hooks = [{ point = \"prestart\" }]", "stages.acme.grants.edit.hooks: the hook has no `path`"),
        ("grants.edit.hooks = [{ path = \"/a\" }]", "the hook has no `point`"),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"a\" }]", "stages.acme.grants.edit.hooks.path: \"a\" does not begin"),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"/a\", env = [] }]", "stages.acme.grants.edit.hooks.env: must not be empty"),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"/a\", env = [\"A\"] }]", "\"A\" must be NAME=VALUE"),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"/a\", timeout = 0 }]", "must be from 1 to 3600"),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"/a\", timeout = \"never\" }]", "\"never\" must be seconds, or \"none\""),
        ("grants.edit.hooks = [{ point = \"prestart\", path = \"/a\", env = \"inherit\" }]", "must be a list of NAME=VALUE, or \"runtime\""),
        ("grants.edit.hooks = [{ env = \"runtime\", point = \"createContainer\", path = \"/a\" }]", "cannot be for createContainer"),
        ("grants.listed = [\"/a\"]", "must be a table"),
        ("grants.edit.hooks = [{ pont = 1 }]", r#"unknown key "pont" in [stages.acme.grants.edit.hooks]; did you mean "point"?"#),
        ("grants.edit.remove-hooks = [{ point = \"prestart\" }]", "the hook has no `path`"),
        ("grants.edit.remove-hooks = [{ x = 1 }]", r#"unknown key "x""#),
        ("grants.override.rdt = []", "stages.acme.grants.override.rdt: must be true or false, not an array"),
        ("grants.override.hooks = []", r#"unknown key "hooks" in [stages.acme.grants.override]"#),
    ] {
        let error = load(&format!("{ACME}{text}")).unwrap_err().to_string();
        assert!(error.starts_with("/c/config.toml:") && error.contains(says), "{text}\n{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn of_a_modifier() {
    for (modifier, says) in [
        ("acme.wasm", "must be the absolute path of a .wasm file"),
        ("/m/acme", "must be the absolute path of a .wasm file"),
        ("/m/../acme.wasm", "must be an absolute path without"),
        ("builtin:", "names no built-in modifier"),
        ("builtin:A", "names no built-in modifier"),
    ] {
        let error = load(&ACME.replace("/m/acme.wasm", modifier)).unwrap_err().to_string();
        assert!(error.starts_with("/c/config.toml:3: stages.acme.modifier: ") && error.contains(says), "{error}");
    }
    let pinned = format!("{}digest = \"sha256:{}\"", ACME.replace("/m/acme.wasm", "builtin:cdi"), "0".repeat(64));
    assert_eq!(load(&pinned).unwrap_err().to_string(), "/c/config.toml:5: stages.acme.digest: a built-in modifier has no digest of its own; remove it");
}
