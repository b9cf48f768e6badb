//! containerd, with `ctr`: a daemon of its own, without the CRI plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use gantry_tests::programs::installed;
use gantry_tests::scene::Scene;

use super::{Engine, done, image, until_it_answers};

pub(crate) struct Containerd {
    ctr: PathBuf,
    socket: PathBuf,
    daemon: Child,
    next: AtomicUsize,
}

impl Engine for Containerd {
    const NAME: &'static str = "containerd";

    fn start(scene: &Scene, image: &Path) -> Result<Self, String> {
        let ctr = installed("ctr").ok_or("ctr is not installed")?;
        let containerd = installed("containerd").ok_or("containerd is not installed")?;
        let config = scene.expand(
            "version = 2\nroot = \"${TMP}/ctd/root\"\nstate = \"${TMP}/ctd/state\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\naddress = \"${TMP}/ctd/sock\"\n",
        );
        fs::create_dir(scene.path("ctd")).unwrap();
        fs::write(scene.path("ctd/config.toml"), config).unwrap();
        let log = fs::File::create(scene.path("ctd/log")).unwrap();
        let daemon = Command::new(containerd)
            .arg("--config")
            .arg(scene.path("ctd/config.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("containerd: {error}"))?;
        let (socket, next) = (scene.path("ctd/sock"), AtomicUsize::new(0));
        let engine = Self { ctr, socket, daemon, next };
        until_it_answers("containerd", || {
            let mut ask = engine.command();
            ask.arg("version");
            ask
        })?;
        let oci = oci_archive(scene, image)?;
        done(engine.command().args(["image", "import", "--snapshotter", "native"]).arg(oci))?;
        Ok(engine)
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut run = self.command();
        run.args(["run", "--rm", "--snapshotter", "native", "--runc-binary"]).arg(runtime);
        run.args(env.iter().flat_map(|entry| ["--env", entry]));
        // runc's state is the machine's, and other tests run beside this one.
        let id = format!("gantry-test-{}-{id}", self.daemon.id());
        run.args([image::NAME, &id, "/bin/sh", "-c", script]).output().unwrap()
    }
}

/// The image as containerd imports it: podman makes it of a plain one.
fn oci_archive(scene: &Scene, image: &Path) -> Result<PathBuf, String> {
    let podman = installed("podman").ok_or("podman, which packs the image, is not installed")?;
    let packed = scene.path("oci.tar");
    let command = || {
        let mut command = Command::new(&podman);
        for (option, folder) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
            command.arg(option).arg(scene.path("packer").join(folder));
        }
        command.args(["--storage-driver", "vfs"]);
        command
    };
    done(command().arg("import").arg(image).arg(image::NAME))?;
    done(command().arg("save").arg("-o").arg(&packed).arg(image::NAME))?;
    Ok(packed)
}

impl Containerd {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.ctr);
        command.arg("--address").arg(&self.socket);
        command
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let _gone = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _gone = self.daemon.wait();
    }
}
