//! The settings that all stages share which read requests.

use crate::Rules;

/// What is accepted where an operator says nothing.
impl Default for Rules {
    fn default() -> Self {
        Self {
            annotation_prefixes: vec!["cdi.k8s.io/".into()],
            accept_volume_mounts: false,
            accept_envvar_when_unprivileged: true,
            preferred_env: Vec::new(),
        }
    }
}

/// What is wrong with the shared settings, as problems of the settings `annotation-prefixes` and
/// `preferred-env`.
#[cfg(feature = "modifier")]
#[must_use]
pub fn problems(
    annotation_prefixes: &[String],
    preferred_env: &[String],
) -> Vec<gantry_modifier::Problem> {
    let problem = |list: &str, at: usize, message: &str| {
        gantry_modifier::Problem::new(format!("{list}[{at}]"), message)
    };
    let prefixes =
        annotation_prefixes.iter().enumerate().filter(|(_, prefix)| prefix.is_empty()).map(
            |(at, _)| problem("annotation-prefixes", at, "empty: it would match every annotation"),
        );
    let names = preferred_env
        .iter()
        .enumerate()
        .filter(|(_, name)| name.is_empty() || name.contains(['=', '\0']))
        .map(|(at, _)| problem("preferred-env", at, "cannot be the name of a variable"));
    prefixes.chain(names).collect()
}
