//! A stage in words: what an operator reads before it is enabled.

use std::fmt::Write;

use anyhow::Result;
use gantry::modifier::metadata::Want;
use gantry::pipeline::config::{Config, Mode, ModifierRef, OnError, Severity, StageConfig, When};
use gantry::pipeline::grants::{Grants, HookGrant, Pattern, Patterns};
use serde_json::{Value, json};

use super::wasm::Wasm;

/// What the stage is, where it stands, what it may do and why, and what it may use.
pub(super) fn describe(
    config: &Config,
    stage: &StageConfig,
    wasm: &Wasm,
    problems: &[String],
) -> Result<String> {
    let mut out = String::new();
    let name = stage.name.as_str();
    writeln!(out, "stage {name}, from {}", config.origin(&["stages", name, "modifier"]))?;
    writeln!(out, "  modifier: {}", stage.modifier)?;
    if let ModifierRef::File { digest, .. } = &stage.modifier {
        let digest = match (digest, &wasm.digest) {
            (Some(digest), _) => format!("{digest}, and no other file runs"),
            (None, Some(found)) => format!("{found}; not pinned: [stages.{name}] has no digest"),
            (None, None) => "the file cannot be read".to_owned(),
        };
        writeln!(out, "  digest: {digest}")?;
    }
    writeln!(out, "  order: {}", place(config, stage))?;
    let modes: Vec<_> = stage.modes.iter().map(Mode::name).collect();
    writeln!(out, "  modes: {}", if modes.is_empty() { "none".into() } else { modes.join(", ") })?;
    if !stage.when.is_always() {
        writeln!(out, "  only for containers that have {}", when(&stage.when))?;
    }
    let on_error = match stage.on_error {
        OnError::Fail => "fails the container",
        OnError::Skip => "discards the stage's edits, and the container is created without them",
    };
    writeln!(out, "  an error {on_error}")?;
    if !stage.enforce {
        writeln!(out, "  its edits are journalled and not applied (enforce = false)")?;
    }
    let may = grants(config, stage);
    writeln!(out, "  it may{}", if may.is_empty() { " only log" } else { "" })?;
    for (at, Granted { kind, text }) in may.iter().enumerate() {
        writeln!(out, "    {text}")?;
        // Several lines may be of one kind; the wishes stand behind the last.
        if may.get(at + 1).is_none_or(|next| next.kind != *kind) {
            for want in wasm.wants.iter().filter(|want| want.grant == *kind && has(stage, want)) {
                writeln!(out, "      {}: {}", wanted(want), want.why)?;
            }
        }
    }
    let missing: Vec<&Want> = wasm.wants.iter().filter(|want| !has(stage, want)).collect();
    if !missing.is_empty() {
        writeln!(out, "  it asks for more, which is not granted")?;
    }
    for want in missing {
        writeln!(out, "    {} {}: {}", want.grant, want.pattern, want.why)?;
    }
    let limits = &stage.limits;
    writeln!(out, "  each call is limited to")?;
    writeln!(
        out,
        "    {} of memory, {}, {} units of fuel, {} for the host's side",
        limits.memory, limits.time, limits.fuel, limits.host_bytes
    )?;
    writeln!(
        out,
        "    {} edits of {}, {} log lines of {}",
        limits.edits, limits.edit_bytes, limits.log_lines, limits.log_bytes
    )?;
    let prefix = format!("stages.{name}.");
    for one in config.check() {
        if one.severity == Severity::Warning && one.key.starts_with(&prefix) {
            writeln!(out, "  warning: {}: {}", one.key, one.message)?;
        }
    }
    for problem in problems {
        writeln!(out, "  containers will fail until this is mended: {problem}")?;
    }
    // What it holds is a vendor's text.
    Ok(out.lines().map(|line| gantry::text::one_line(line) + "\n").collect())
}

/// The same for programs: what it may do and why, and what is wrong.
pub(super) fn value(
    config: &Config,
    stage: &StageConfig,
    wasm: &Wasm,
    problems: &[String],
) -> Value {
    let pinned = match &stage.modifier {
        ModifierRef::File { digest, .. } => digest.is_some(),
        ModifierRef::BuiltIn(_) => false,
    };
    let may = grants(config, stage);
    let wants = wasm.wants.iter().map(|want| {
        json!({
            "grant": want.grant,
            "pattern": want.pattern,
            "why": want.why,
            "granted": has(stage, want),
        })
    });
    json!({
        "modifier": stage.modifier.to_string(),
        "digest": wasm.digest.map(|digest| digest.to_string()),
        "pinned": pinned,
        "may": may.iter().map(|one| one.text.clone()).collect::<Vec<_>>(),
        "wants": wants.collect::<Vec<_>>(),
        "problems": problems,
    })
}

/// Whether a wish is granted.
fn has(stage: &StageConfig, want: &Want) -> bool {
    stage.grants.cover(&want.grant, &want.pattern) == Some(true)
}

/// A wish, beside the grant that it is for.
fn wanted(want: &Want) -> &str {
    if want.pattern.is_empty() { "wanted" } else { &want.pattern }
}

