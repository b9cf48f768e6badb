//! `gantry runtime show`: the runtimes that an engine's files name now.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use gantry::pipeline::config::Environment;
use serde::Serialize;

use super::super::output::{json, print};
use super::configure::Format;
use super::{Engine, containerd, crio, docker, podman};

/// Print the runtimes that an engine's configuration names, its default, and what it says about CDI.
///
/// Reads files, and asks no engine: what is built into an engine is not shown.
#[derive(Args)]
pub(crate) struct Show {
    /// The engine.
    #[arg(long, value_enum)]
    engine: Engine,
    /// The engine's configuration. [default: the system's, or, not as root, the user's]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What an engine's files say.
#[derive(Default, Serialize)]
pub(crate) struct Shown {
    pub(crate) runtimes: Vec<Runtime>,
    pub(crate) default: Option<String>,
    pub(crate) cdi: Option<bool>,
    pub(crate) cdi_spec_dirs: Option<Vec<String>>,
}

/// One runtime.
#[derive(Serialize)]
pub(crate) struct Runtime {
    name: String,
    program: Option<String>,
    file: String,
}

impl Runtime {
    pub(crate) fn new(name: &str, program: Option<&str>, file: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.map(str::to_owned),
            file: file.to_string_lossy().into_owned(),
        }
    }
}

impl Shown {
    /// Lays what a later file says over this.
    pub(crate) fn add(&mut self, later: Self) {
        self.runtimes.retain(|known| later.runtimes.iter().all(|new| new.name != known.name));
        self.runtimes.extend(later.runtimes);
        self.default = later.default.or(self.default.take());
        self.cdi = later.cdi.or(self.cdi);
        self.cdi_spec_dirs = later.cdi_spec_dirs.or(self.cdi_spec_dirs.take());
    }

    fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        for runtime in &self.runtimes {
            let program = runtime.program.as_deref().unwrap_or("(no program named)");
            let _ = writeln!(out, "runtime {:?}: {program:?} in {}", runtime.name, runtime.file);
        }
        let _ = match &self.default {
            Some(name) => writeln!(out, "default runtime: {name:?}"),
            None => writeln!(out, "default runtime: the engine's own"),
        };
        let _ = match self.cdi {
            Some(true) => writeln!(out, "cdi: enabled"),
            Some(false) => writeln!(out, "cdi: disabled"),
            None => writeln!(out, "cdi: the engine's own default"),
        };
        if let Some(folders) = &self.cdi_spec_dirs {
            let _ = writeln!(out, "cdi spec dirs: {folders:?}");
        }
        out
    }
}

impl Show {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let file = match &self.config {
            Some(file) => std::path::absolute(file)?,
            None => self.engine.default_file(&Environment::of_process()),
        };
        let shown = match self.engine {
            Engine::Docker => docker::show(&file)?,
            Engine::Containerd => containerd::show(&file)?,
            Engine::Crio => crio::show(&file)?,
            Engine::Podman => podman::show(&file)?,
        };
        match self.format {
            Format::Text => print(&shown.text())?,
            Format::Json => json(&shown)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
