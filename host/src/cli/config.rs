//! `gantry config`: the configuration as it is in effect, and what is wrong with it.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use gantry::modifier::Sandbox;
use gantry::pipeline::config::{Config, ConfigSource, Environment, Severity, StageConfig};
use gantry::pipeline::{ComponentError, Components, Preview, check_settings};

use super::output::{json, print};

/// Show and check the configuration.
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    Show(Show),
    Check(Check),
}

/// Which configuration.
#[derive(Args)]
pub(crate) struct Source {
    /// The configuration file. [default: `$GANTRY_CONFIG`, else the user's or `/etc/gantry/config.toml`]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Source {
    /// Loads it.
    pub(crate) fn load(&self) -> Result<Config> {
        let environment = Environment::of_process();
        let source = match &self.config {
            Some(file) => ConfigSource::file(std::path::absolute(file)?, &environment),
            None => ConfigSource::from_environment(&environment),
        };
        Ok(Config::load(&source)?)
    }
}

/// Print the configuration that is in effect: defaults, drop-ins and the file, as one.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    source: Source,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Toml)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Toml,
    Json,
}

/// Check the configuration: every stage's modifier loads, its settings are right, and no grant is
/// wider than it looks.
///
/// Exits 1 when a container could not be created with it. Warnings alone exit 0.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    source: Source,
}

impl ConfigCommand {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Show(show) => show.run(),
            Self::Check(check) => check.run(),
        }
    }
}

impl Show {
    fn run(&self) -> Result<ExitCode> {
        let config = self.source.load()?;
        match self.format {
            Format::Toml => print(&config.to_toml())?,
            Format::Json => json(&config)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    fn run(&self) -> Result<ExitCode> {
        let config = self.source.load()?;
        let mut report = String::new();
        let mut wrong = 0;
        for found in config.check() {
            wrong += usize::from(found.severity == Severity::Error);
            writeln!(report, "{found}")?;
        }
        let sandbox = Sandbox::new()?;
        let components = Preview::new(&config);
        let stages = config.stages.iter().filter(|stage| stage.enabled);
        for stage in std::iter::once(&config.selector).chain(stages) {
            for problem in stage_problems(&sandbox, &components, stage) {
                wrong += 1;
                writeln!(report, "error: stage {:?}: {problem}", stage.name.as_str())?;
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

fn unusable(stage: &StageConfig, error: &ComponentError) -> String {
    let remedy = error.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("{}: {}{remedy}", stage.modifier, error.cause)
}

fn stage_problems(sandbox: &Sandbox, components: &Preview, stage: &StageConfig) -> Vec<String> {
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
