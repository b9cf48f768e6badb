//! `gantry runtime configure`: the command line, and the way from it to a plan.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use gantry::pipeline::config::Environment;

use super::super::output::{json, print};
use super::plan::Plan;
use super::{Engine, Wanted, containerd, crio, docker, podman};

/// Add the wrapper to a container engine's configuration, or take it out again.
///
/// Prints what changes as a diff. The engine is not restarted: the command that does it is printed.
/// What is not asked for is left as it is; a second run changes nothing.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Configure {
    /// The engine.
    #[arg(long, value_enum)]
    engine: Engine,
    /// The engine's configuration. [default: the system's, or, not as root, the user's]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write a file of its own that the engine reads after its configuration. Not for docker.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    drop_in: Option<OsString>,
    /// What the runtime is called in the engine.
    #[arg(long, default_value = "gantry")]
    name: String,
    /// The wrapper. `gantry-runtime.NAME` uses the profile NAME.
    #[arg(long, value_name = "PROGRAM", default_value = "/usr/bin/gantry-runtime")]
    path: PathBuf,
    /// Make it the engine's default runtime.
    #[arg(long)]
    set_default: bool,
    /// Have the engine itself resolve CDI devices, too.
    #[arg(long)]
    enable_cdi: bool,
    /// Where the engine looks for CDI specs.
    #[arg(long, value_name = "DIR,…", value_delimiter = ',')]
    cdi_spec_dirs: Vec<PathBuf>,
    /// Write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Undo what this command wrote for NAME, and leave the rest byte for byte.
    #[arg(long, conflicts_with_all = ["set_default", "enable_cdi", "cdi_spec_dirs", "path"])]
    remove: bool,
    /// Keep the engine's file as it was beside it, as FILE.before-gantry.
    #[arg(long)]
    backup: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a result is printed.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

impl Configure {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let wanted = self.wanted()?;
        let mut plan = Plan::default();
        match (self.engine, self.remove) {
            (Engine::Docker, false) => docker::configure(&wanted, &mut plan)?,
            (Engine::Docker, true) => docker::remove(&wanted, &mut plan)?,
            (Engine::Containerd, false) => containerd::configure(&wanted, &mut plan)?,
            (Engine::Containerd, true) => containerd::remove(&wanted, &mut plan)?,
            (Engine::Crio, false) => crio::configure(&wanted, &mut plan)?,
            (Engine::Crio, true) => crio::remove(&wanted, &mut plan)?,
            (Engine::Podman, false) => podman::configure(&wanted, &mut plan)?,
            (Engine::Podman, true) => podman::remove(&wanted, &mut plan)?,
        }
        if !self.remove {
            plan.warnings.extend(problem_of(&self.path));
        }
        if !self.dry_run {
            plan.write(self.backup)?;
        }
        match self.format {
            Format::Text => print(&plan.text(!self.dry_run))?,
            Format::Json => json(&plan.report(self.engine.name(), !self.dry_run))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(&self) -> Result<Wanted> {
        let environment = Environment::of_process();
        let file = match &self.config {
            Some(file) => std::path::absolute(file)?,
            None => self.engine.default_file(&environment),
        };
        let drop_in = match (&self.drop_in, self.engine) {
            (None, _) => None,
            (Some(_), Engine::Docker) => {
                bail!("--drop-in: docker reads a single file; leave the option out")
            }
            (Some(given), engine) if given.is_empty() => {
                let folder = file.parent().unwrap_or(Path::new("/"));
                Some(folder.join(match engine {
                    Engine::Crio => "crio.conf.d/99-gantry.toml",
                    Engine::Podman => "containers.conf.d/99-gantry.conf",
                    _ => "conf.d/99-gantry.toml",
                }))
            }
            (Some(given), _) => Some(std::path::absolute(given)?),
        };
        if drop_in.as_ref() == Some(&file) {
            bail!("--drop-in: {} is the configuration itself", file.display());
        }
        let spec_dirs: Result<Vec<_>> =
            self.cdi_spec_dirs.iter().map(|path| plain("--cdi-spec-dirs", path)).collect();
        Ok(Wanted {
            file,
            drop_in,
            name: checked_name(&self.name)?,
            program: plain("--path", &self.path)?,
            set_default: self.set_default,
            enable_cdi: self.enable_cdi,
            spec_dirs: spec_dirs?,
            rootless: environment.euid != 0 || environment.overflow_uid.is_some(),
        })
    }
}

/// Engines take a runtime's name for a file's name, a key, or a path.
fn checked_name(name: &str) -> Result<String> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !first || !rest || name.len() > 64 {
        bail!(
            "--name: {name:?} is not 1 to 64 letters, digits, \".\", \"_\" and \"-\" that begin with a \
             letter or digit"
        );
    }
    if ["runc", "crun", "io.containerd.runc.v2"].contains(&name) {
        bail!("--name: {name:?} is what engines call a runtime of their own: choose another");
    }
    Ok(name.to_owned())
}

/// An absolute path, as text without surprises.
fn plain(option: &str, path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if path.is_absolute() && !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => bail!("{option}: {path:?} is not an absolute path in plain UTF-8"),
    }
}

/// What would keep the engine from running it.
fn problem_of(program: &Path) -> Option<String> {
    let shown = program.display();
    match std::fs::metadata(program) {
        Err(error) => Some(format!("{shown}: cannot be found: {error}")),
        Ok(facts) if !facts.is_file() => Some(format!("{shown}: is not a file")),
        Ok(facts) if facts.permissions().mode() & 0o111 == 0 => {
            Some(format!("{shown}: is not executable"))
        }
        Ok(_) => None,
    }
}
