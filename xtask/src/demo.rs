//! `cargo xtask demo`: the main job on real input, seen from inside a container.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use anyhow::{Context, Result, bail};

use crate::process::{release, root, run as run_program, step, target};
use crate::{build, setup};

/// The files of the demonstration.
struct Scene {
    dir: PathBuf,
    bundle: PathBuf,
    config: PathBuf,
}

/// Builds, and shows it.
pub(crate) fn run() -> Result<()> {
    setup::runtimes();
    build::all()?;
    let scene = Scene::lay_out()?;

    step("the vendor's CDI spec");
    print!("{}", fs::read_to_string(scene.dir.join("cdi/acme.json"))?);

    step("what the container would get: gantry explain");
    run_program(scene.gantry("gantry").arg("explain").arg("--bundle").arg(&scene.bundle))?;

    match cannot_start() {
        None => scene.start()?,
        Some(why) => scene.only_write(&why)?,
    }
    step("what gantry-runtime changed in config.json");
    scene.show_difference()
}

/// Why no container can be started here, if so.
fn cannot_start() -> Option<String> {
    let root_user = fs::metadata("/proc/self").is_ok_and(|meta| {
        use std::os::unix::fs::MetadataExt;
        meta.uid() == 0
    });
    if !root_user {
        return Some("runc needs root for a container without a user namespace".into());
    }
    if setup::which("runc").is_none() {
        return Some("runc is not installed".into());
    }
    if setup::which("busybox").is_none() {
        return Some("busybox (statically linked) is not installed".into());
    }
    None
}

impl Scene {
    fn lay_out() -> Result<Self> {
        let dir = target().join("demo");
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{}", dir.display()));
            }
            _ => {}
        }
        let bundle = dir.join("bundle");
        let rootfs = bundle.join("rootfs");
        let files = root().join("xtask/demo");
        for made in ["bin", "dev", "proc", "opt/acme"] {
            fs::create_dir_all(rootfs.join(made))?;
        }
        fs::create_dir_all(dir.join("cdi"))?;
        fs::create_dir_all(dir.join("acme"))?;
        fs::write(dir.join("acme/firmware.txt"), "firmware 4.2 of the host, read-only\n")?;
        fs::copy(files.join("config.json"), bundle.join("config.json"))?;
        fs::copy(files.join("config.json"), dir.join("before.json"))?;
        fs::copy(files.join("show.sh"), rootfs.join("show.sh"))?;
        if let Some(busybox) = setup::which("busybox") {
            fs::copy(busybox, rootfs.join("bin/busybox"))?;
            for applet in ["sh", "ls", "head", "od", "cat"] {
                std::os::unix::fs::symlink("busybox", rootfs.join("bin").join(applet))?;
            }
        }
        let spec = include_str!("../demo/acme.json").replace("@DIR@", &dir.display().to_string());
        fs::write(dir.join("cdi/acme.json"), spec)?;
        let config = dir.join("config.toml");
        fs::write(
            &config,
            format!(
                "[cdi]\nspec-dirs = [{:?}]\n\n[stages.cdi.grants.edit]\ndevices = [\"acme.com/*=*\"]\n",
                dir.join("cdi")
            ),
        )?;
        Ok(Self { dir, bundle, config })
    }

    fn gantry(&self, program: &str) -> Command {
        let mut command = Command::new(release().join(program));
        command.env("GANTRY_CONFIG", &self.config);
        command
    }

    fn runtime(&self) -> Command {
        let mut command = self.gantry("gantry-runtime");
        command.arg("--root").arg(self.dir.join("state"));
        command
    }

    /// Creates, starts and deletes a container as an engine does.
    fn start(&self) -> Result<()> {
        const ID: &str = "gantry-demo";
        step("gantry-runtime create, start, delete (low-level runtime: runc); the container says:");
        let log = self.dir.join("container.log");
        let out = fs::File::create(&log)?;
        let created = self
            .runtime()
            .args(["create", "--bundle"])
            .arg(&self.bundle)
            .arg(ID)
            .stdin(std::process::Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .status()?;
        if !created.success() {
            print!("{}", fs::read_to_string(&log)?);
            bail!("the container could not be created");
        }
        let result = run_program(self.runtime().args(["start", ID])).and_then(|()| self.wait(ID));
        let deleted = run_program(self.runtime().args(["delete", "--force", ID]));
        print!("{}", fs::read_to_string(&log)?);
        result.and(deleted)
    }

    /// Waits until the container's process has ended.
    fn wait(&self, id: &str) -> Result<()> {
        for _ in 0..100 {
            let state = self.runtime().args(["state", id]).output()?;
            if String::from_utf8_lossy(&state.stdout).contains("\"stopped\"") {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        bail!("the container did not end within five seconds")
    }

    /// The same job with a low-level runtime that does nothing.
    fn only_write(&self, why: &str) -> Result<()> {
        step("no container can be started here");
        println!("{why}.\nSo gantry-runtime runs with /bin/true as the low-level runtime.");
        let config = fs::read_to_string(&self.config)?;
        fs::write(&self.config, format!("[runtime]\nlow-level = [\"/bin/true\"]\n\n{config}"))?;
        run_program(self.runtime().args(["create", "--bundle"]).arg(&self.bundle).arg("demo"))
    }

    fn show_difference(&self) -> Result<()> {
        difference(&self.dir.join("before.json"), &self.bundle.join("config.json"))
    }
}

/// Prints a diff; both files are indented, so that it reads.
fn difference(before: &Path, after: &Path) -> Result<()> {
    let status = Command::new("diff").arg("-u").arg(before).arg(after).status();
    match status {
        Ok(status) if status.code().is_some_and(|code| code < 2) => Ok(()),
        Ok(status) => bail!("diff failed: {status}"),
        Err(_) => {
            print!("{}", fs::read_to_string(after)?);
            Ok(())
        }
    }
}
