//! What is allowed, and yet worth a second look: `gantry config check`.

use std::fmt;

use super::stage::{DefinedBy, ModifierRef};
use super::{Config, ConfigSource, Place, StageConfig};
use crate::pipeline::grants::{
    GidGrant, HookGrant, HostPattern, Modes, MountGrant, Pattern, Patterns,
};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Likely a mistake, or a grant that is more than it seems.
    Warning,
    /// A container's creation would fail.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Where the value is set.
    pub at: Place,
    /// The key, dotted from the top.
    pub key: String,
    /// What is found, and why it matters.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}: {}", self.at, self.key, self.message)
    }
}

impl Config {
    /// What is worth a second look. Nothing is read.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.cdi.spec_dirs.is_empty() {
            self.say(
                &mut found,
                Severity::Warning,
                &["cdi", "spec-dirs"],
                "is empty: no CDI device can be found",
            );
        }
        for name in &self.left_over {
            let message = "nothing defines the stage any more: take what is said of it out, or install what does";
            self.say(&mut found, Severity::Note, &["stages", name.as_str()], message);
        }
        for stage in self.all_stages() {
            let mut findings = Findings { config: self, stage, found: &mut found };
            findings.as_a_whole();
            findings.role();
            if stage.enabled {
                findings.reads();
                findings.edits();
                findings.hooks();
                findings.overrides();
            }
        }
        found
    }

    /// What of the host does not fit: modifiers that are not there, files and folders that others can
    /// write.
    #[must_use]
    pub fn check_files(&self, source: &ConfigSource) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for stage in self.all_stages().filter(|stage| stage.enabled) {
            let ModifierRef::File { path, .. } = &stage.modifier else {
                continue;
            };
            let message = match source.trust.look(path) {
                Ok(true) => continue,
                Ok(false) => {
                    format!("{}: not there; install it, or set enabled = false", path.display())
                }
                Err(error) => error.to_string(),
            };
            let key = ["stages", stage.name.as_str(), "modifier"];
            self.say(&mut found, Severity::Error, &key, message);
        }
        for (position, folder) in self.cdi.spec_dirs.iter().enumerate() {
            if let Err(error) = source.trust.look(folder) {
                let key = ["cdi", "spec-dirs", &position.to_string()];
                self.say(&mut found, Severity::Error, &key, error.to_string());
            }
        }
        found
    }

    fn say(
        &self,
        found: &mut Vec<Diagnostic>,
        severity: Severity,
        key: &[&str],
        message: impl Into<String>,
    ) {
        let mut shown = key.to_vec();
        shown.pop_if(|last| last.parse::<usize>().is_ok());
        found.push(Diagnostic {
            severity,
            at: self.origin(key),
            key: shown.join("."),
            message: message.into(),
        });
    }
}

/// The findings of one stage.
struct Findings<'a> {
    config: &'a Config,
    stage: &'a StageConfig,
    found: &'a mut Vec<Diagnostic>,
}

/// Variables that decide which code a program runs.
const LOADER: &[&str] = &["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"];
/// Nodes through which the host's memory, disks or log are reached.
const NODES: &[&str] = &["/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/nvme0n1"];
/// Sources that are as good as root on the host.
const SOURCES: &[&str] = &[
    "/",
    "/etc",
    "/etc/shadow",
    "/root",
    "/proc",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
];
/// Destinations that every container runs or believes.
const DESTINATIONS: &[&str] = &["/", "/bin/sh", "/etc/passwd", "/usr/bin/env"];
/// Programs whose arguments are a program.
const SHELLS: &[&str] =
    &["sh", "bash", "dash", "busybox", "env", "python3", "perl", "nsenter", "chroot"];

