//! What each key of the toolkit's becomes.

mod just_in_time;

use anyhow::{Result, bail};
use gantry::pipeline::config::{Config, StageConfig};
use gantry::pipeline::grants::{HookEnv, HookGrant, Pattern};
use toml::{Table, Value};

use super::ours::Ours;
use super::programs::Programs;
use super::toolkit::{Key, Toolkit};

/// The stages that read what a container requests.
const REQUESTS: &[&str] = &["mode", "feature-gated", "graphics", "csv", "cdi"];
/// Those of them that honour annotations.
const ANNOTATIONS: &[&str] = &["mode", "cdi", "feature-gated"];
/// The stages that make hooks of the container.
const HOOKS: &[&str] = &["feature-gated", "graphics", "csv"];
/// The stages that add the groups of device nodes.
const GIDS: &[&str] = &["feature-gated", "graphics", "csv"];

/// Keys that only the toolkit's prestart hook reads, from its own file.
const OF_THE_HOOK: &[&str] = &[
    "disable-require",
    "supported-driver-capabilities",
    "nvidia-container-cli.path",
    "nvidia-container-cli.environment",
    "nvidia-container-cli.debug",
    "nvidia-container-cli.ldcache",
    "nvidia-container-cli.load-kmods",
    "nvidia-container-cli.no-pivot",
    "nvidia-container-cli.no-cgroups",
    "nvidia-container-cli.user",
    "nvidia-container-cli.ldconfig",
    "nvidia-container-runtime-hook.skip-mode-detection",
    "features.allow-cuda-compat-libs-from-container",
    "features.allow-ldconfig-from-container",
    "features.disable-imex-channel-creation",
];

const RUNTIME: &str = "nvidia-container-runtime";
const MODES: &[&str] = &["auto", "cdi", "jit-cdi", "csv", "legacy"];
const DEFAULT: &str = "the toolkit's default";

/// Translates a file; the first key that cannot be honoured is the error.
pub(super) fn translate(
    toolkit: &Toolkit<'_>,
    built_in: &Config,
    programs: &Programs,
) -> Result<Ours> {
    let mut translation = Translation { toolkit, built_in, programs, ours: Ours::default() };
    translation.ldconfig()?;
    toolkit.keys().try_for_each(|key| translation.key(key))?;
    translation.mode()?;
    translation.hook_programs()?;
    translation.compat()?;
    Ok(translation.ours)
}

struct Translation<'a> {
    toolkit: &'a Toolkit<'a>,
    built_in: &'a Config,
    programs: &'a Programs,
    ours: Ours,
}

