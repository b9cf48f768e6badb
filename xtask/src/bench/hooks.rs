//! `cargo xtask bench hooks`: what a container hook costs from start to end, and how large its program is,
//! beside the reference's where `NVIDIA_CDI_HOOK` names it.
//!
//! Both run in turns on the same small root; before each run it is as it was before the first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

use anyhow::{Context, Result, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::create::{Figures, children};
use crate::build;
use crate::process::{output, release, step, target};

const ROUNDS: usize = 300;
/// The largest share of the reference's time that `noop` may take, and the largest size of the program.
const BAR: f64 = 1.0 / 3.0;
const MOST_BYTES: u64 = 3_000_000;

/// The hooks, with their arguments; the last needs root.
const HOOKS: [(&str, &[&str]); 3] = [
    ("noop", &[]),
    ("create-symlinks", &["--link", "libgpu.so.1::/usr/lib/libgpu.so"]),
    ("update-ldcache", &["--folder", "/opt/gpu"]),
];

/// Builds what is measured, and measures it.
pub(super) fn run(args: &[&str]) -> Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        ["--rounds", number] => number.parse().context("--rounds takes a number")?,
        _ => bail!("usage: cargo xtask bench hooks [--rounds N]"),
    };
    build::hook()?;
    let scene = Scene::lay_out()?;
    let reference = env::var_os("NVIDIA_CDI_HOOK").map(PathBuf::from);
    if reference.is_none() {
        eprintln!("SKIPPED the comparison with nvidia-cdi-hook: NVIDIA_CDI_HOOK names no program");
    }
    let mut programs = vec![release().join("gantry-hook")];
    programs.extend(reference);
    let mut measured = Vec::new();
    for (hook, args) in HOOKS {
        if hook == "update-ldcache"
            && let Err(why) = scene.own_mounts()
        {
            eprintln!("SKIPPED update-ldcache: {why:#}");
            continue;
        }
        step(&format!("{hook}: {rounds} rounds, in turns"));
        let mut times: Vec<Timed> = programs.iter().map(|_| Timed::default()).collect();
        for _ in 0..rounds {
            for (program, timed) in programs.iter().zip(&mut times) {
                scene.measure(program, hook, args, timed)?;
            }
        }
        measured.push((hook, times));
    }
    report(&measured, fs::metadata(release().join("gantry-hook"))?.len())
}

#[derive(Default)]
struct Timed {
    wall: Vec<Duration>,
    cpu: Duration,
}

struct Scene {
    dir: PathBuf,
}

impl Scene {
    /// A bundle whose root has a folder with libraries: those that this program uses.
    fn lay_out() -> Result<Self> {
        let dir = target().join("bench-hooks");
        let _may_be_absent = fs::remove_dir_all(&dir);
        let scene = Self { dir };
        for folder in ["etc", "opt/gpu", "usr/lib", "proc", "run"] {
            fs::create_dir_all(scene.inside(folder))?;
        }
        let maps = fs::read_to_string("/proc/self/maps")?;
        for path in maps.split_whitespace().filter(|word| word.contains(".so")).map(Path::new) {
            let name = path.file_name().context("a library without a name")?;
            fs::copy(path, scene.inside("opt/gpu").join(name))?;
        }
        fs::write(scene.dir.join("config.json"), r#"{"root": {"path": "rootfs"}}"#)?;
        let state = serde_json::json!({
            "ociVersion": "1.0.2", "id": "c", "status": "creating", "pid": 1,
            "bundle": fs::canonicalize(&scene.dir)?,
        });
        fs::write(scene.dir.join("state.json"), state.to_string())?;
        Ok(scene)
    }

    fn inside(&self, path: &str) -> PathBuf {
        self.dir.join("rootfs").join(path)
    }

    /// Makes the root a mount, as a low-level runtime does (the reference relies on it), seen by nobody else.
    fn own_mounts(&self) -> Result<()> {
        if !nix::unistd::geteuid().is_root() {
            bail!("not root");
        }
        unshare(CloneFlags::CLONE_NEWNS).context("a mount namespace")?;
        let (private, bind) = (MsFlags::MS_PRIVATE | MsFlags::MS_REC, MsFlags::MS_BIND);
        let (none, root) = (None::<&str>, self.inside(""));
        mount(none, "/", none, private, none).context("making mounts private")?;
        mount(Some(&root), &root, none, bind, none).context("mounting the root")
    }

    fn measure(&self, program: &Path, hook: &str, args: &[&str], timed: &mut Timed) -> Result<()> {
        for folder in ["etc", "usr/lib"] {
            empty(&self.inside(folder))?;
        }
        let mut command = Command::new(program);
        command.arg(hook).args(args).env_clear().env("NVIDIA_CTK_DEBUG", "false");
        command.stdin(File::open(self.dir.join("state.json"))?);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (cpu, start) = (children()?, Instant::now());
        let status = command.status().with_context(|| program.display().to_string())?;
        timed.wall.push(start.elapsed());
        timed.cpu += children()?.saturating_sub(cpu);
        if !status.success() {
            // Once more, for what it says.
            command.stdin(File::open(self.dir.join("state.json"))?).stderr(Stdio::piped());
            output(&mut command)?;
            bail!("{} {hook} failed once: {status}", program.display());
        }
        Ok(())
    }
}

/// Removes what is in a directory.
fn empty(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn report(measured: &[(&str, Vec<Timed>)], bytes: u64) -> Result<()> {
    println!(
        "\n{:<18}{:>10}{:>10}{:>10}{:>14}{:>10}{:>10}{:>10}",
        "milliseconds", "median", "least", "CPU", "reference", "least", "CPU", "ratio"
    );
    let mut missed = Vec::new();
    for (hook, times) in measured {
        print!("{hook:<18}");
        let figures: Vec<_> =
            times.iter().map(|timed| Figures::new(&timed.wall, timed.cpu)).collect();
        for (at, own) in figures.iter().enumerate() {
            let wide = if at == 0 { 10 } else { 14 };
            print!("{:>wide$.3}{:>10.3}{:>10.3}", own.median, own.least, own.cpu);
        }
        if let [ours, theirs] = figures.as_slice() {
            let ratio = ours.median / theirs.median;
            print!("{ratio:>10.2}");
            if *hook == "noop" && ratio > BAR {
                missed
                    .push(format!("noop takes {ratio:.2} of the reference's time, over {BAR:.2}"));
            }
        }
        println!();
    }
    println!("\nfrom start to end; the ratio is of medians, its bar for noop {BAR:.2}");
    println!("gantry-hook has {bytes} bytes; the bar is {MOST_BYTES}");
    if bytes > MOST_BYTES {
        missed.push(format!("{bytes} bytes are over {MOST_BYTES}"));
    }
    if !missed.is_empty() {
        bail!("{}", missed.join("; "));
    }
    Ok(())
}
