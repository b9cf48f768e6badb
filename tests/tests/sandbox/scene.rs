//! A host in a temporary directory, a container's document, and one stage that runs the probe.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gantry::document::Document;
use gantry::modifier::{Component, Sandbox};
use gantry::pipeline::config::{Config, ModifierRef};
use gantry::pipeline::{
    Compiling, ComponentError, Components, Facts, Failed, Journal, Outcome, Run, create, run,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Compiles the probe once a test, and anything else each time.
struct Compiled {
    sandbox: Sandbox,
    probe: OnceCell<Component>,
}

thread_local! {
    static COMPILED: Compiled =
        Compiled { sandbox: Sandbox::new().unwrap(), probe: OnceCell::new() };
}

impl Components for Compiled {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        if !matches!(modifier, ModifierRef::File { path, .. } if *path == probe()) {
            return Compiling.component(sandbox, modifier);
        }
        if let Some(known) = self.probe.get() {
            return Ok(known.clone());
        }
        let component = Compiling.component(sandbox, modifier)?;
        Ok(self.probe.get_or_init(|| component).clone())
    }
}

/// What one grant of [`GRANTS`] opens: the interface, the table, and its line.
pub(crate) struct Grant {
    pub(crate) interface: &'static str,
    pub(crate) table: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
}

const fn grant(
    interface: &'static str,
    table: &'static str,
    key: &'static str,
    value: &'static str,
) -> Grant {
    Grant { interface, table, key, value }
}

