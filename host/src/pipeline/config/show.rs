//! The effective configuration as text: TOML for people, JSON for programs. Both are made of the same
//! rows, so neither can say what the other does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::origins::Origin;
use super::stage::ModifierRef;
use super::{Config, Generate, Limits, StageConfig, StageName, When};
use crate::document::HookPoint;
use crate::pipeline::grants::{
    GidGrant, Grants, HookEnv, HookGrant, Mode, Modes, Pattern, Patterns,
};

/// One key and its value.
struct Row {
    /// The keys from the top, its own the last.
    keys: Vec<String>,
    value: Value,
}

impl Config {
    /// The effective configuration as TOML. Read as `config.toml`, it gives the same configuration:
    /// the order names the stages of drop-ins too, and an empty grant is written where it takes back
    /// a built-in one.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.write_toml(|_| None)
    }

    /// As [`Self::to_toml`], with a comment behind each value that says where it comes from:
    /// `# FILE:LINE`, or `# built-in`.
    #[must_use]
    pub fn to_toml_with_origins(&self) -> String {
        self.write_toml(|row| {
            let mut places: Vec<_> =
                self.origins_of(&row.keys, &row.value).iter().map(Origin::comment).collect();
            places.dedup();
            Some(places.join(", "))
        })
    }

    /// Every value with where it comes from.
    #[must_use]
    pub fn origins(&self) -> Vec<Origin> {
        self.rows().iter().flat_map(|row| self.origins_of(&row.keys, &row.value)).collect()
    }

    fn write_toml(&self, comment: impl Fn(&Row) -> Option<String>) -> String {
        let built_in: BTreeMap<Vec<String>, Value> = Self::built_in()
            .map(|config| config.rows())
            .unwrap_or_default()
            .into_iter()
            .map(|row| (row.keys, row.value))
            .collect();
        let mut text = String::new();
        let mut table: &[String] = &[];
        let rows = self.rows();
        for row in &rows {
            let says_nothing = row.keys.iter().any(|key| key == "grants") && is_empty(&row.value);
            if says_nothing && built_in.get(&row.keys).is_none_or(|one| *one == row.value) {
                continue;
            }
            let Some((key, parents)) = row.keys.split_last() else {
                continue;
            };
            if table != parents {
                table = parents;
                let name: Vec<_> = table.iter().map(|key| toml_key(key)).collect();
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}[{}]", name.join("."));
            }
            let _ = write!(text, "{} = {}", toml_key(key), toml_value(&row.value));
            if let Some(comment) = comment(row) {
                let _ = write!(text, "  # {}", comment.escape_debug());
            }
            text.push('\n');
        }
        text
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Rows(Vec::new());
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map_or_else(String::new, |path| path.display().to_string())
        };
        let names: Vec<_> = self.stages.iter().map(|stage| stage.name.as_str()).collect();
        rows.add(&["runtime", "low-level"], json!(self.runtime.low_level));
        rows.add(&["log", "file"], json!(path(&self.log.file)));
        rows.add(&["log", "level"], json!(self.log.level.name()));
        rows.add(&["host", "driver-root"], json!(self.host.driver_root));
        rows.add(&["host", "dev-root"], json!(self.host.dev_root));
        rows.add(&["host", "gpu-reader"], json!(path(&self.host.gpu_reader)));
        rows.add(&["host", "gpu-timeout"], json!(self.host.gpu_timeout.to_string()));
        rows.add(&["host", "gpu-cache"], json!(path(&self.host.gpu_cache)));
        rows.add(&["cdi", "spec-dirs"], json!(self.cdi.spec_dirs));
        rows.add(&["cdi", "unknown-fields"], json!(self.cdi.unknown_fields.name()));
        rows.add(&["cdi", "index"], json!(path(&self.cdi.index)));
        rows.generate(&self.generate);
        rows.add(&["journal", "dir"], json!(path(&self.journal.dir)));
        rows.add(&["journal", "keep"], json!(self.journal.keep));
        rows.add(&["store", "dir"], json!(path(&self.store.dir)));
        rows.add(&["pipeline", "mode"], json!(self.selector.name.as_str()));
        rows.add(&["pipeline", "fixed-mode"], json!(self.fixed_mode.map_or("", Mode::name)));
        rows.add(&["pipeline", "order"], json!(names));
        for stage in self.all_stages() {
            rows.stage(stage);
        }
        rows.0
    }
}

