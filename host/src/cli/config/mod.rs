//! `gantry config`: the configuration as it is in effect, what is wrong with it, and which stages run.

mod check;
mod file;
mod from_nvidia;
mod show;
mod stage_words;
mod switch;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueHint};
use gantry::pipeline::config::{Config, ConfigFile, ConfigSource, Environment, ProfileName};

/// Show, check and change the configuration.
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    Show(show::Show),
    Check(check::Check),
    Enable(switch::Enable),
    Disable(switch::Disable),
    FromNvidia(from_nvidia::FromNvidia),
}

impl ConfigCommand {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Show(show) => show.run(),
            Self::Check(check) => check.run(),
            Self::Enable(enable) => enable.run(),
            Self::Disable(disable) => disable.run(),
            Self::FromNvidia(from) => from.run(),
        }
    }
}

/// Which configuration file.
#[derive(Args)]
pub(crate) struct File {
    /// The configuration file. [default: `$GANTRY_CONFIG`, else the user's or `/etc/gantry/config.toml`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
}

impl File {
    fn source(&self) -> Result<ConfigSource> {
        let environment = Environment::of_process();
        Ok(match &self.config {
            Some(file) => ConfigSource::file(std::path::absolute(file)?, &environment),
            None => ConfigSource::from_environment(&environment),
        })
    }
}

/// Which configuration.
#[derive(Args)]
pub(crate) struct Source {
    #[command(flatten)]
    file: File,
    /// The profile: what `gantry-runtime.NAME` uses.
    #[arg(long, value_name = "NAME")]
    profile: Option<ProfileName>,
}

impl Source {
    /// Loads it.
    pub(crate) fn load(&self) -> Result<Config> {
        Ok(Config::load(&self.file.source()?.with_profile(self.profile.clone()))?)
    }

    /// Loads it as it is once there is a file: the drop-ins are read, whether it is there or not.
    pub(crate) fn load_with_drop_ins(&self) -> Result<Config> {
        let source = self.file.source()?.with_profile(self.profile.clone());
        let read = ConfigFile::read(source.clone())?;
        let first = source.candidates().first();
        Ok(match (read.file(), first) {
            (None, Some(first)) => {
                let first = first.clone();
                ConfigFile::with_file(source, first, String::new()).config()?
            }
            _ => read.config()?,
        })
    }

    fn load_profile(&self, profile: &ProfileName) -> Result<Config> {
        Ok(Config::load(&self.file.source()?.with_profile(Some(profile.clone())))?)
    }
}
