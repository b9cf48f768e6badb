//! podman: no daemon, but its own store, and the limits of a small machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gantry_tests::programs::installed;
use gantry_tests::scene::Scene;

use super::{Engine, done, image};

pub(crate) struct Podman {
    program: PathBuf,
    folder: PathBuf,
}

impl Engine for Podman {
    const NAME: &'static str = "podman";

    fn start(scene: &Scene, image: &Path) -> Result<Self, String> {
        let program = installed("podman").ok_or("podman is not installed")?;
        let conf = "[containers]\ndefault_ulimits = []\n";
        std::fs::create_dir(scene.path("podman")).unwrap();
        std::fs::write(scene.path("podman/containers.conf"), conf).unwrap();
        let podman = Self { program, folder: scene.path("podman") };
        done(podman.command().arg("import").arg(image).arg(image::NAME))?;
        Ok(podman)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let mut run = self.command();
        run.arg("--runtime").arg(runtime).args(["--cgroup-manager", "cgroupfs", "run", "--rm"]);
        run.args(["--network", "none", "--ulimit", "nofile=1024:1024"]);
        run.args(["--ulimit", "nproc=1024:1024"]);
        run.args(env.iter().flat_map(|entry| ["-e", entry]));
        run.args([image::NAME, "/bin/sh", "-c", script]).output().unwrap()
    }
}

impl Podman {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("CONTAINERS_CONF", self.folder.join("containers.conf"));
        for (option, folder) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
            command.arg(option).arg(self.folder.join(folder));
        }
        command.args(["--storage-driver", "vfs", "--events-backend", "file"]);
        command
    }
}
