//! `gantry runtime`: makes container engines use the wrapper, and undoes it. One file an engine.

mod configure;
mod containerd;
mod crio;
mod docker;
mod files;
mod imports;
mod json_text;
mod place;
mod plan;
mod podman;
mod show;
mod toml_edits;
mod toml_flow;
mod toml_text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use gantry::pipeline::config::Environment;

/// Make container engines use Gantry.
#[derive(Subcommand)]
pub(crate) enum RuntimeCommand {
    Configure(configure::Configure),
    Show(show::Show),
}

impl RuntimeCommand {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Configure(configure) => configure.run(),
            Self::Show(show) => show.run(),
        }
    }
}

/// A container engine.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Docker,
    Containerd,
    Crio,
    Podman,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Containerd => "containerd",
            Self::Crio => "crio",
            Self::Podman => "podman",
        }
    }

    /// Its own file: the system's for root, else the user's where the engine has such.
    fn default_file(self, environment: &Environment) -> PathBuf {
        let (system, user) = match self {
            Self::Docker => ("/etc/docker/daemon.json", Some("docker/daemon.json")),
            Self::Containerd => ("/etc/containerd/config.toml", Some("containerd/config.toml")),
            Self::Crio => ("/etc/crio/crio.conf", None),
            Self::Podman => ("/etc/containers/containers.conf", Some("containers/containers.conf")),
        };
        let absolute = |path: &std::ffi::OsString| Path::new(path).is_absolute();
        let config_home = || {
            let home = environment.home.as_ref().filter(|path| absolute(path));
            let set = environment.xdg_config_home.as_ref().filter(|path| absolute(path));
            set.map(PathBuf::from).or_else(|| home.map(|home| Path::new(home).join(".config")))
        };
        let rootless = environment.euid != 0 || environment.overflow_uid.is_some();
        user.filter(|_| rootless)
            .and_then(|user| Some(config_home()?.join(user)))
            .unwrap_or_else(|| system.into())
    }
}

/// What is asked for.
pub(crate) struct Wanted {
    /// The engine's file, absolute.
    pub(crate) file: PathBuf,
    /// Write to this file beside it instead; it is then all but untouched.
    pub(crate) drop_in: Option<PathBuf>,
    /// The runtime's name in the engine.
    pub(crate) name: String,
    /// The wrapper.
    pub(crate) program: String,
    pub(crate) set_default: bool,
    pub(crate) enable_cdi: bool,
    pub(crate) spec_dirs: Vec<String>,
    pub(crate) rootless: bool,
}

#[cfg(test)]
mod tests {
    use super::Engine;
    use gantry::pipeline::config::Environment;

    #[test]
    fn the_file_is_the_systems_for_root_and_the_users_else() {
        let user = |euid, overflow_uid, xdg: Option<&str>, home: Option<&str>| Environment {
            gantry_config: None,
            xdg_data_home: None,
            xdg_config_home: xdg.map(Into::into),
            home: home.map(Into::into),
            euid,
            overflow_uid,
        };
        for (engine, environment, file) in [
            (Engine::Docker, user(0, None, Some("/x"), Some("/root")), "/etc/docker/daemon.json"),
            (Engine::Docker, user(7, None, None, Some("/h")), "/h/.config/docker/daemon.json"),
            (
                Engine::Podman,
                user(7, None, Some("/x"), Some("/h")),
                "/x/containers/containers.conf",
            ),
            (
                Engine::Podman,
                user(0, Some(65534), None, Some("/h")),
                "/h/.config/containers/containers.conf",
            ),
            (Engine::Podman, user(7, None, Some("x"), None), "/etc/containers/containers.conf"),
            (
                Engine::Containerd,
                user(7, None, None, Some("/h")),
                "/h/.config/containerd/config.toml",
            ),
            (Engine::Crio, user(7, None, None, Some("/h")), "/etc/crio/crio.conf"),
        ] {
            assert_eq!(engine.default_file(&environment).to_str(), Some(file));
        }
    }
}
