//! The stage's settings.

use gantry_modifier::{Mode, Problem};
use gantry_request::{Rules, is_qualified, problems};
use serde::Deserialize;

use crate::list::JUST_IN_TIME;

/// The `settings` table of the stage `cdi`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The kind of devices that are requested by a name alone, in mode `cdi`.
    default_kind: String,
    /// Whether a container that requests a device is refused where the host has not what its image
    /// requires.
    pub(crate) enforce_requirements: bool,
    annotation_prefixes: Vec<String>,
    accept_envvar_when_unprivileged: bool,
    accept_volume_mounts: bool,
    preferred_env: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            default_kind: "nvidia.com/gpu".into(),
            enforce_requirements: false,
            annotation_prefixes: rules.annotation_prefixes,
            accept_envvar_when_unprivileged: rules.accept_envvar_when_unprivileged,
            accept_volume_mounts: rules.accept_volume_mounts,
            preferred_env: rules.preferred_env,
        }
    }
}

impl Settings {
    /// The kind of names without one, and which requests are accepted; `None` for a mode that this
    /// stage does not serve. Annotations request in mode `cdi` only.
    pub(crate) fn for_mode(self, mode: Mode) -> Option<(String, Rules)> {
        let rules = Rules {
            annotation_prefixes: self.annotation_prefixes,
            accept_volume_mounts: self.accept_volume_mounts,
            accept_envvar_when_unprivileged: self.accept_envvar_when_unprivileged,
            preferred_env: self.preferred_env,
        };
        match mode {
            Mode::Cdi => Some((self.default_kind, rules)),
            Mode::JitCdi => {
                Some((JUST_IN_TIME.into(), Rules { annotation_prefixes: Vec::new(), ..rules }))
            }
            Mode::Csv | Mode::Legacy => None,
        }
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = problems(&self.annotation_prefixes, &self.preferred_env);
        if !is_qualified(&[&self.default_kind, "=0"].concat()) {
            problems.push(Problem::new(
                "default-kind",
                format!("`{}` is no kind: write vendor/class", self.default_kind),
            ));
        }
        problems
    }
}
