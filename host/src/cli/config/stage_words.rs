//! A stage in words: what an operator reads before it is enabled.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use gantry::pipeline::config::{Config, Digest, Mode, ModifierRef, OnError, Severity, StageConfig};
use gantry::pipeline::grants::{Grants, HookGrant, Pattern, Patterns};
use sha2::{Digest as _, Sha256};

/// What the stage is, where it stands, what it may do and what it may use.
pub(super) fn describe(
    config: &Config,
    stage: &StageConfig,
    problems: &[String],
) -> Result<String> {
    let mut out = String::new();
    let name = stage.name.as_str();
    writeln!(out, "stage {name}, from {}", config.origin(&["stages", name, "modifier"]))?;
    writeln!(out, "  modifier: {}", stage.modifier)?;
    if let ModifierRef::File { path, digest } = &stage.modifier {
        let digest = match (digest, file_digest(path)) {
            (Some(digest), _) => format!("{digest}, and no other file runs"),
            (None, Some(found)) => format!("{found}; not pinned: [stages.{name}] has no digest"),
            (None, None) => "the file cannot be read".to_owned(),
        };
        writeln!(out, "  digest: {digest}")?;
    }
    writeln!(out, "  order: {}", place(config, stage))?;
    let modes: Vec<_> = stage.modes.iter().map(Mode::name).collect();
    writeln!(out, "  modes: {}", if modes.is_empty() { "none".into() } else { modes.join(", ") })?;
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
    for line in may {
        writeln!(out, "    {line}")?;
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

fn file_digest(path: &Path) -> Option<Digest> {
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut hasher = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path).ok()?, &mut hasher).ok()?;
    Some(<[u8; 32]>::from(hasher.finalize()).into())
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

fn grants(config: &Config, stage: &StageConfig) -> Vec<String> {
    let Grants { read, edit, overrides, listed } = &stage.grants;
    let mut may = Lines(Vec::new());
    may.patterns("see the variables", &read.env);
    may.patterns("see the annotations", &read.annotations);
    may.patterns("see the mounts", &read.mounts);
    may.list("see the hooks of", &read.hooks, |point| point.name().to_owned());
    may.patterns("see the device nodes", &read.device_nodes);
    may.flag("see the user, groups and capabilities of the process", read.process);
    may.flag("see the namespaces", read.namespaces);
    may.flag("see what kind of machine the host is", read.platform);
    may.flag("see the inventory of GPUs", read.gpus);
    may.patterns("see the CDI devices of", &read.cdi);
    for (root, paths) in &read.files {
        let folder = config.root(stage, root);
        may.patterns(&format!("read the host's files below {folder} ({root}):"), paths);
    }
    let modes: Vec<Mode> = edit.modes.iter().collect();
    may.list("choose the modes", &modes, ToString::to_string);
    may.patterns("set the variables", &edit.env);
    may.patterns("inject the CDI devices", &edit.devices);
    may.list("add the device nodes", &edit.device_nodes, ToString::to_string);
    may.list("mount", &edit.mounts, ToString::to_string);
    may.0.extend(edit.hooks.iter().map(hook));
    may.list("remove the hooks", &edit.remove_hooks, |one| {
        format!("{} {}", one.point.name(), one.path.as_str())
    });
    may.list("add the groups", &edit.gids, ToString::to_string);
    may.patterns("move in the network interfaces", &edit.net_devices);
    may.patterns("set the classes of Intel RDT", &edit.rdt);
    may.patterns("replace what earlier stages set: the variables", &overrides.env);
    may.patterns("replace what earlier stages set: the mounts", &overrides.mounts);
    may.patterns("replace what earlier stages set: the device nodes", &overrides.device_nodes);
    may.patterns("replace what earlier stages set: the interfaces", &overrides.net_devices);
    may.flag("replace what earlier stages set: Intel RDT", overrides.rdt);
    for (root, paths) in listed {
        let folder = config.root(stage, root);
        let what = format!("read, and mount read-only, what these lists below {folder} name:");
        may.patterns(&what, paths);
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
struct Lines(Vec<String>);

impl Lines {
    fn patterns(&mut self, what: &str, patterns: &Patterns) {
        let list: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
        self.list(what, &list, |one| (*one).to_owned());
    }

    fn list<T>(&mut self, what: &str, list: &[T], one: impl Fn(&T) -> String) {
        if !list.is_empty() {
            let list: Vec<String> = list.iter().map(one).collect();
            self.0.push(format!("{what} {}", list.join(", ")));
        }
    }

    fn flag(&mut self, what: &str, granted: bool) {
        if granted {
            self.0.push(what.to_owned());
        }
    }
}
