//! docker: a daemon of its own, without networks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use gantry_tests::programs::installed;

use super::host::{Host, user_with_ids};
use super::{Engine, done, image, until_it_answers};

pub(crate) struct Docker {
    program: PathBuf,
    socket: String,
    daemon: Child,
}

impl Engine for Docker {
    const NAME: &'static str = "docker";

    fn start(host: &Host) -> Result<Self, String> {
        Self::with(host, &[])
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
    fn with(host: &Host, options: &[&str]) -> Result<Self, String> {
        let scene = &host.scene;
        let program = installed("docker").ok_or("docker is not installed")?;
        let dockerd = installed("dockerd").ok_or("dockerd is not installed")?;
        let socket = format!("unix://{}", scene.path("docker.sock").display());
        let log = fs::File::create(scene.path("dockerd.log")).unwrap();
        // It has a runtime of the name `runc` itself.
        let runtimes = host.runtimes().into_iter().filter(|(name, _)| name != "runc");
        let runtimes =
            runtimes.map(|(name, path)| format!("--add-runtime={name}={}", path.display()));
        let daemon = host
            .cgroups
            .command(&dockerd)?
            .arg("--data-root")
            .arg(scene.path("data"))
            .arg("--exec-root")
            .arg(scene.path("exec"))
            .arg("-p")
            .arg(scene.path("pid"))
            .args(["-H", &socket, "--iptables=false", "--ip6tables=false", "--bridge=none"])
            .arg("--storage-driver=vfs")
            .args(runtimes)
            .args(options)
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
        done(docker.command().arg("import").arg(&host.image).arg(image::NAME))?;
        Ok(docker)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-H", &self.socket]);
        command
    }
}

/// The same with all containers in a user namespace, whose ids are a user's.
pub(crate) struct Remapped(Docker);

impl Engine for Remapped {
    const NAME: &'static str = "docker with userns-remap";

    fn start(host: &Host) -> Result<Self, String> {
        let user = user_with_ids()?;
        // The namespace's root passes through the directory of the test, which is root's own.
        done(Command::new("chmod").arg("711").arg(host.scene.path(".")))?;
        Docker::with(host, &["--userns-remap", &user]).map(Self)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        self.0.run(runtime, env, script)
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // It stops its own containerd.
        let _gone = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _gone = self.daemon.wait();
    }
}
