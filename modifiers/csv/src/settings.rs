//! The stage's settings.

use gantry_discovery::csv::{ORIN_COMPAT_ROOT, Pattern};
use gantry_discovery::{Edits, HOOK_PATH, hook_path_problem};
use gantry_modifier::Problem;
use gantry_request::{Rules, problems};
use serde::Deserialize;

/// The hooks that this stage adds.
const HOOKS: [&str; 3] = ["create-symlinks", "enable-cuda-compat", "update-ldcache"];

/// The `settings` table of the stage `csv`.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the configuration")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Links of the lists that are not made.
    ignore_patterns: Vec<String>,
    /// Where an Orin's containers have the CUDA libraries that are newer than the host's driver.
    pub(crate) compat_container_root: String,
    /// Whether more than one GPU counts.
    pub(crate) several_gpus: bool,
    /// The hooks' program.
    hook_path: String,
    /// Hooks that are not added, or `all`.
    disable_hooks: Vec<String>,
    /// Whether the process is not given the groups that own its device nodes.
    no_additional_gids: bool,
    accept_envvar_when_unprivileged: bool,
    accept_volume_mounts: bool,
    preferred_env: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            ignore_patterns: Vec::new(),
            compat_container_root: ORIN_COMPAT_ROOT.into(),
            several_gpus: true,
            hook_path: HOOK_PATH.into(),
            disable_hooks: Vec::new(),
            no_additional_gids: false,
            accept_envvar_when_unprivileged: rules.accept_envvar_when_unprivileged,
            accept_volume_mounts: rules.accept_volume_mounts,
            preferred_env: rules.preferred_env,
        }
    }
}

impl Settings {
    /// Which ways of requesting devices are accepted. Annotations request in mode `cdi` only.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            annotation_prefixes: Vec::new(),
            accept_volume_mounts: self.accept_volume_mounts,
            accept_envvar_when_unprivileged: self.accept_envvar_when_unprivileged,
            preferred_env: self.preferred_env.clone(),
        }
    }

    /// How edits are made.
    pub(crate) fn edits(&self) -> Edits<'_> {
        Edits { hook_path: &self.hook_path, additional_gids: !self.no_additional_gids }
    }

    /// The patterns of links that are not made.
    pub(crate) fn ignored(&self) -> Vec<Pattern> {
        self.ignore_patterns.iter().filter_map(|text| Pattern::parse(text)).collect()
    }

    /// Whether a hook is not added.
    pub(crate) fn disables(&self, hook: &str) -> bool {
        self.disable_hooks.iter().any(|name| name == hook || name == "all")
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = problems(&[], &self.preferred_env);
        for (at, text) in self.ignore_patterns.iter().enumerate() {
            if Pattern::parse(text).is_none() {
                problems.push(Problem::new(
                    format!("ignore-patterns[{at}]"),
                    format!(
                        "`{text}` is no pattern: close each `[`, and write `\\` before a character"
                    ),
                ));
            }
        }
        problems.extend(hook_path_problem(&self.hook_path));
        let root = &self.compat_container_root;
        if !root.starts_with('/') || root.contains(char::is_control) {
            problems.push(Problem::new(
                "compat-container-root",
                format!("`{root}` must be the absolute path of a folder in the container"),
            ));
        }
        let known = |name: &str| HOOKS.contains(&name) || name == "all";
        for (at, name) in self.disable_hooks.iter().enumerate().filter(|(_, name)| !known(name)) {
            problems.push(Problem::new(
                format!("disable-hooks[{at}]"),
                format!("`{name}` is no hook of this stage: write {}, or all", HOOKS.join(", ")),
            ));
        }
        problems
    }
}
