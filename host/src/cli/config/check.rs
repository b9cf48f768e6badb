//! `gantry config check`: what is wrong with the configuration, and what deserves a second look.

use std::fmt::{self, Display, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use gantry::modifier::Sandbox;
use gantry::pipeline::config::{Config, ProfileName, Severity, StageConfig};
use gantry::pipeline::{ComponentError, Components, Preview, check_settings};

use super::Source;
use crate::output::{self, print};

/// Check the configuration: every stage's modifier loads, its settings are right, and no grant is
/// wider than it looks.
///
/// Without --profile, each profile is checked too. Exits 1 when a container could not be created with it. Warnings alone exit 0.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    source: Source,
}

impl Check {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let config = self.source.load()?;
        let sandbox = Sandbox::new()?;
        let (mut report, mut wrong) = (String::new(), 0);
        let found = findings(&sandbox, &config);
        for finding in &found {
            wrong += usize::from(finding.is_error);
            writeln!(report, "{finding}")?;
        }
        let others = if self.source.profile.is_none() { &config.profiles[..] } else { &[] };
        for profile in others {
            for finding in of_profile(&self.source, &sandbox, profile, &found) {
                wrong += usize::from(finding.is_error);
                writeln!(report, "profile {profile}: {finding}")?;
            }
        }
        report += match wrong {
            0 => "the configuration can be used\n",
            _ => "the configuration cannot be used\n",
        };
        print(&report)?;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// One line of the report.
#[derive(PartialEq)]
struct Finding {
    is_error: bool,
    text: String,
}

impl Finding {
    fn error(text: impl Display) -> Self {
        Self { is_error: true, text: format!("error: {text}") }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&gantry::text::one_line(&self.text))
    }
}

fn findings(sandbox: &Sandbox, config: &Config) -> Vec<Finding> {
    let general = config.check().into_iter();
    let mut found: Vec<Finding> = general
        .map(|one| Finding { is_error: one.severity == Severity::Error, text: one.to_string() })
        .collect();
    let components = Preview::new(config);
    let stages = config.stages.iter().filter(|stage| stage.enabled);
    for stage in std::iter::once(&config.selector).chain(stages) {
        let problems = stage_problems(sandbox, &components, stage);
        let name = stage.name.as_str();
        found.extend(problems.iter().map(|one| Finding::error(format!("stage {name:?}: {one}"))));
    }
    found
}

/// What is found with a profile and is not without.
fn of_profile(
    source: &Source,
    sandbox: &Sandbox,
    profile: &ProfileName,
    known: &[Finding],
) -> Vec<Finding> {
    let mut found = match source.load_profile(profile) {
        Ok(config) => findings(sandbox, &config),
        Err(error) => vec![Finding::error(output::told(&error))],
    };
    found.retain(|one| !known.contains(one));
    found
}

fn unusable(stage: &StageConfig, error: &ComponentError) -> String {
    let remedy = error.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("{}: {}{remedy}", stage.modifier, error.cause)
}

/// Why containers that the stage runs for would fail.
pub(super) fn stage_problems(
    sandbox: &Sandbox,
    components: &Preview,
    stage: &StageConfig,
) -> Vec<String> {
    let known = components.notes().len();
    let component = match components.component(sandbox, &stage.modifier) {
        Ok(component) => component,
        Err(error) => return vec![unusable(stage, &error)],
    };
    let mut problems: Vec<String> = component
        .imports()
        .iter()
        .filter(|interface| !stage.grants.links(**interface))
        .map(|interface| {
            format!(
                "its modifier imports {:?}; grant {} to it, or it will fail",
                interface.name(),
                interface.grant()
            )
        })
        .collect();
    // What compiles here need not be there for the wrapper.
    problems.extend(components.notes().into_iter().skip(known));
    match check_settings(sandbox, &component, stage) {
        Ok(found) => problems.extend(
            found.iter().map(|problem| format!("settings.{}: {}", problem.key, problem.message)),
        ),
        Err(error) => problems.push(error.to_string()),
    }
    problems
}