/// Every interface, as narrow as can be. `$T` is the scene's directory.
#[rustfmt::skip]
pub(crate) const GRANTS: &[Grant] = &[
    grant("container-env", "read", "env", r#"["ACME_*"]"#),
    grant("container-annotations", "read", "annotations", r#"["acme.com/*"]"#),
    grant("container-mounts", "read", "mounts", r#"["/data", "/data/**"]"#),
    grant("container-hooks", "read", "hooks", r#"["prestart"]"#),
    grant("container-device-nodes", "read", "device-nodes", r#"["/dev/acme9", "/dev/acme9/**"]"#),
    grant("container-process", "read", "process", "true"),
    grant("container-namespaces", "read", "namespaces", "true"),
    grant("platform", "read", "platform", "true"),
    grant("gpus", "read", "gpus", "true"),
    grant("cdi-registry", "read", "cdi", r#"["acme.com/device"]"#),
    grant("host-files", "read", "files", r#"{ own = ["/granted/**"] }"#),
    grant("edit-env", "edit", "env", r#"["ACME_*"]"#),
    grant("edit-devices", "edit", "devices", r#"["acme.com/device=*"]"#),
    grant("edit-device-nodes", "edit", "device-nodes", r#"["/dev/null => /dev/acme* : rw"]"#),
    grant("edit-mounts", "edit", "mounts", r#"["$T/granted/** => /opt/acme/** : ro,nosuid"]"#),
    grant("edit-hooks", "edit", "hooks", r#"[{ point = "createContainer", path = "/usr/bin/acme-hook", args = ["acme-hook", "set*"], timeout = 5 }]"#),
    grant("edit-hooks", "edit", "remove-hooks", r#"[{ point = "prestart", path = "/usr/bin/old-hook" }]"#),
    grant("edit-gids", "edit", "gids", "[44]"),
    grant("edit-net-devices", "edit", "net-devices", r#"["acme*"]"#),
    grant("edit-rdt", "edit", "rdt", r#"["acme*"]"#),
];

/// One call of the probe.
pub(crate) fn action(call: &str, args: &Value) -> Value {
    json!({ "call": call, "args": args })
}

/// One stage on one host.
pub(crate) struct Scene {
    directory: TempDir,
    pub(crate) document: Value,
    modifier: String,
    selector: &'static str,
    grants: Vec<(&'static str, &'static str, String)>,
    limits: String,
    more: String,
    top: String,
    settings: Value,
}

impl Scene {
    /// The probe, with every grant of [`GRANTS`].
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for dir in ["granted/inner", "secret", "cdi", "bundle"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        fs::write(root.join("granted/file"), "open").unwrap();
        fs::write(root.join("granted/inner/file"), "deep").unwrap();
        fs::write(root.join("secret/file"), "secret").unwrap();
        let spec = json!({ "cdiVersion": "0.6.0", "kind": "acme.com/device", "devices": [
            { "name": "0", "containerEdits": { "env": ["DEVICE=0"] } }
        ] });
        fs::write(root.join("cdi/acme.json"), spec.to_string()).unwrap();
        let mut scene = Self {
            directory,
            document: document(),
            modifier: probe().to_str().unwrap().to_owned(),
            selector: "mode",
            grants: Vec::new(),
            limits: String::new(),
            more: String::new(),
            top: String::new(),
            settings: json!({}),
        };
        for one in GRANTS {
            scene = scene.grant(one.table, one.key, one.value);
        }
        scene
    }

    /// A component of its own instead of the probe.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let scene = Self::new();
        let path = scene.path("modifier.wasm");
        fs::write(&path, bytes).unwrap();
        scene.modifier(path.to_str().unwrap())
    }

    /// Another modifier instead of the probe.
    pub(crate) fn modifier(mut self, modifier: &str) -> Self {
        modifier.clone_into(&mut self.modifier);
        self
    }

    /// The stage is the mode selector.
    pub(crate) fn selector(mut self) -> Self {
        self.selector = "probe";
        self
    }

    /// A path below the scene's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn expand(&self, text: &str) -> String {
        text.replace("$T", &self.directory.path().to_string_lossy())
    }

    /// Replaces one grant; `[]` grants nothing.
    pub(crate) fn grant(mut self, table: &'static str, key: &'static str, value: &str) -> Self {
        let value = self.expand(value);
        self.grants.retain(|(t, k, _)| (*t, *k) != (table, key));
        self.grants.push((table, key, value));
        self
    }

    /// Takes one grant away.
    pub(crate) fn without(mut self, table: &str, key: &str) -> Self {
        self.grants.retain(|(t, k, _)| (*t, *k) != (table, key));
        self
    }

    /// A line of `[stages.probe.limits]`.
    pub(crate) fn limit(mut self, line: &str) -> Self {
        self.limits.push_str(line);
        self.limits.push('\n');
        self
    }

    /// A line of `[stages.probe]`.
    pub(crate) fn stage(mut self, line: &str) -> Self {
        self.more.push_str(line);
        self.more.push('\n');
        self
    }

    /// Lines at the top of `config.toml`.
    pub(crate) fn top(mut self, lines: &str) -> Self {
        self.top = self.expand(lines);
        self
    }

    /// What the probe does.
    pub(crate) fn actions(mut self, ignore: bool, actions: &[Value]) -> Self {
        let text = json!({ "ignore": ignore, "actions": actions }).to_string();
        self.settings = serde_json::from_str(&self.expand(&text)).unwrap();
        self
    }

    /// The text of `config.toml`.
    pub(crate) fn config_text(&self) -> String {
        let mut text = format!(
            "{}[pipeline]\nmode = {:?}\norder = [{}]\n\n[cdi]\nspec-dirs = [{:?}]\n\n\
             [stages.mode.settings]\nmode = \"cdi\"\n\n\
             [stages.probe]\nmodifier = {:?}\nenabled = true\n{}\n\
             [stages.probe.roots]\nown = {:?}\n\n[stages.probe.limits]\n{}\n",
            self.top,
            self.selector,
            if self.selector == "probe" { "" } else { "\"probe\"" },
            self.path("cdi"),
            self.modifier,
            self.more,
            self.directory.path(),
            self.limits
        );
        for wanted in ["read", "edit", "listed"] {
            writeln!(text, "[stages.probe.grants.{wanted}]").unwrap();
            for (table, key, value) in &self.grants {
                if *table == wanted {
                    writeln!(text, "{key} = {value}").unwrap();
                }
            }
        }
        // A JSON text is a TOML text but for null, which the settings of the probe do not need, and
        // for tables, which are taken apart here.
        text += "[stages.probe.settings]\n";
        for (key, value) in self.settings.as_object().unwrap() {
            writeln!(text, "{key} = {}", inline(value)).unwrap();
        }
        text
    }

    pub(crate) fn config(&self) -> Config {
        let text = self.config_text();
        Config::from_texts([], ("/config.toml".into(), text.clone()))
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// Runs the pipeline over the document.
    pub(crate) fn run(&self) -> Result<Run, Box<Failed>> {
        let config = self.config();
        let document = Document::parse(self.document.to_string()).unwrap();
        COMPILED.with(|compiled| {
            run(&config, &compiled.sandbox, compiled, Facts::new(&config), document)
        })
    }

    /// Runs `create` over a bundle; gives its error, one line, after making sure that the file is as
    /// it was.
    pub(crate) fn refused(&self, case: &str) -> String {
        let path = self.path("bundle/config.json");
        let before = self.document.to_string();
        fs::write(&path, &before).unwrap();
        let result = COMPILED.with(|it| create(&self.config(), &it.sandbox, it, &path, None));
        let error = match result {
            Ok(created) => panic!("{case}: went through: {:?}", created.journal),
            Err(error) => error.to_string(),
        };
        assert_eq!(fs::read_to_string(&path).unwrap(), before, "{case}: the document changed");
        let names: Vec<_> = fs::read_dir(self.path("bundle")).unwrap().collect();
        assert_eq!(names.len(), 1, "{case}: something else was written: {names:?}");
        assert_plain(case, &error);
        error
    }

    /// Runs with `on-error = "skip"`: the document is as it was; gives why the stage was skipped, and
    /// what the modifier logged.
    pub(crate) fn skipped(self, case: &str) -> (String, Vec<String>) {
        let scene = self.stage("on-error = \"skip\"");
        let run = scene.run().unwrap_or_else(|failed| panic!("{case}: {}", failed.error));
        assert_eq!(
            run.document.to_text(),
            scene.document.to_string(),
            "{case}: a changed document"
        );
        assert!(run.journal.is_empty(), "{case}: edits in the journal: {:?}", run.journal.edits);
        let stage = stage(&run.journal);
        let Outcome::Skipped { cause } = &stage.outcome else {
            panic!("{case}: not skipped: {:?}", stage.outcome);
        };
        assert_one_line(case, cause);
        (cause.clone(), stage.log.iter().map(|line| line.message.clone()).collect())
    }

    /// Runs, must succeed; gives the document and what the modifier logged.
    pub(crate) fn applied(&self, case: &str) -> (Value, Vec<String>) {
        let run = self.run().unwrap_or_else(|failed| panic!("{case}: {}", failed.error));
        let stage = stage(&run.journal);
        assert_eq!(stage.outcome, Outcome::Applied, "{case}");
        let document = serde_json::from_str(&run.document.to_text()).unwrap();
        (document, stage.log.iter().map(|line| line.message.clone()).collect())
    }
}

/// The probe's record.
pub(crate) fn stage(journal: &Journal) -> &gantry::pipeline::StageRecord {
    journal.stages.iter().find(|stage| stage.stage == "probe").expect("the stage has a record")
}

/// One line for a person, that names the stage.
#[track_caller]
pub(crate) fn assert_plain(case: &str, text: &str) {
    assert!(text.starts_with("stage \"probe\": "), "{case}: no stage in {text:?}");
    assert_one_line(case, text);
}

/// One line that a terminal only shows.
#[track_caller]
pub(crate) fn assert_one_line(case: &str, text: &str) {
    let strange = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
    assert!(!text.contains(strange), "{case}: not one plain line: {text:?}");
    assert!(text.len() < 8192, "{case}: too long to read: {} bytes", text.len());
}

/// The component of `tests/probe`.
fn probe() -> PathBuf {
    let built = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        root.join("target/examples-wasm/probe.wasm")
    };
    let path = std::env::var_os("GANTRY_PROBE").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there; `cargo xtask test` makes it", path.display());
    path
}

fn document() -> Value {
    json!({
        "ociVersion": "1.2.0",
        "process": {
            "terminal": false,
            "user": { "uid": 1, "gid": 2 },
            "env": ["PATH=/bin", "ACME_ONE=1", "OTHER=hidden", "broken"],
            "capabilities": { "bounding": ["CAP_KILL"] },
            "args": ["true"],
            "cwd": "/"
        },
        "root": { "path": "rootfs" },
        "annotations": { "acme.com/a": "1", "other.com/b": "hidden" },
        "mounts": [
            { "destination": "/data", "type": "bind", "source": "/srv", "options": ["bind"] },
            { "destination": "/other", "type": "bind", "source": "/hidden", "options": ["bind"] }
        ],
        "hooks": { "prestart": [{ "path": "/usr/bin/old-hook", "args": ["old-hook"] }] },
        "linux": {
            "namespaces": [{ "type": "mount" }],
            "devices": [{ "path": "/dev/acme9", "type": "c", "major": 1, "minor": 3 }],
            "unknown": { "kept": 1.0 }
        }
    })
}

/// JSON as an inline value of TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(table) => {
            let pairs: Vec<_> =
                table.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Null => panic!("TOML has no null"),
        // Both escape alike but for DEL, which JSON leaves as it is.
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}
