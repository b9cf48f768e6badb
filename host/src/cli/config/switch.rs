//! `gantry config enable` and `disable`: whether a stage runs, in the operator's own file.

use std::io::{BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use gantry::modifier::Sandbox;
use gantry::pipeline::Preview;
use gantry::pipeline::config::{Config, ConfigFile, ConfigSource};
use serde_json::json;

use super::check::stage_problems;
use super::wasm::Wasm;
use super::{File, file, stage_words};
use crate::output::{self, print};

/// Enable a stage: show what it may do, ask, and say so in config.toml.
#[derive(Args)]
pub(crate) struct Enable {
    #[command(flatten)]
    what: What,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

/// Disable a stage: say so in config.toml.
#[derive(Args)]
pub(crate) struct Disable {
    #[command(flatten)]
    what: What,
}

#[derive(Args)]
struct What {
    /// The stage.
    #[arg(value_name = "STAGE")]
    stage: String,
    #[command(flatten)]
    file: File,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// How to print it.
    #[arg(long, value_enum, requires = "dry_run")]
    format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A change of the file, checked and not made.
struct Change {
    path: PathBuf,
    old: Option<String>,
    new: String,
    /// The configuration as it would be.
    config: Config,
}

impl Enable {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let Some(change) = self.what.change(true)? else {
            return self.what.nothing("already enabled");
        };
        let stage = change.config.stage(&self.what.stage).context("the stage is gone")?;
        let problems = stage_problems(&Sandbox::new()?, &Preview::new(&change.config), stage);
        let wasm = Wasm::of(&change.config, stage);
        if self.what.is_json() {
            let about = stage_words::value(&change.config, stage, &wasm, &problems);
            return self.what.json(Some(&change), &about);
        }
        print(&stage_words::describe(&change.config, stage, &wasm, &problems)?)?;
        if !self.what.dry_run && !self.yes && !ask(&self.what.stage)? {
            print("nothing was changed\n")?;
            return Ok(ExitCode::FAILURE);
        }
        self.what.make(&change, "enabled")
    }
}

impl Disable {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self.what.change(false)? {
            Some(change) if self.what.is_json() => self.what.json(Some(&change), &json!(null)),
            Some(change) => self.what.make(&change, "disabled"),
            None => self.what.nothing("not enabled"),
        }
    }
}

impl What {
    /// What is to be written; `None` where the stage is as asked.
    fn change(&self, enabled: bool) -> Result<Option<Change>> {
        let source = self.file.source()?;
        let (path, old) = current(&source)?;
        let text = old.clone().unwrap_or_default();
        // The drop-ins beside it are read, whether it is there or not.
        match ConfigFile::with_file(source.clone(), path.clone(), text.clone()).config() {
            Ok(now) => {
                let stage = now.stage(&self.stage).ok_or_else(|| {
                    let names: Vec<_> = now.all_stages().map(|one| one.name.as_str()).collect();
                    anyhow!("{:?} is no stage; known: {}", self.stage, names.join(", "))
                })?;
                if stage.enabled == enabled {
                    return Ok(None);
                }
            }
            // One that nothing defines any more stops all containers, until it is disabled.
            Err(_) if !enabled && file::names_stage(&text, &self.stage) => {}
            Err(error) => return Err(error.into()),
        }
        let new = file::with_enabled(&text, &self.stage, enabled)
            .with_context(|| format!("{}: cannot be changed", path.display()))?;
        let with = |source| ConfigFile::with_file(source, path.clone(), new.clone()).config();
        let refused = "nothing was changed, since the configuration would not be valid";
        let config = with(source.clone()).context(refused)?;
        for profile in &config.profiles {
            with(source.clone().with_profile(Some(profile.clone())))
                .with_context(|| format!("{refused} in the profile {profile}"))?;
        }
        Ok(Some(Change { path, old, new, config }))
    }

    fn is_json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    /// What would be done, and was not; `about` is the stage.
    fn json(&self, change: Option<&Change>, about: &serde_json::Value) -> Result<ExitCode> {
        let difference = change.map(|change| {
            let old = change.old.as_deref().unwrap_or_default();
            file::difference(old, &change.new)
        });
        output::json(&json!({
            "stage": self.stage,
            "file": change.map(|change| change.path.display().to_string()),
            "would-change": change.is_some(),
            "difference": difference,
            "about": about,
        }))?;
        Ok(ExitCode::SUCCESS)
    }

    fn nothing(&self, is: &str) -> Result<ExitCode> {
        if self.is_json() {
            return self.json(None, &json!(null));
        }
        print(&format!("stage {} is {is}; nothing was changed\n", self.stage))?;
        Ok(ExitCode::SUCCESS)
    }

    fn make(&self, change: &Change, done: &str) -> Result<ExitCode> {
        let (stage, path) = (&self.stage, change.path.display());
        if self.dry_run {
            let old = change.old.as_deref().unwrap_or_default();
            let difference = file::difference(old, &change.new);
            print(&format!("{path} would change, and was not:\n{difference}"))?;
        } else {
            file::replace(&change.path, change.old.as_deref(), &change.new)?;
            print(&format!("stage {stage} is {done} in {path}: from the next container on\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The file that counts and its text; where there is none, the one that would.
fn current(source: &ConfigSource) -> Result<(PathBuf, Option<String>)> {
    let first = source.candidates().first().context("there is no place for config.toml")?;
    let there = std::fs::symlink_metadata(first);
    let absent = there.is_err_and(|error| error.kind() == ErrorKind::NotFound);
    // A file that was asked for by name is made; it is no error here that it is not there.
    if source.is_required() && absent {
        return Ok((first.clone(), None));
    }
    let read = ConfigFile::read(source.clone())?;
    Ok(match read.file() {
        Some((path, text)) => (path.to_owned(), Some(text.to_owned())),
        None => (first.clone(), None),
    })
}

fn ask(stage: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        bail!(
            "nobody can be asked, since standard input is no terminal; give --yes to enable the \
             stage; nothing was changed"
        );
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "Enable {stage}? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
