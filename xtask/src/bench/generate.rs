//! `cargo xtask bench generate`: making specs for eight GPUs, beside the reference's program where
//! `NVIDIA_CTK` names it; and a `create` whose devices are made just in time, beside one that finds them in
//! a spec.
//!
//! All load the same stand-in for NVML, over the driver root of a recorded case. What the kernel would say
//! of a driver is mounted where only this process and its children see it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use serde_json::Value;

use super::create::{Figures, children};
use super::entries::{make, node};
use crate::build;
use crate::process::{output, release, root, run as run_program, step, target};

const ROUNDS: usize = 100;
/// The recorded cases that give the driver root and the GPUs.
const ROOT_OF: &str = "gen-desktop";
const GPUS_OF: &str = "gen-eight-gpus";
/// What the kernel says of a driver: a directory over which it is mounted, a file below, and its text.
const KERNEL: [(&str, &str, &str); 3] = [
    (
        "/proc/driver",
        "nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  575.57.08\n",
    ),
    ("/proc/driver", "nvidia/gpus/0000:41:00.0/information", "Model: made up\n"),
    ("/sys/module", "nvidia/version", "575.57.08\n"),
];
/// Generation is to take at most this share of the reference's time, and just in time at most this much
/// longer, in milliseconds.
const BAR: f64 = 1.0 / 5.0;
const MOST_LONGER: f64 = 1.0;

/// Builds what is measured, and measures it.
pub(super) fn run(args: &[&str]) -> Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        ["--rounds", number] => number.parse().context("--rounds takes a number")?,
        _ => bail!("usage: cargo xtask bench generate [--rounds N]"),
    };
    build::all()?;
    let nothing = build::static_program("gantry-bench", "nothing")?;
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED bench generate: the nodes of eight GPUs, and mounts, need root");
        return Ok(());
    }
    let scene = Scene::lay_out(&nothing)?;
    let mut contenders = vec![scene.generator("gantry cdi generate", &release().join("gantry"))];
    match env::var_os("NVIDIA_CTK").map(PathBuf::from) {
        Some(reference) => {
            contenders.push(scene.generator("nvidia-ctk cdi generate", &reference));
        }
        None => eprintln!("SKIPPED the comparison with nvidia-ctk: NVIDIA_CTK names no program"),
    }
    contenders.push(scene.creation("create, devices in a spec", "cdi"));
    contenders.push(scene.creation("create, made just in time", "jit-cdi"));
    step(&format!("{rounds} rounds, in turns"));
    for contender in &mut contenders {
        // The first one asks NVML; the others remember.
        scene.measure(contender)?;
        contender.wall.clear();
        contender.cpu = Duration::ZERO;
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            scene.measure(contender)?;
        }
    }
    report(&contenders)
}

/// One thing that is measured.
struct Contender {
    name: &'static str,
    command: Command,
    wall: Vec<Duration>,
    cpu: Duration,
}

struct Scene {
    dir: PathBuf,
}

impl Scene {
    fn lay_out(nothing: &Path) -> Result<Self> {
        let dir = target().join("bench-generate");
        let _may_be_absent = fs::remove_dir_all(&dir);
        let scene = Self { dir };
        for folder in ["bundle", "cdi", "run"] {
            fs::create_dir_all(scene.dir.join(folder))?;
        }
        let recorded = root().join("tests/conformance/generate/generate.json");
        let recorded: Value = serde_json::from_str(&fs::read_to_string(recorded)?)?;
        let case = |name: &str| {
            let cases = recorded.get("cases").and_then(Value::as_array).into_iter().flatten();
            cases.into_iter().find(|case| case["name"] == *name).context("a recorded case is gone")
        };
        let standin = scene.dir.join("standin.so");
        let source = root().join("tests/nvml/standin.c");
        let flags =
            ["-shared", "-fPIC", "-O2", "-fvisibility=hidden", "-Wl,-soname,libnvidia-ml.so.1"];
        run_program(Command::new("cc").args(flags).arg("-o").arg(&standin).arg(source))?;
        for entry in case(ROOT_OF)?["root"].as_array().context("no entries")? {
            make(&scene.dir.join("root"), entry, Some(&standin))?;
        }
        for gpu in 1..8 {
            node(&scene.dir.join(format!("root/dev/nvidia{gpu}")), 195, gpu)?;
        }
        let lines = case(GPUS_OF)?["inventory_lines"].as_str().context("no inventory")?;
        fs::write(scene.dir.join("inventory"), lines)?;
        mount_kernel()?;
        for mode in ["cdi", "jit-cdi"] {
            let config = format!(
                "[runtime]\nlow-level = [{nothing:?}]\n\n[cdi]\nspec-dirs = [{:?}]\n\n\
                 [host]\ndriver-root = {root:?}\ndev-root = {root:?}\ngpu-cache = {:?}\n\n\
                 [pipeline]\nfixed-mode = \"{mode}\"\n",
                scene.dir.join("cdi"),
                scene.dir.join("run/inventory.json"),
                root = scene.dir.join("root"),
            );
            fs::write(scene.config(mode), config)?;
        }
        let mut spec = scene.generator("", &release().join("gantry")).command;
        output(spec.arg("--output").arg(scene.dir.join("cdi/nvidia.yaml")))?;
        Ok(scene)
    }

