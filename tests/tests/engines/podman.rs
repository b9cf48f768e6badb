//! podman: no daemon, but its own store, and the limits of a small machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gantry_tests::programs::installed;

use super::cgroups::Cgroups;
use super::host::Host;
use super::{Engine, done, image, until};

pub(crate) struct Podman {
    program: PathBuf,
    folder: PathBuf,
    cgroups: Cgroups,
    /// Options of `podman run`.
    options: &'static [&'static str],
}

impl Engine for Podman {
    const NAME: &'static str = "podman";

    fn start(host: &Host) -> Result<Self, String> {
        Self::with(host, &[])
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let mut run = self.command().unwrap();
        run.arg("--runtime").arg(runtime).args(["--cgroup-manager", "cgroupfs"]);
        run.arg("run").args(RUN).args(self.options);
        run.args(env.iter().flat_map(|entry| ["-e", entry]));
        run.args([image::NAME, "/bin/sh", "-c", script]).output().unwrap()
    }
}

/// For all containers: no network, and no more than a small machine lets be set.
pub(crate) const RUN: &[&str] =
    &["--rm", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

/// The same, in podman's own file.
pub(crate) const CONF: &str = "[containers]\ndefault_ulimits = []\npids_limit = 0\n";

/// podman with all that it keeps in one folder.
pub(crate) fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.env("CONTAINERS_CONF", folder.join("containers.conf"));
    for (option, name) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
        command.arg(option).arg(folder.join(name));
    }
    command.args(["--storage-driver", "vfs", "--events-backend", "file"]);
    command
}

/// Waits for what podman starts behind a container's end: it would make the folder again, after its removal.
pub(crate) fn until_all_ended(folder: &Path) {
    let folder = folder.display().to_string();
    let names_it = |process: fs::DirEntry| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&folder)
    };
    let _what_hangs_stays = until("what podman has started", || {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        if processes.into_iter().any(names_it) { Err("still runs".to_owned()) } else { Ok(()) }
    });
}

impl Drop for Podman {
    fn drop(&mut self) {
        until_all_ended(&self.folder);
    }
}

impl Podman {
    fn with(host: &Host, options: &'static [&'static str]) -> Result<Self, String> {
        let program = installed("podman").ok_or("podman is not installed")?;
        let folder = host.scene.path("podman");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("containers.conf"), CONF).unwrap();
        let podman = Self { program, folder, cgroups: host.cgroups, options };
        done(podman.command()?.arg("import").arg(&host.image).arg(image::NAME))?;
        Ok(podman)
    }

    fn command(&self) -> Result<Command, String> {
        Ok(in_folder(self.cgroups.command(&self.program)?, &self.folder))
    }
}

/// The same as root, with containers in a user namespace.
pub(crate) struct Mapped(Podman);

impl Engine for Mapped {
    const NAME: &'static str = "podman with --uidmap";

    fn start(host: &Host) -> Result<Self, String> {
        Podman::with(host, &["--uidmap", "0:100000:65536"]).map(Self)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        self.0.run(runtime, env, script)
    }
}
