//! The stage's settings.

use gantry_discovery::{HOOK_PATH, hook_path_problem};
use gantry_modifier::{Mode, Problem};
use gantry_request::{Rules, problems};
use serde::Deserialize;

/// The `settings` table of the stage `feature-gated`.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the configuration")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    annotation_prefixes: Vec<String>,
    accept_envvar_when_unprivileged: bool,
    accept_volume_mounts: bool,
    preferred_env: Vec<String>,
    /// The program of the hooks.
    pub(crate) hook_path: String,
    /// Whether the process is not given the groups that own its device nodes.
    pub(crate) no_additional_gids: bool,
    /// Whether requests for IMEX channels do not count.
    pub(crate) ignore_imex_channel_requests: bool,
    /// How CUDA libraries of the container that are newer than the driver are made use of.
    pub(crate) cuda_compat_mode: CudaCompat,
}

/// How CUDA libraries of the container are made use of, in mode `legacy`. All but `hook` is the
/// prestart hook's matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CudaCompat {
    /// Not at all.
    Disabled,
    /// By a hook that this stage adds.
    Hook,
    /// By the configuration of the container's linker.
    #[default]
    Ldconfig,
    /// By mounts.
    Mount,
}

impl Default for Settings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            annotation_prefixes: rules.annotation_prefixes,
            accept_envvar_when_unprivileged: rules.accept_envvar_when_unprivileged,
            accept_volume_mounts: rules.accept_volume_mounts,
            preferred_env: rules.preferred_env,
            hook_path: HOOK_PATH.into(),
            no_additional_gids: false,
            ignore_imex_channel_requests: false,
            cuda_compat_mode: CudaCompat::default(),
        }
    }
}

impl Settings {
    /// Which requests are accepted. Annotations request in mode `cdi` only.
    pub(crate) fn rules(&self, mode: Mode) -> Rules {
        let annotation_prefixes = match mode {
            Mode::Cdi => self.annotation_prefixes.clone(),
            Mode::JitCdi | Mode::Csv | Mode::Legacy => Vec::new(),
        };
        Rules {
            annotation_prefixes,
            accept_volume_mounts: self.accept_volume_mounts,
            accept_envvar_when_unprivileged: self.accept_envvar_when_unprivileged,
            preferred_env: self.preferred_env.clone(),
        }
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = problems(&self.annotation_prefixes, &self.preferred_env);
        problems.extend(hook_path_problem(&self.hook_path));
        problems
    }
}