impl Serialize for Config {
    /// The effective configuration with the keys of the TOML form, all of them written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut top = Map::new();
        for row in self.rows() {
            nest(&mut top, &row.keys, row.value);
        }
        top.serialize(serializer)
    }
}

fn nest(table: &mut Map<String, Value>, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let next = table.entry(key.clone()).or_insert_with(|| json!({}));
            if let Value::Object(next) = next {
                nest(next, rest, value);
            }
        }
    }
}

struct Rows(Vec<Row>);

impl Rows {
    fn add(&mut self, keys: &[&str], value: Value) {
        self.0.push(Row { keys: keys.iter().map(|key| (*key).to_owned()).collect(), value });
    }

    fn generate(&mut self, generate: &Generate) {
        let mut add = |key: &str, value: Value| self.add(&["generate", key], value);
        add("mode", json!(generate.mode.name()));
        add("hook-path", json!(generate.hooks.program));
        add("disable-hooks", json!(generate.disable_hooks()));
        add("enable-hooks", json!(generate.enable_hooks()));
        add("no-additional-gids", json!(generate.no_additional_gids));
        add("no-ipc", json!(generate.no_ipc));
        add("explicit-driver-libraries", json!(generate.explicit_driver_libraries));
        add("library-search-paths", json!(generate.library_search_paths));
        add("config-search-paths", json!(generate.config_search_paths));
        let mut add = |key: &str, value: Value| self.add(&["generate", "csv", key], value);
        let csv = &generate.csv;
        add("dir", json!(csv.dir));
        add("ignore-patterns", json!(csv.ignore_patterns));
        add("compat-container-root", json!(csv.compat_container_root.as_deref().unwrap_or("")));
        add("several-gpus", json!(csv.several_gpus));
    }

    fn stage(&mut self, stage: &StageConfig) {
        let name = StageName::as_str(&stage.name);
        let mut add = |keys: &[&str], value: Value| {
            let all: Vec<&str> = ["stages", name].iter().chain(keys).copied().collect();
            self.add(&all, value);
        };
        add(&["modifier"], json!(stage.modifier.to_string()));
        if let ModifierRef::File { digest: Some(digest), .. } = &stage.modifier {
            add(&["digest"], json!(digest.to_string()));
        }
        add(&["enabled"], json!(stage.enabled));
        add(&["modes"], modes(stage.modes));
        add(&["when"], when(&stage.when));
        add(&["on-error"], json!(stage.on_error.name()));
        add(&["enforce"], json!(stage.enforce));
        for (root, path) in &stage.roots {
            add(&["roots", root], json!(path));
        }
        grants(&stage.grants, &mut |table, key, value| {
            add(&["grants", table, key], value);
        });
        for (root, paths) in &stage.grants.read.files {
            add(&["grants", "read", "files", root], patterns(paths));
        }
        for (root, paths) in &stage.grants.listed {
            add(&["grants", "listed", root], patterns(paths));
        }
        limits(&stage.limits, &mut |key, value| {
            add(&["limits", key], value);
        });
        for (key, value) in &stage.settings {
            add(&["settings", key], value.clone());
        }
    }
}

/// Only what is named: an empty table is every container.
fn when(when: &When) -> Value {
    let names = [("env", &when.env), ("annotations", &when.annotations), ("mounts", &when.mounts)];
    let mut table: Map<String, Value> = names
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(key, names)| (key.to_owned(), patterns(names)))
        .collect();
    if !when.hooks.is_empty() {
        table.insert("hooks".to_owned(), list(&when.hooks, |point| json!(point.name())));
    }
    Value::Object(table)
}

