//! The stage's settings.

use gantry_modifier::Problem;
use serde::Deserialize;

/// The `settings` table of the stage `legacy`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The hook's program.
    pub(crate) hook_path: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hook_path: "/usr/bin/nvidia-container-runtime-hook".into() }
    }
}

impl Settings {
    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let normal = |rest: &str| rest.split('/').all(|e| !matches!(e, "" | "." | ".."));
        if self.hook_path.strip_prefix('/').is_some_and(normal) {
            return Vec::new();
        }
        let message = format!(
            "`{}` must be the absolute path of a program, without `.`, `..` or a repeated `/`",
            self.hook_path
        );
        vec![Problem::new("hook-path", message)]
    }
}

/// The last element of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
