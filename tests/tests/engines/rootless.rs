//! podman without root: as the user that runs the tests, or, for root, as one that has user ids to give to containers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gantry_tests::programs::installed;
use gantry_tests::skips::is_root;

use super::host::{Host, user_with_ids};
use super::podman::{CONF, RUN, in_folder, until_all_ended};
use super::{Engine, done, image};

pub(crate) struct Rootless {
    podman: PathBuf,
    folder: PathBuf,
    become_user: Option<(PathBuf, String)>,
}

impl Engine for Rootless {
    const NAME: &'static str = "rootless podman";
    const NEEDS_ROOT: bool = false;

    fn start(host: &Host) -> Result<Self, String> {
        let podman = installed("podman").ok_or("podman is not installed")?;
        installed("newuidmap").ok_or("newuidmap (Debian: uidmap) is not installed")?;
        let folder = host.scene.path("rootless");
        for name in ["home", "runtime"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        fs::write(folder.join("containers.conf"), CONF).unwrap();
        let mut become_user = None;
        if is_root() {
            let user = user_with_ids()?;
            let setpriv = installed("setpriv").ok_or("setpriv is not installed")?;
            done(Command::new("chown").arg("-R").arg(&user).arg(&folder))?;
            // The directory of the test is root's own; who may pass through it may not list it.
            done(Command::new("chmod").arg("711").arg(host.scene.path(".")))?;
            become_user = Some((setpriv, user));
        }
        let rootless = Self { podman, folder, become_user };
        done(rootless.command().arg("import").arg(&host.image).arg(image::NAME))?;
        Ok(rootless)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let mut run = self.command();
        run.arg("--runtime").arg(runtime).args(["--cgroup-manager", "cgroupfs"]);
        run.arg("run").args(RUN).args(env.iter().flat_map(|entry| ["-e", entry]));
        run.args([image::NAME, "/bin/sh", "-c", script]).output().unwrap()
    }
}

impl Rootless {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.podman);
        if let Some((setpriv, user)) = &self.become_user {
            command = Command::new(setpriv);
            command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(&self.podman);
        }
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
        command.env("HOME", self.folder.join("home"));
        command.env("XDG_RUNTIME_DIR", self.folder.join("runtime"));
        in_folder(command, &self.folder)
    }
}

impl Drop for Rootless {
    fn drop(&mut self) {
        until_all_ended(&self.folder);
        // What containers left belongs to ids that only their user namespace has.
        let folders = ["root", "run"].map(|name| self.folder.join(name));
        let _gone = self.command().args(["unshare", "rm", "-rf"]).args(folders).output();
        // The process that keeps this namespace would stay.
        if let Ok(pid) = fs::read_to_string(self.folder.join("tmp/pause.pid")) {
            let _gone = Command::new("kill").arg(pid.trim()).status();
        }
    }
}