/// The stages that run, this one marked.
fn place(config: &Config, stage: &StageConfig) -> String {
    if config.selector.name == stage.name {
        return "before all stages: it is the mode selector".to_owned();
    }
    let shown = |one: &StageConfig| {
        if one.name == stage.name { format!("[{}]", one.name) } else { one.name.to_string() }
    };
    let names: Vec<String> = config.stages.iter().filter(|one| one.enabled).map(shown).collect();
    names.join(", ")
}

/// What a stage may do by grants of one kind.
struct Granted {
    /// As modifiers write it; empty for what none can ask for.
    kind: &'static str,
    text: String,
}

fn grants(config: &Config, stage: &StageConfig) -> Vec<Granted> {
    let Grants { read, edit, overrides, listed } = &stage.grants;
    let mut may = Lines(Vec::new());
    may.patterns("read.env", "see the variables", &read.env);
    may.patterns("read.annotations", "see the annotations", &read.annotations);
    may.patterns("read.mounts", "see the mounts", &read.mounts);
    may.list("read.hooks", "see the hooks of", &read.hooks, |point| point.name().to_owned());
    may.patterns("read.device-nodes", "see the device nodes", &read.device_nodes);
    let process = "see the user, groups and capabilities of the process";
    may.flag("read.process", process, read.process);
    may.flag("read.namespaces", "see the namespaces", read.namespaces);
    may.flag("read.platform", "see what kind of machine the host is", read.platform);
    may.flag("read.gpus", "see the inventory of GPUs", read.gpus);
    may.patterns("read.cdi", "see the CDI devices of", &read.cdi);
    for (root, paths) in &read.files {
        let folder = config.root(stage, root);
        let what = format!("read the host's files below {folder} ({root}):");
        may.patterns("read.files", &what, paths);
    }
    let modes: Vec<Mode> = edit.modes.iter().collect();
    may.list("edit.mode", "choose the modes", &modes, ToString::to_string);
    may.patterns("edit.env", "set the variables", &edit.env);
    may.patterns("edit.devices", "inject the CDI devices", &edit.devices);
    let nodes = "add the device nodes";
    may.list("edit.device-nodes", nodes, &edit.device_nodes, ToString::to_string);
    may.list("edit.mounts", "mount", &edit.mounts, ToString::to_string);
    may.0.extend(edit.hooks.iter().map(|one| Granted { kind: "edit.hooks", text: hook(one) }));
    may.list("edit.remove-hooks", "remove the hooks", &edit.remove_hooks, |one| {
        format!("{} {}", one.point.name(), one.path.as_str())
    });
    may.list("edit.gids", "add the groups", &edit.gids, ToString::to_string);
    may.patterns("edit.net-devices", "move in the network interfaces", &edit.net_devices);
    may.patterns("edit.rdt", "set the classes of Intel RDT", &edit.rdt);
    for (what, patterns) in [
        ("the variables", &overrides.env),
        ("the mounts", &overrides.mounts),
        ("the device nodes", &overrides.device_nodes),
        ("the interfaces", &overrides.net_devices),
    ] {
        may.patterns("", &format!("replace what earlier stages set: {what}"), patterns);
    }
    may.flag("", "replace what earlier stages set: Intel RDT", overrides.rdt);
    for (root, paths) in listed {
        let folder = config.root(stage, root);
        let what = format!("read, and mount read-only, what these lists below {folder} name:");
        may.patterns("listed", &what, paths);
    }
    may.0
}

fn hook(hook: &HookGrant) -> String {
    let further = hook.any_further.then_some("and any further");
    let args: Vec<&str> = hook.args.iter().map(Pattern::as_str).chain(further).collect();
    format!(
        "run as root on the host, at {}: {}, with the arguments [{}], {}",
        hook.point.name(),
        hook.path.as_str(),
        args.join(", "),
        hook.timeout.map_or_else(
            || "for any time".to_owned(),
            |seconds| format!("for at most {seconds} s")
        )
    )
}

/// One line for each kind of grant that is not empty.
struct Lines(Vec<Granted>);

impl Lines {
    fn patterns(&mut self, kind: &'static str, what: &str, patterns: &Patterns) {
        let list: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
        self.list(kind, what, &list, |one| (*one).to_owned());
    }

    fn list<T>(&mut self, kind: &'static str, what: &str, list: &[T], one: impl Fn(&T) -> String) {
        if !list.is_empty() {
            let list: Vec<String> = list.iter().map(one).collect();
            self.0.push(Granted { kind, text: format!("{what} {}", list.join(", ")) });
        }
    }

    fn flag(&mut self, kind: &'static str, what: &str, granted: bool) {
        if granted {
            self.0.push(Granted { kind, text: what.to_owned() });
        }
    }
}

/// What a stage waits for.
fn when(when: &When) -> String {
    let mut any = Vec::new();
    for (what, names) in [
        ("a variable", &when.env),
        ("an annotation", &when.annotations),
        ("a mount at", &when.mounts),
    ] {
        any.extend(names.iter().map(|name| format!("{what} {name}")));
    }
    any.extend(when.hooks.iter().map(|point| format!("a {} hook", point.name())));
    any.join(", or ")
}