    fn config(&self, mode: &str) -> PathBuf {
        self.dir.join(mode).with_extension("toml")
    }

    fn contender(&self, name: &'static str, program: &Path) -> Contender {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("NVML_STANDIN", self.dir.join("inventory"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Contender { name, command, wall: Vec::new(), cpu: Duration::ZERO }
    }

    fn generator(&self, name: &'static str, program: &Path) -> Contender {
        let mut contender = self.contender(name, program);
        let root = self.dir.join("root").display().to_string();
        contender.command.args(["cdi", "generate", "--mode=nvml"]);
        contender.command.arg(format!("--driver-root={root}"));
        contender
    }

    fn creation(&self, name: &'static str, mode: &str) -> Contender {
        let mut contender = self.contender(name, &release().join("gantry-runtime"));
        contender.command.arg("create").arg("--bundle").arg(self.dir.join("bundle")).arg("c");
        contender.command.env("GANTRY_CONFIG", self.config(mode));
        contender
    }

    fn measure(&self, contender: &mut Contender) -> Result<()> {
        fs::copy(root().join("xtask/bench/config.json"), self.dir.join("bundle/config.json"))?;
        let (cpu, start) = (children()?, Instant::now());
        let status = contender.command.status().context(contender.name)?;
        contender.wall.push(start.elapsed());
        contender.cpu += children()?.saturating_sub(cpu);
        if !status.success() {
            // Once more, for what it says.
            output(contender.command.stderr(Stdio::piped()))?;
            bail!("{} failed once: {status}", contender.name);
        }
        Ok(())
    }
}

/// Puts the kernel's files where only this process and its children see them.
fn mount_kernel() -> Result<()> {
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS).context("a mount namespace")?;
    mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none)?;
    for over in ["/proc/driver", "/sys/module"] {
        mount(Some("kernel"), over, Some("tmpfs"), MsFlags::empty(), none).context(over)?;
    }
    for (over, path, text) in KERNEL {
        let path = Path::new(over).join(path);
        fs::create_dir_all(path.parent().context("a file without a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn report(contenders: &[Contender]) -> Result<()> {
    println!("\n{:<30}{:>10}{:>10}{:>10}", "milliseconds", "median", "least", "CPU");
    let figures = |name: &str| {
        let found = contenders.iter().find(|contender| contender.name.starts_with(name));
        found.map(|one| Figures::new(&one.wall, one.cpu))
    };
    for Contender { name, wall, cpu, .. } in contenders {
        let Figures { median, least, cpu } = Figures::new(wall, *cpu);
        println!("{name:<30}{median:>10.3}{least:>10.3}{cpu:>10.3}");
    }
    let mut missed = Vec::new();
    if let (Some(ours), Some(theirs)) = (figures("gantry cdi"), figures("nvidia-ctk")) {
        let ratio = ours.median / theirs.median;
        println!("\ngeneration takes {ratio:.2} of the reference's time (medians; bar {BAR:.2})");
        if ratio > BAR {
            missed.push("generation");
        }
    }
    if let (Some(spec), Some(made)) = (figures("create, devices"), figures("create, made")) {
        let longer = made.median - spec.median;
        println!("just in time takes {longer:.3} ms longer (medians; bar {MOST_LONGER:.1})");
        if longer > MOST_LONGER {
            missed.push("just in time");
        }
    }
    if missed.is_empty() { Ok(()) } else { bail!("over the bar: {}", missed.join(", ")) }
}