impl<'a> Translation<'a> {
    /// The keys that stand alone. The others are told where they are taken.
    fn key(&mut self, key: &Key<'_>) -> Result<()> {
        match key.name.as_str() {
            "swarm-resource" => self.preferred(key)?,
            "accept-nvidia-visible-devices-envvar-when-unprivileged" => {
                let on = key.boolean()?;
                self.settings(REQUESTS, "accept-envvar-when-unprivileged", on, key);
            }
            "accept-nvidia-visible-devices-as-volume-mounts" => {
                let on = key.boolean()?;
                self.settings(REQUESTS, "accept-volume-mounts", on, key);
            }
            "nvidia-container-cli.root" => self.root(key)?,
            "nvidia-container-runtime.debug" => match key.text()? {
                "" | "/dev/null" => {}
                file => self.ours.set("log", "file", absolute(key, file)?, &from(key)),
            },
            "nvidia-container-runtime.log-level" => self.level(key)?,
            "nvidia-container-runtime.runtimes" => {
                let runtimes = key.list()?;
                if runtimes.is_empty() {
                    bail!("line {}: {}: names no runtime; name one", key.line, key.name);
                }
                self.ours.set("runtime", "low-level", list(&runtimes), &from(key));
            }
            "nvidia-container-runtime.modes.csv.mount-spec-path" if !key.is_empty() => {
                let folder = absolute(key, key.text()?)?;
                self.ours.set("generate.csv", "dir", folder.clone(), &from(key));
                self.stage("csv", "roots", "csv", folder, &from(key));
            }
            "nvidia-container-runtime.modes.csv.compat-container-root" if !key.is_empty() => {
                let folder = absolute(key, key.text()?)?;
                self.ours.set("generate.csv", "compat-container-root", folder.clone(), &from(key));
                self.stage("csv", "settings", "compat-container-root", folder, &from(key));
            }
            "nvidia-container-runtime.modes.cdi.spec-dirs" => {
                let dirs = key.list()?.into_iter().map(|dir| absolute(key, dir));
                let dirs = dirs.collect::<Result<Vec<_>>>()?;
                self.ours.set("cdi", "spec-dirs", dirs, &from(key));
            }
            "nvidia-container-runtime.modes.cdi.default-kind" if !key.is_empty() => {
                let kind = key.text()?.to_owned();
                self.stage("cdi", "settings", "default-kind", kind, &from(key));
            }
            "nvidia-container-runtime.modes.cdi.annotation-prefixes" => self.annotations(key)?,
            "features.ignore-imex-channel-requests" => {
                let on = key.boolean()?;
                self.settings(&["feature-gated"], "ignore-imex-channel-requests", on, key);
            }
            "features.no-additional-gids-for-device-nodes" => {
                let on = key.boolean()?;
                self.settings(GIDS, "no-additional-gids", on, key);
                self.ours.set("generate", "no-additional-gids", on, &from(key));
            }
            "features.allow-unknown-oci-spec-fields" => {
                self.ours.unused(key, "fields that are not known are always kept");
            }
            "nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags" => {
                self.feature_flags(key)?;
            }
            "nvidia-container-runtime.modes.jit-cdi.nvcdi-disable-hooks" if !key.is_empty() => {
                self.disabled_hooks(key)?;
            }
            // Told where they are taken together.
            "nvidia-container-runtime.mode"
            | "nvidia-container-runtime.modes.legacy.cuda-compat-mode"
            | "nvidia-container-runtime-hook.path"
            | "nvidia-ctk.path"
            | "features.disable-cuda-compat-lib-hook" => {}
            name if OF_THE_HOOK.contains(&name) => self.ours.unused(
                key,
                "nvidia-container-runtime-hook reads it from the toolkit's file, in mode legacy",
            ),
            _ if key.is_empty() => {}
            _ => self.ours.unused(key, "not known; the toolkit passes over it as well"),
        }
        Ok(())
    }

    /// Every program of the toolkit refuses a file with such an `ldconfig`.
    fn ldconfig(&self) -> Result<()> {
        let Some(key) = self.toolkit.get("nvidia-container-cli.ldconfig") else { return Ok(()) };
        let path = key.text()?;
        let allowed = self.toolkit.is_on("features.allow-ldconfig-from-container")?;
        if allowed || path.is_empty() || path.starts_with('@') {
            return Ok(());
        }
        bail!(
            "line {}: {}: {path:?} would be run from the container's image; begin it with `@` for the \
             host's",
            key.line,
            key.name
        );
    }

    fn mode(&mut self) -> Result<()> {
        let name = format!("{RUNTIME}.mode");
        let (mode, from) = match self.toolkit.get(&name) {
            Some(key) => (key.text()?, from(key)),
            None => ("auto", DEFAULT.to_owned()),
        };
        if !MODES.contains(&mode) {
            let line = self.toolkit.get(&name).map_or(0, |key| key.line);
            bail!("line {line}: {name}: {mode:?} is no mode; there are {}", MODES.join(", "));
        }
        if mode == "auto" {
            self.stage("mode", "settings", "default", "jit-cdi", &from);
        } else {
            self.ours.set("pipeline", "fixed-mode", mode, &from);
        }
        Ok(())
    }