fn grants(grants: &Grants, add: &mut dyn FnMut(&str, &str, Value)) {
    let Grants { read, edit, overrides, listed: _ } = grants;
    add("read", "env", patterns(&read.env));
    add("read", "annotations", patterns(&read.annotations));
    add("read", "mounts", patterns(&read.mounts));
    add("read", "hooks", list(&read.hooks, |point: &HookPoint| json!(point.name())));
    add("read", "device-nodes", patterns(&read.device_nodes));
    add("read", "process", json!(read.process));
    add("read", "namespaces", json!(read.namespaces));
    add("read", "platform", json!(read.platform));
    add("read", "gpus", json!(read.gpus));
    add("read", "cdi", patterns(&read.cdi));
    add("edit", "mode", modes(edit.modes));
    add("edit", "env", patterns(&edit.env));
    add("edit", "devices", patterns(&edit.devices));
    add("edit", "device-nodes", list(&edit.device_nodes, |one| json!(one.to_string())));
    add("edit", "mounts", list(&edit.mounts, |one| json!(one.to_string())));
    add("edit", "hooks", list(&edit.hooks, hook));
    add(
        "edit",
        "remove-hooks",
        list(
            &edit.remove_hooks,
            |one| json!({ "point": one.point.name(), "path": one.path.as_str() }),
        ),
    );
    add(
        "edit",
        "gids",
        list(&edit.gids, |one| match one {
            GidGrant::Range(range) if range.count() == 1 => json!(range.first()),
            _ => json!(one.to_string()),
        }),
    );
    add("edit", "net-devices", patterns(&edit.net_devices));
    add("edit", "rdt", patterns(&edit.rdt));
    add("override", "env", patterns(&overrides.env));
    add("override", "mounts", patterns(&overrides.mounts));
    add("override", "device-nodes", patterns(&overrides.device_nodes));
    add("override", "net-devices", patterns(&overrides.net_devices));
    add("override", "rdt", json!(overrides.rdt));
}

fn limits(limits: &Limits, add: &mut dyn FnMut(&str, Value)) {
    add("memory", json!(limits.memory.to_string()));
    add("time", json!(limits.time.to_string()));
    add("fuel", json!(limits.fuel));
    add("host-bytes", json!(limits.host_bytes.to_string()));
    add("edits", json!(limits.edits));
    add("edit-bytes", json!(limits.edit_bytes.to_string()));
    add("log-lines", json!(limits.log_lines));
    add("log-bytes", json!(limits.log_bytes.to_string()));
}

fn hook(hook: &HookGrant) -> Value {
    let further = hook.any_further.then_some("**");
    let args: Vec<&str> = hook.args.iter().map(Pattern::as_str).chain(further).collect();
    json!({
        "point": hook.point.name(),
        "path": hook.path.as_str(),
        "args": args,
        "timeout": hook.timeout.map_or(json!("none"), |seconds| json!(seconds)),
        "env": match &hook.env {
            HookEnv::Fixed(variables) => json!(variables),
            HookEnv::Runtime => json!(HookEnv::RUNTIME),
        },
    })
}

fn modes(modes: Modes) -> Value {
    modes.iter().map(Mode::name).collect()
}

fn patterns(patterns: &Patterns) -> Value {
    patterns.iter().map(Pattern::as_str).collect()
}

fn list<T>(list: &[T], one: impl Fn(&T) -> Value) -> Value {
    list.iter().map(one).collect()
}

/// Whether a grant of this value grants nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Bool(on) => !on,
        _ => false,
    }
}

fn toml_key(key: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { toml_string(key) }
}

/// JSON's escapes are TOML's, but for DEL, which only TOML wants escaped.
fn toml_string(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => toml_string(text),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().map(toml_value).collect();
            format!("[{}]", list.join(", "))
        }
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let pairs: Vec<_> = table
                .iter()
                .map(|(key, value)| format!("{} = {}", toml_key(key), toml_value(value)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}
