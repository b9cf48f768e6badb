//! `cargo xtask bench create`: what Gantry costs a container, against bare execution, against the least that
//! a wrapper can do, and against the reference where there is one.
//!
//! A vendor's stage from the store is one contender more: the same `create`, with that stage.
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
use tempfile::TempDir;

use super::bundles;
use crate::build;
use crate::process::{cargo, output, release, root, run as run_program, step, target};

const ROUNDS: usize = 400;
/// The configurations, below the scene's folder.
const PLAIN: &str = "config.toml";
const STORED: &str = "stored/config.toml";
/// The contenders whose difference is what a stored modifier costs.
const CREATE: &str = "gantry-runtime create";
const CREATE_STORED: &str = "the same, a stored stage more";

/// Builds what is measured, and measures it.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        ["--rounds", number] => number.parse().context("--rounds takes a number")?,
        _ => bail!("usage: cargo xtask bench create [--rounds N]"),
    };
    build::all()?;
    let modifier = build::example()?;
    let scene = Scene::lay_out()?;
    let added = scene.add(&modifier)?;
    let mut contenders = scene.contenders();
    step(&format!("{rounds} rounds, in turns"));
    for _ in 0..rounds {
        for contender in &mut contenders {
            scene.measure(contender)?;
        }
    }
    report(&contenders);
    report_stored(&contenders, &modifier, added)
}

/// One thing that is measured.
struct Contender {
    name: &'static str,
    program: PathBuf,
    args: Vec<String>,
    /// The configuration, in the scene's folder.
    config: &'static str,
    wall: Vec<Duration>,
    cpu: Duration,
}

struct Scene {
    dir: PathBuf,
    bundle: TempDir,
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
        fs::create_dir_all(dir.join("cdi"))?;
        let scene = Self { dir, bundle: bundles::directory()?, nothing, baseline };
        fs::copy(root().join("xtask/bench/nvidia.json"), scene.dir.join("cdi/nvidia.json"))?;
        fs::write(
            scene.dir.join(PLAIN),
            format!(
                "[runtime]\nlow-level = [{:?}]\n\n[cdi]\nspec-dirs = [{:?}]\n\n\
                 [pipeline]\nfixed-mode = \"cdi\"\n",
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

    /// Puts a modifier into a store, and writes a configuration with its stage, enabled and pinned; how
    /// long `add` took.
    fn add(&self, modifier: &Path) -> Result<Duration> {
        let folder = self.dir.join("stored");
        fs::create_dir_all(folder.join("conf.d"))?;
        let stage = fs::read_to_string(root().join("examples/acme/50-acme.toml"))?
            .replace("/usr/lib/gantry/modifiers/acme.wasm", &modifier.display().to_string());
        fs::write(folder.join("conf.d/50-acme.toml"), stage)?;
        let plain = fs::read_to_string(self.dir.join(PLAIN))?;
        let store = format!("{plain}\n[store]\ndir = {:?}\n", folder.join("store"));
        fs::write(self.dir.join(STORED), &store)?;
        let mut command = Command::new(release().join("gantry"));
        command.args(["modifier", "add"]).arg(modifier);
        command.env("GANTRY_CONFIG", self.dir.join(STORED));
        let start = Instant::now();
        let said = output(&mut command)?;
        let took = start.elapsed();
        let digest = said.split_whitespace().find(|word| word.starts_with("sha256:"));
        let digest = digest.context("gantry modifier add named no digest")?;
        let enabled = format!("{store}\n[stages.acme]\nenabled = true\ndigest = \"{digest}\"\n");
        fs::write(self.dir.join(STORED), enabled)?;
        Ok(took)
    }

    fn contenders(&self) -> Vec<Contender> {
        let bundle = self.bundle.path().display().to_string();
        let create = ["create".to_owned(), "--bundle".to_owned(), bundle.clone(), "c".to_owned()];
        let state = ["state".to_owned(), "c".to_owned()];
        let nothing = self.nothing.display().to_string();
        let baseline: Vec<String> = [nothing, bundle].into_iter().chain(create.clone()).collect();
        let contender = |name, program: &Path, args| Contender {
            name,
            program: program.to_path_buf(),
            args,
            config: PLAIN,
            wall: Vec::new(),
            cpu: Duration::ZERO,
        };
        let gantry = release().join("gantry-runtime");
        let mut contenders = vec![
            contender("exec alone", &self.nothing, create.to_vec()),
            contender("least wrapper, static, create", &self.baseline, baseline.clone()),
            contender("least wrapper, plain, create", &release().join("baseline"), baseline),
            contender(CREATE, &gantry, create.to_vec()),
            Contender { config: STORED, ..contender(CREATE_STORED, &gantry, create.to_vec()) },
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
        fs::copy(root().join("xtask/bench/config.json"), self.bundle.path().join("config.json"))?;
        let mut command = Command::new(&contender.program);
        command
            .args(&contender.args)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("GANTRY_CONFIG", self.dir.join(contender.config))
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
pub(super) fn children() -> Result<Duration> {
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
            CREATE,
            "least wrapper, plain, create",
        ),
        (
            "create, against the least wrapper built as ours is",
            CREATE,
            "least wrapper, static, create",
        ),
        ("create, against the reference", CREATE, "nvidia-container-runtime create"),
        ("state, against the reference", "gantry-runtime state", "nvidia-container-runtime state"),
    ] {
        let ratio = |of: fn(&Figures) -> f64| Some(over(ours, of)? / over(theirs, of)?);
        if let (Some(wall), Some(cpu)) = (ratio(|f| f.median), ratio(|f| f.cpu)) {
            println!("overhead of {what}: {wall:.2} (wall), {cpu:.2} (CPU)");
        }
    }
}

/// What a modifier of the store costs.
fn report_stored(contenders: &[Contender], modifier: &Path, added: Duration) -> Result<()> {
    let of = |name| contenders.iter().find(|one| one.name == name).map(Figures::of);
    let bytes = fs::metadata(modifier)?.len();
    println!("gantry modifier add of {bytes} bytes: {:.0} ms", added.as_secs_f64() * 1e3);
    if let (Some(without), Some(with)) = (of(CREATE), of(CREATE_STORED)) {
        println!(
            "it adds to create: {:.3} ms (least), {:.3} ms (median), {:.3} ms (CPU)",
            with.least - without.least,
            with.median - without.median,
            with.cpu - without.cpu
        );
    }
    Ok(())
}

/// Of many runs, in milliseconds.
pub(super) struct Figures {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) cpu: f64,
}

impl Figures {
    fn of(contender: &Contender) -> Self {
        Self::new(&contender.wall, contender.cpu)
    }

    pub(super) fn new(wall: &[Duration], cpu: Duration) -> Self {
        let mut wall = wall.to_vec();
        wall.sort_unstable();
        let millis = |at: usize| wall.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        let runs = u32::try_from(wall.len()).unwrap_or(1).max(1);
        Self {
            median: millis(wall.len() / 2),
            least: millis(0),
            cpu: (cpu / runs).as_secs_f64() * 1e3,
        }
    }
}
