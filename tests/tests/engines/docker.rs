//! docker: a daemon of its own, without networks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use gantry_tests::programs::installed;
use gantry_tests::scene::Scene;

use super::{Engine, done, image, until_it_answers};

pub(crate) struct Docker {
    program: PathBuf,
    socket: String,
    daemon: Child,
}

impl Engine for Docker {
    const NAME: &'static str = "docker";

    fn start(scene: &Scene, image: &Path) -> Result<Self, String> {
        let program = installed("docker").ok_or("docker is not installed")?;
        let dockerd = installed("dockerd").ok_or("dockerd is not installed")?;
        let socket = format!("unix://{}", scene.path("docker.sock").display());
        let log = fs::File::create(scene.path("dockerd.log")).unwrap();
        let runtime = |name: &str, path: &Path| format!("--add-runtime={name}={}", path.display());
        let daemon = Command::new(dockerd)
            .arg("--data-root")
            .arg(scene.path("data"))
            .arg("--exec-root")
            .arg(scene.path("exec"))
            .arg("-p")
            .arg(scene.path("pid"))
            .args(["-H", &socket, "--iptables=false", "--ip6tables=false", "--bridge=none"])
            .args(["--storage-driver=vfs", &runtime("gantry", &scene.path("gantry"))])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("dockerd: {error}"))?;
        let docker = Self { program, socket, daemon };
        until_it_answers("dockerd", || {
            let mut ask = docker.command();
            ask.arg("version");
            ask
        })?;
        done(docker.command().arg("import").arg(image).arg(image::NAME))?;
        Ok(docker)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let name = runtime.file_name().unwrap();
        let mut run = self.command();
        run.args(["run", "--rm", "--network", "none", "--runtime"]).arg(name);
        run.args(env.iter().flat_map(|entry| ["-e", entry]));
        run.args([image::NAME, "/bin/sh", "-c", script]).output().unwrap()
    }
}

impl Docker {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-H", &self.socket]);
        command
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // It stops its own containerd.
        let _gone = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _gone = self.daemon.wait();
    }
}
