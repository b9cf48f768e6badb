//! The stage's settings.

use gantry_modifier::Problem;
use serde::Deserialize;

/// The `settings` table of the stage `hook-removal`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Base names of the programs whose hooks are removed.
    programs: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            programs: vec![
                "nvidia-container-runtime-hook".into(),
                "nvidia-container-toolkit".into(),
            ],
        }
    }
}

impl Settings {
    /// Whether the last element of this path is one of the names.
    pub(crate) fn names(&self, path: &str) -> bool {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        self.programs.iter().any(|program| program == name)
    }

    /// What is wrong with values of the right form.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let programs = self.programs.iter().enumerate();
        programs
            .filter(|(_, program)| program.is_empty() || program.contains('/'))
            .map(|(at, _)| {
                Problem::new(
                    format!("programs[{at}]"),
                    "must be the name of a program without its folder, for it is looked for in any",
                )
            })
            .collect()
    }
}