impl Findings<'_> {
    fn add(&mut self, severity: Severity, key: &[&str], message: impl Into<String>) {
        let stage = ["stages", self.stage.name.as_str()];
        let full: Vec<&str> = stage.iter().chain(key).copied().collect();
        self.config.say(self.found, severity, &full, message);
    }

    fn warn(&mut self, key: &[&str], position: usize, message: String) {
        let position = position.to_string();
        let full: Vec<&str> =
            ["grants"].iter().chain(key).copied().chain([position.as_str()]).collect();
        self.add(Severity::Warning, &full, message);
    }

    /// Warns of each pattern that matches one of these texts.
    fn probe(&mut self, key: &[&str], patterns: &Patterns, texts: &[&str], why: &str) {
        for (position, pattern) in patterns.iter().enumerate() {
            if let Some(text) = reached(pattern, texts) {
                self.warn(key, position, format!("{:?} matches {text}: {why}", pattern.as_str()));
            }
        }
    }

    /// Warns of each pattern that is nothing but stars.
    fn all(&mut self, key: &[&str], patterns: &Patterns, why: &str) {
        for (position, pattern) in patterns.iter().enumerate() {
            if pattern.as_str().bytes().all(|b| matches!(b, b'*' | b'/')) {
                self.warn(key, position, format!("{:?} matches all: {why}", pattern.as_str()));
            }
        }
    }

    fn as_a_whole(&mut self) {
        let stage = self.stage;
        if !stage.enabled {
            if stage.defined_by == DefinedBy::DropIn {
                let message = format!(
                    "the drop-in's stage does nothing until config.toml says enabled = true in [stages.{}]",
                    stage.name
                );
                self.add(Severity::Note, &[], message);
            }
            return;
        }
        if !stage.enforce {
            self.add(
                Severity::Note,
                &["enforce"],
                "the stage runs and is journalled, and its edits are not applied",
            );
        }
        if stage.modes.is_empty() {
            self.add(
                Severity::Warning,
                &["modes"],
                "is empty: the stage is enabled and never runs",
            );
        }
        if stage.grants.linked().next().is_none() && stage.grants.edit.modes.is_empty() {
            self.add(Severity::Note, &["grants"], "grants nothing: the modifier can only log");
        }
        if matches!(stage.modifier, ModifierRef::File { digest: None, .. }) {
            self.add(Severity::Note, &["modifier"], "has no digest: another file at its path would run, and rootless it does not run at all");
        }
    }

    fn role(&mut self) {
        let grants = &self.stage.grants;
        if self.stage.name != self.config.selector.name {
            if !grants.edit.modes.is_empty() {
                self.add(
                    Severity::Warning,
                    &["grants", "edit", "mode"],
                    "means nothing: only the mode selector chooses the mode",
                );
            }
            return;
        }
        if self.stage.modes != Modes::all() {
            self.add(
                Severity::Warning,
                &["modes"],
                "means nothing: the mode selector runs before there is a mode",
            );
        }
        if grants.edit.modes.is_empty() {
            self.add(
                Severity::Warning,
                &["grants", "edit", "mode"],
                "is empty: every mode that the selector chooses is refused",
            );
        }
        if grants.linked().any(|one| one.name().starts_with("edit-")) {
            self.add(
                Severity::Warning,
                &["grants", "edit"],
                "has more than `mode`: the mode selector can make no edits",
            );
        }
    }

    fn reads(&mut self) {
        let read = &self.stage.grants.read;
        self.all(&["read", "env"], &read.env, "the modifier sees every variable, secrets too");
        for (root, paths) in &read.files {
            let own = self.stage.roots.keys().map(String::as_str);
            let known: Vec<&str> = own.chain(["driver-root", "dev-root"]).collect();
            let near = known.iter().find(|one| strsim::damerau_levenshtein(one, root) <= 2);
            if !known.contains(&root.as_str())
                && let Some(near) = near
            {
                let message = format!(
                    "is no root of this stage, so it is the host's `/`; did you mean {near:?}?"
                );
                self.add(Severity::Warning, &["grants", "read", "files", root], message);
            }
            if self.config.root(self.stage, root) == "/" {
                self.probe(
                    &["read", "files", root],
                    paths,
                    &["/etc/shadow", "/root/.ssh/id_rsa"],
                    "the modifier reads the host's secrets",
                );
            }
        }
    }

    fn edits(&mut self) {
        let edit = &self.stage.grants.edit;
        self.probe(
            &["edit", "env"],
            &edit.env,
            LOADER,
            "the modifier decides which code the container's programs load",
        );
        for (position, grant) in edit.device_nodes.iter().enumerate() {
            if let Some(text) = self.reached_on_host(&grant.host, NODES) {
                self.warn(&["edit", "device-nodes"], position, format!("\"{grant}\" matches {text}: the container reaches the host's memory, log or disks"));
            }
        }
        for (position, MountGrant { source, destination, .. }) in edit.mounts.iter().enumerate() {
            if let Some(text) = self.reached_on_host(source, SOURCES) {
                self.warn(
                    &["edit", "mounts"],
                    position,
                    format!(
                        "the source {:?} matches {text}: as good as root on the host",
                        source.to_string()
                    ),
                );
            }
            if let Some(text) = reached(destination, DESTINATIONS) {
                self.warn(&["edit", "mounts"], position, format!("the destination {:?} matches {text}: the modifier can replace the container's own programs and files", destination.as_str()));
            }
        }
        for (position, grant) in edit.gids.iter().enumerate() {
            if let GidGrant::Range(range) = grant
                && range.count() > 1000
            {
                self.warn(&["edit", "gids"], position, format!("\"{range}\" has {} groups: those of the host's disks and sockets may be among them", range.count()));
            }
        }
        self.all(
            &["edit", "net-devices"],
            &edit.net_devices,
            "the modifier can take the host's own network away",
        );
    }

    /// The first of these paths that a pattern matches on the host.
    fn reached_on_host<'a>(&self, host: &HostPattern, texts: &[&'a str]) -> Option<&'a str> {
        match host.root.as_deref().map(|root| self.config.root(self.stage, root)) {
            None | Some("/") => reached(&host.pattern, texts),
            Some(root) => reached(&Pattern::parse(&format!("{root}{}", host.pattern)).ok()?, texts),
        }
    }

    fn hooks(&mut self) {
        let edit = &self.stage.grants.edit;
        for (position, HookGrant { path, any_further, args, .. }) in edit.hooks.iter().enumerate() {
            let shown = path.as_str();
            let name = shown.rsplit('/').next().unwrap_or(shown);
            if shown.contains('*') {
                self.warn(
                    &["edit", "hooks"],
                    position,
                    format!(
                        "the program {shown:?} is a pattern: the modifier chooses what runs as root"
                    ),
                );
            } else if SHELLS.contains(&name)
                && (*any_further || args.iter().any(|arg| arg.as_str().contains('*')))
            {
                self.warn(&["edit", "hooks"], position, format!("the arguments of {shown:?} are themselves a program, and not pinned: the modifier runs what it likes as root"));
            }
        }
        for (position, grant) in edit.remove_hooks.iter().enumerate() {
            if reached(&grant.path, &["/usr/bin/any-hook", "/opt/other/other"]).is_some() {
                self.warn(
                    &["edit", "remove-hooks"],
                    position,
                    format!(
                        "{:?} matches any program: hooks that protect the host can be removed too",
                        grant.path.as_str()
                    ),
                );
            }
        }
    }

    fn overrides(&mut self) {
        let overrides = &self.stage.grants.overrides;
        let why = "the stage can undo what every stage before it decided";
        self.all(&["override", "env"], &overrides.env, why);
        self.all(&["override", "mounts"], &overrides.mounts, why);
        self.all(&["override", "device-nodes"], &overrides.device_nodes, why);
        self.all(&["override", "net-devices"], &overrides.net_devices, why);
    }
}

/// The first of these texts that the pattern matches.
fn reached<'a>(pattern: &Pattern, texts: &[&'a str]) -> Option<&'a str> {
    texts.iter().copied().find(|text| pattern.matches(text))
}