    fn root(&mut self, key: &Key<'_>) -> Result<()> {
        let root = match key.text()? {
            "" => return Ok(()),
            root => absolute(key, root)?,
        };
        self.ours.set("host", "driver-root", root.clone(), &from(key));
        self.ours.set("host", "dev-root", root, &from(key));
        Ok(())
    }

    fn level(&mut self, key: &Key<'_>) -> Result<()> {
        let level = match key.text()? {
            "" => return Ok(()),
            "panic" | "fatal" | "error" => "error",
            "warn" | "warning" => "warn",
            "info" => "info",
            "debug" => "debug",
            "trace" => "trace",
            other => {
                let why = format!("{other:?} is no level; the toolkit takes \"info\" instead");
                self.ours.unused(key, &why);
                return Ok(());
            }
        };
        self.ours.set("log", "level", level, &from(key));
        Ok(())
    }

    /// Variables that are read instead of `NVIDIA_VISIBLE_DEVICES`.
    fn preferred(&mut self, key: &Key<'_>) -> Result<()> {
        let names: Vec<&str> =
            key.text()?.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return Ok(());
        }
        if let Some(name) = names.iter().find(|name| name.contains(['*', '=', '\0'])) {
            bail!("line {}: {}: {name:?} is no name of a variable", key.line, key.name);
        }
        self.settings(REQUESTS, "preferred-env", list(&names), key);
        for stage in self.present(REQUESTS) {
            let granted = stage.grants.read.env.iter().map(Pattern::as_str);
            let env: Vec<&str> = granted.chain(names.iter().copied()).collect();
            self.stage(stage.name.as_str(), "grants.read", "env", list(&env), &from(key));
        }
        Ok(())
    }

    fn annotations(&mut self, key: &Key<'_>) -> Result<()> {
        let prefixes = key.list()?;
        if let Some(prefix) = prefixes.iter().find(|one| one.is_empty() || one.contains('*')) {
            bail!("line {}: {}: {prefix:?} is no prefix of annotations", key.line, key.name);
        }
        self.settings(ANNOTATIONS, "annotation-prefixes", list(&prefixes), key);
        if prefixes.is_empty() {
            // Nothing is read; the grant stays, since without one a stage that could read would not start.
            return Ok(());
        }
        // A grant must cover all that a prefix can find, and a key has at most one `/`.
        let pattern = |one: &&str| format!("{one}{}", if one.contains('/') { "*" } else { "**" });
        let patterns: Vec<String> = prefixes.iter().map(pattern).collect();
        for stage in self.present(ANNOTATIONS) {
            let name = stage.name.as_str();
            self.stage(name, "grants.read", "annotations", patterns.clone(), &from(key));
        }
        Ok(())
    }

    /// The programs of hooks: the settings that name them, and the grants that pin them.
    fn hook_programs(&mut self) -> Result<()> {
        let path = |key: &str, default: &str| -> Result<(String, String)> {
            let named = self.toolkit.text(key)?;
            let from = self.toolkit.get(key).map_or_else(|| DEFAULT.to_owned(), from);
            Ok((self.programs.find(named.unwrap_or(default), default), from))
        };
        let of_legacy =
            path("nvidia-container-runtime-hook.path", "nvidia-container-runtime-hook")?;
        let of_others = path("nvidia-ctk.path", "nvidia-ctk")?;
        let (program, origin) = &of_others;
        self.ours.set("generate", "hook-path", program.as_str(), origin);
        let stages = HOOKS.iter().map(|name| (name, &of_others));
        for (name, (program, from)) in stages.chain([(&"legacy", &of_legacy)]) {
            let [stage] = self.present(&[name])[..] else { continue };
            if program.contains('*') {
                bail!("{from}: {program:?} has a `*` in it; name the program by another path");
            }
            let hooks = stage.grants.edit.hooks.iter().map(|hook| self::hook(hook, program));
            let hooks: Vec<Value> = hooks.collect();
            self.stage(name, "settings", "hook-path", program.as_str(), from);
            self.stage(name, "grants.edit", "hooks", hooks, from);
        }
        Ok(())
    }

    fn compat(&mut self) -> Result<()> {
        let off = "features.disable-cuda-compat-lib-hook";
        if self.toolkit.is_on(off)?
            && let Some(key) = self.toolkit.get(off)
        {
            self.settings(&["feature-gated"], "cuda-compat-mode", "disabled", key);
            self.when();
            return Ok(());
        }
        let key = self.toolkit.get("nvidia-container-runtime.modes.legacy.cuda-compat-mode");
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            self.when();
            return Ok(());
        };
        // The hook takes any other for "disabled".
        match key.text()? {
            "hook" => {
                self.settings(&["feature-gated"], "cuda-compat-mode", "hook", key);
                return Ok(());
            }
            "ldconfig" | "mount" => self.ours.unused(
                key,
                "nvidia-container-runtime-hook reads it from the toolkit's file, in mode legacy",
            ),
            _ => self.settings(&["feature-gated"], "cuda-compat-mode", "disabled", key),
        }
        self.when();
        Ok(())
    }

    /// Says anew for which containers there are features to add, since settings are changed. None of them
    /// makes more of it but the compatibility hook, which is for every container.
    fn when(&mut self) {
        for stage in self.present(&["feature-gated"]) {
            for (key, names) in [("env", &stage.when.env), ("mounts", &stage.when.mounts)] {
                let names: Vec<&str> = names.iter().map(Pattern::as_str).collect();
                let why = "as built in: only these containers ask for a feature";
                self.stage(stage.name.as_str(), "when", key, list(&names), why);
            }
        }
    }

    /// Those of these stages that are there.
    fn present(&self, names: &[&str]) -> Vec<&'a StageConfig> {
        names.iter().filter_map(|name| self.built_in.stage(name)).collect()
    }

    /// The same setting of several stages.
    fn settings(&mut self, stages: &[&str], name: &str, value: impl Into<Value>, key: &Key<'_>) {
        let value = value.into();
        for stage in stages {
            self.stage(stage, "settings", name, value.clone(), &from(key));
        }
    }

    fn stage(&mut self, stage: &str, table: &str, key: &str, value: impl Into<Value>, from: &str) {
        self.ours.set(&format!("stages.{stage}.{table}"), key, value, from);
    }
}

