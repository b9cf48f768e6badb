//! The stage's settings.

use gantry_discovery::{HOOK_PATH, hook_path_problem};
use gantry_modifier::Problem;
use gantry_request::{Rules, problems};
use serde::Deserialize;

/// The `settings` table of the stage `graphics`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    accept_envvar_when_unprivileged: bool,
    accept_volume_mounts: bool,
    preferred_env: Vec<String>,
    /// The program of the hooks.
    pub(crate) hook_path: String,
    /// Whether the process is not given the groups that own its device nodes.
    pub(crate) no_additional_gids: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            accept_envvar_when_unprivileged: rules.accept_envvar_when_unprivileged,
            accept_volume_mounts: rules.accept_volume_mounts,
            preferred_env: rules.preferred_env,
            hook_path: HOOK_PATH.into(),
            no_additional_gids: false,
        }
    }
}

impl Settings {
    /// Which requests are accepted. Annotations request in mode `cdi` only.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            annotation_prefixes: Vec::new(),
            accept_volume_mounts: self.accept_volume_mounts,
            accept_envvar_when_unprivileged: self.accept_envvar_when_unprivileged,
            preferred_env: self.preferred_env.clone(),
        }
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = problems(&[], &self.preferred_env);
        problems.extend(hook_path_problem(&self.hook_path));
        problems
    }
}
