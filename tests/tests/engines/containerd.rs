//! containerd, with `ctr`: a daemon of its own, without the CRI plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use gantry_tests::programs::installed;

use super::host::Host;
use super::{Engine, done, image, until_it_answers};

pub(crate) struct Containerd {
    daemon: Daemon,
    next: AtomicUsize,
}

impl Engine for Containerd {
    const NAME: &'static str = "containerd";

    fn start(host: &Host) -> Result<Self, String> {
        let daemon = Daemon::start(host, |config| {
            let text = fs::read_to_string(config).unwrap();
            let without = "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n";
            fs::write(config, without.to_owned() + &text).unwrap();
        })?;
        daemon.import(host, "default")?;
        Ok(Self { daemon, next: AtomicUsize::new(0) })
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut run = self.daemon.ctr();
        run.args(["run", "--rm", "--snapshotter", "native", "--runc-binary"]).arg(runtime);
        run.args(env.iter().flat_map(|entry| ["--env", entry]));
        // runc's state is the machine's, and other tests run beside this one.
        let id = format!("gantry-test-{}-{id}", self.daemon.process.id());
        run.args([image::NAME, &id, "/bin/sh", "-c", script]).output().unwrap()
    }
}

/// A containerd that runs.
pub(crate) struct Daemon {
    ctr: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) process: Child,
}

impl Daemon {
    /// Starts it with a configuration that is completed by that.
    pub(crate) fn start(host: &Host, complete: impl FnOnce(&Path)) -> Result<Self, String> {
        let scene = &host.scene;
        let ctr = installed("ctr").ok_or("ctr is not installed")?;
        let containerd = installed("containerd").ok_or("containerd is not installed")?;
        let config = "version = 2\nroot = \"${TMP}/ctd/root\"\nstate = \"${TMP}/ctd/state\"\n\
                      [grpc]\naddress = \"${TMP}/ctd/sock\"\n";
        let file = scene.path("ctd/config.toml");
        fs::create_dir(scene.path("ctd")).unwrap();
        fs::write(&file, scene.expand(config)).unwrap();
        complete(&file);
        let log = fs::File::create(scene.path("ctd/log")).unwrap();
        let process = host
            .cgroups
            .command(&containerd)?
            .arg("--config")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("containerd: {error}"))?;
        let daemon = Self { ctr, socket: scene.path("ctd/sock"), process };
        until_it_answers("containerd", || {
            let mut ask = daemon.ctr();
            ask.arg("version");
            ask
        })?;
        Ok(daemon)
    }

    /// Has it know the image.
    pub(crate) fn import(&self, host: &Host, namespace: &str) -> Result<(), String> {
        let oci = oci_archive(host)?;
        let mut import = self.ctr();
        import.args(["--namespace", namespace, "image", "import", "--snapshotter", "native"]);
        done(import.arg(oci)).map(drop)
    }

    fn ctr(&self) -> Command {
        let mut command = Command::new(&self.ctr);
        command.arg("--address").arg(&self.socket);
        command
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _gone = Command::new("kill").arg(self.process.id().to_string()).status();
        let _gone = self.process.wait();
    }
}

/// The image as containerd imports it: podman makes it of a plain one.
fn oci_archive(host: &Host) -> Result<PathBuf, String> {
    let podman = installed("podman").ok_or("podman, which packs the image, is not installed")?;
    let packed = host.scene.path("oci.tar");
    let command = || {
        let mut command = Command::new(&podman);
        for (option, folder) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
            command.arg(option).arg(host.scene.path("packer").join(folder));
        }
        command.args(["--storage-driver", "vfs"]);
        command
    };
    // What a container runs that is told nothing else.
    let change = ["--change", r#"CMD ["/bin/sleep", "600"]"#];
    done(command().arg("import").args(change).arg(&host.image).arg(image::NAME))?;
    done(command().arg("save").arg("-o").arg(&packed).arg(image::NAME))?;
    Ok(packed)
}