/// The built-in grant, with the program of this host.
fn hook(grant: &HookGrant, program: &str) -> Value {
    let base = program.rsplit('/').next().unwrap_or(program);
    let own = grant.args.iter().skip(1).map(Pattern::as_str);
    let called: &[&str] = if base == "nvidia-ctk" { &[base, "hook"] } else { &[base] };
    let further = grant.any_further.then_some("**");
    let args: Vec<&str> = called.iter().copied().chain(own).chain(further).collect();
    let mut table = Table::new();
    table.insert("point".to_owned(), grant.point.name().into());
    table.insert("path".to_owned(), program.into());
    table.insert("args".to_owned(), list(&args));
    let timeout = grant.timeout.map_or_else(|| "none".into(), |seconds| i64::from(seconds).into());
    table.insert("timeout".to_owned(), timeout);
    let env = match &grant.env {
        HookEnv::Fixed(env) => env.clone().into(),
        HookEnv::Runtime => HookEnv::RUNTIME.into(),
    };
    table.insert("env".to_owned(), env);
    table.into()
}

/// Where a value comes from.
fn from(key: &Key<'_>) -> String {
    format!("{}, line {}", key.name, key.line)
}

fn list(texts: &[&str]) -> Value {
    Value::Array(texts.iter().copied().map(Value::from).collect())
}

/// A path without `.`, `..` and repeated or last `/`.
fn absolute(key: &Key<'_>, path: &str) -> Result<String> {
    if !path.starts_with('/') {
        bail!("line {}: {}: {path:?} is not absolute; write the whole path", key.line, key.name);
    }
    Ok(gantry::path::clean(path).into_owned())
}
