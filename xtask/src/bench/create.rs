//! `cargo xtask bench create`: what Gantry costs a container, against bare execution, against the least that
//! a wrapper can do, and against the reference where there is one.
//!
//! Everything runs in turns, so that what disturbs the machine disturbs all alike. Compare the ratios
//! of one run, not the figures of two.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::build;
use crate::process::{cargo, release, root, run as run_program, step, target};

const ROUNDS: usize = 400;

/// Builds what is measured, and measures it.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        ["--rounds", number] => number.parse().context("--rounds takes a number")?,
        _ => bail!("usage: cargo xtask bench create [--rounds N]"),
    };
    build::all()?;
    let scene = Scene::lay_out()?;
    let mut contenders = scene.contenders();
    step(&format!("{rounds} rounds, in turns"));
    for _ in 0..rounds {
        for contender in &mut contenders {
            scene.measure(contender)?;
        }
    }
    report(&contenders);
    Ok(())
}

/// One thing that is measured.
struct Contender {
    name: &'static str,
    program: PathBuf,
    args: Vec<String>,
    wall: Vec<Duration>,
    cpu: Duration,
}

struct Scene {
    dir: PathBuf,
    nothing: PathBuf,
    baseline: PathBuf,
}

impl Scene {
    fn lay_out() -> Result<Self> {
        let nothing = build::static_program("gantry-bench", "nothing")?;
        let baseline = build::static_program("gantry-bench", "baseline")?;
        run_program(&mut cargo([
            "build",
            "--release",
            "--locked",
            "--package",
            "gantry-bench",
            "--bin",
            "baseline",
        ]))?;
        let dir = target().join("bench");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("bundle"))?;
        fs::create_dir_all(dir.join("cdi"))?;
        let scene = Self { dir, nothing, baseline };
        fs::copy(root().join("xtask/bench/nvidia.json"), scene.dir.join("cdi/nvidia.json"))?;
        fs::write(
            scene.dir.join("config.toml"),
            format!(
                "[runtime]\nlow-level = [{:?}]\n\n[cdi]\nspec-dirs = [{:?}]\n",
                scene.nothing,
                scene.dir.join("cdi")
            ),
        )?;
        fs::write(
            scene.dir.join("nvidia.toml"),
            format!(
                "[nvidia-container-runtime]\nruntimes = [{:?}]\nmode = \"cdi\"\n\
                 [nvidia-container-runtime.modes.cdi]\nspec-dirs = [{:?}]\n",
                scene.nothing,
                scene.dir.join("cdi")
            ),
        )?;
        Ok(scene)
    }

    fn contenders(&self) -> Vec<Contender> {
        let bundle = self.dir.join("bundle").display().to_string();
        let create = ["create".to_owned(), "--bundle".to_owned(), bundle.clone(), "c".to_owned()];
        let state = ["state".to_owned(), "c".to_owned()];
        let nothing = self.nothing.display().to_string();
        let baseline: Vec<String> = [nothing, bundle].into_iter().chain(create.clone()).collect();
        let contender = |name, program: &Path, args| Contender {
            name,
            program: program.to_path_buf(),
            args,
            wall: Vec::new(),
            cpu: Duration::ZERO,
        };
        let gantry = release().join("gantry-runtime");
        let mut contenders = vec![
            contender("exec alone", &self.nothing, create.to_vec()),
            contender("least wrapper, static, create", &self.baseline, baseline.clone()),
            contender("least wrapper, plain, create", &release().join("baseline"), baseline),
            contender("gantry-runtime create", &gantry, create.to_vec()),
            contender("gantry-runtime state", &gantry, state.to_vec()),
        ];
        match env::var_os("NVIDIA_CONTAINER_RUNTIME").map(PathBuf::from) {
            Some(reference) => {
                contenders.push(contender(
                    "nvidia-container-runtime create",
                    &reference,
                    create.to_vec(),
                ));
                contenders.push(contender(
                    "nvidia-container-runtime state",
                    &reference,
                    state.to_vec(),
                ));
            }
            None => eprintln!(
                "SKIPPED the comparison with nvidia-container-runtime: NVIDIA_CONTAINER_RUNTIME names no program"
            ),
        }
        contenders
    }

    fn measure(&self, contender: &mut Contender) -> Result<()> {
        fs::copy(root().join("xtask/bench/config.json"), self.dir.join("bundle/config.json"))?;
        let mut command = Command::new(&contender.program);
        command
            .args(&contender.args)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("GANTRY_CONFIG", self.dir.join("config.toml"))
            .env("NVIDIA_CTK_CONFIG_FILE_PATH", self.dir.join("nvidia.toml"))
            .stdin(Stdio::null());
        let cpu = children()?;
        let start = Instant::now();
        let status = command.status().with_context(|| contender.program.display().to_string())?;
        contender.wall.push(start.elapsed());
        contender.cpu += children()?.saturating_sub(cpu);
        if !status.success() {
            bail!("{} failed: {status}", contender.name);
        }
        Ok(())
    }
}

/// Processor time that finished children have used.
fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.try_into()?))
}

fn report(contenders: &[Contender]) {
    let figures: Vec<_> = contenders.iter().map(Figures::of).collect();
    let Some(alone) = figures.first() else { return };
    println!(
        "\n{:<34}{:>10}{:>10}{:>10}{:>14}{:>14}",
        "milliseconds", "median", "least", "CPU", "over exec", "CPU over exec"
    );
    for (contender, own) in contenders.iter().zip(&figures) {
        println!(
            "{:<34}{:>10.3}{:>10.3}{:>10.3}{:>14.3}{:>14.3}",
            contender.name,
            own.median,
            own.least,
            own.cpu,
            own.median - alone.median,
            own.cpu - alone.cpu,
        );
    }
    let over = |name: &str, of: fn(&Figures) -> f64| {
        let found = contenders.iter().zip(&figures).find(|(contender, _)| contender.name == name);
        found.map(|(_, own)| of(own) - of(alone))
    };
    println!();
    for (what, ours, theirs) in [
        (
            "create, against the least wrapper as cargo builds it",
            "gantry-runtime create",
            "least wrapper, plain, create",
        ),
        (
            "create, against the least wrapper built as ours is",
            "gantry-runtime create",
            "least wrapper, static, create",
        ),
        (
            "create, against the reference",
            "gantry-runtime create",
            "nvidia-container-runtime create",
        ),
        ("state, against the reference", "gantry-runtime state", "nvidia-container-runtime state"),
    ] {
        let ratio = |of: fn(&Figures) -> f64| Some(over(ours, of)? / over(theirs, of)?);
        if let (Some(wall), Some(cpu)) = (ratio(|f| f.median), ratio(|f| f.cpu)) {
            println!("overhead of {what}: {wall:.2} (wall), {cpu:.2} (CPU)");
        }
    }
}

struct Figures {
    median: f64,
    least: f64,
    cpu: f64,
}

impl Figures {
    fn of(contender: &Contender) -> Self {
        let mut wall = contender.wall.clone();
        wall.sort_unstable();
        let millis = |at: usize| wall.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        let runs = u32::try_from(wall.len()).unwrap_or(1).max(1);
        Self {
            median: millis(wall.len() / 2),
            least: millis(0),
            cpu: (contender.cpu / runs).as_secs_f64() * 1e3,
        }
    }
}
