//! The selector's settings.

use gantry_modifier::{Mode, Problem};
use gantry_request::{Rules, problems};
use serde::{Deserialize, Deserializer};

/// The `settings` table of the mode selector.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// A mode for every container, or `auto`.
    pub(crate) mode: Choice,
    /// The mode of `auto` where neither the request nor the host asks for another.
    pub(crate) default: Mode,
    annotation_prefixes: Vec<String>,
    accept_envvar_when_unprivileged: bool,
    accept_volume_mounts: bool,
    preferred_env: Vec<String>,
}

/// What the operator chose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// By what the container requests, and by the host.
    Auto,
    /// This one, whatever the container requests.
    Fixed(Mode),
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Text {
            Auto,
            Cdi,
            JitCdi,
            Csv,
            Legacy,
        }

        Ok(match Text::deserialize(deserializer)? {
            Text::Auto => Self::Auto,
            Text::Cdi => Self::Fixed(Mode::Cdi),
            Text::JitCdi => Self::Fixed(Mode::JitCdi),
            Text::Csv => Self::Fixed(Mode::Csv),
            Text::Legacy => Self::Fixed(Mode::Legacy),
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            mode: Choice::Auto,
            default: Mode::JitCdi,
            annotation_prefixes: rules.annotation_prefixes,
            accept_envvar_when_unprivileged: rules.accept_envvar_when_unprivileged,
            accept_volume_mounts: rules.accept_volume_mounts,
            preferred_env: rules.preferred_env,
        }
    }
}

impl Settings {
    /// Which ways of requesting devices are accepted.
    pub(crate) fn rules(self) -> Rules {
        Rules {
            annotation_prefixes: self.annotation_prefixes,
            accept_volume_mounts: self.accept_volume_mounts,
            accept_envvar_when_unprivileged: self.accept_envvar_when_unprivileged,
            preferred_env: self.preferred_env,
        }
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        problems(&self.annotation_prefixes, &self.preferred_env)
    }
}
