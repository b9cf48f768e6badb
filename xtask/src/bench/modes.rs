//! `cargo xtask bench modes`: what `create` costs in each mode, every stage of it sandboxed, against bare
//! execution and against the reference where there is one; and what each stage costs.
//!
//! The containers and hosts are recorded cases of the create path. Needs root, for their device nodes.
#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null where nothing is")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::bundles;
use super::create::{Figures, children};
use super::entries::make;
use crate::build;
use crate::process::{output, release, root, step, target};

const ROUNDS: usize = 200;
/// The modes, each with the recorded case whose container and host are taken.
const CASES: &[(&str, &str)] =
    &[("cdi", "cdi-hook-removed"), ("csv", "csv-gated-gds"), ("legacy", "legacy-graphics")];
const KEYS: [&str; 5] = ["load-micros", "start-micros", "micros", "cpu-micros", "fuel"];

/// Builds what is measured, and measures it.
pub(super) fn run(args: &[&str]) -> Result<()> {
    let rounds = match args {
        [] => ROUNDS,
        ["--rounds", number] => number.parse().context("--rounds takes a number")?,
        _ => bail!("usage: cargo xtask bench modes [--rounds N]"),
    };
    build::all()?;
    let nothing = build::static_program("gantry-bench", "nothing")?;
    let reference = env::var_os("NVIDIA_CONTAINER_RUNTIME").map(PathBuf::from);
    if reference.is_none() {
        eprintln!(
            "SKIPPED the comparison with nvidia-container-runtime: NVIDIA_CONTAINER_RUNTIME names no program"
        );
    }
    let cases: Value =
        serde_json::from_slice(&fs::read(root().join("tests/conformance/create/cases.json"))?)?;
    let mut scenes = Vec::new();
    for (mode, case) in CASES {
        let found = cases["cases"].as_array().into_iter().flatten();
        let mut found = found.filter(|one| one["name"] == **case);
        let case = found.next().with_context(|| format!("there is no case {case}"))?;
        scenes.push(Scene::lay_out(mode, case, &nothing)?);
    }
    step(&format!("{rounds} rounds, in turns"));
    for _ in 0..rounds {
        for scene in &mut scenes {
            scene.turn(&nothing, reference.as_deref())?;
        }
    }
    report(&scenes);
    Ok(())
}

/// One mode.
struct Scene {
    mode: &'static str,
    dir: PathBuf,
    bundles: TempDir,
    bundle: String,
    alone: Timed,
    ours: Timed,
    theirs: Timed,
    /// The costs of each stage, in the order of [`KEYS`].
    stages: BTreeMap<String, Vec<[u64; KEYS.len()]>>,
}

#[derive(Default)]
struct Timed {
    wall: Vec<Duration>,
    cpu: Duration,
}

impl Timed {
    fn figures(&self) -> Figures {
        Figures::new(&self.wall, self.cpu)
    }
}

impl Scene {
    fn lay_out(mode: &'static str, case: &Value, nothing: &Path) -> Result<Self> {
        let dir = target().join("bench-modes").join(mode);
        let _ = fs::remove_dir_all(&dir);
        for folder in ["cdi/a", "cdi/b", "root", "journal"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let bundles = bundles::directory()?;
        let below = |name: &str| dir.join(name).display().to_string();
        let case: Value = serde_json::from_str(
            &case
                .to_string()
                .replace("${LOWRT}", &nothing.display().to_string())
                .replace("${BUNDLE}", &bundles.path().display().to_string())
                .replace("${CDI}", &below("cdi"))
                .replace("${ROOT}", &below("root")),
        )?;
        for (name, spec) in case["cdi"].as_object().into_iter().flatten() {
            fs::write(dir.join("cdi").join(name), spec.to_string())?;
        }
        for entry in case["root"].as_array().into_iter().flatten() {
            make(&dir.join("root"), entry, None)?;
        }
        fs::write(dir.join("nvidia.toml"), case["config"].as_str().unwrap_or_default())?;
        let mut translate = Command::new(release().join("gantry"));
        let config =
            output(translate.args(["config", "from-nvidia"]).arg(dir.join("nvidia.toml")))?;
        fs::write(dir.join("config.toml"), &config)?;
        let journal = format!("{config}\n[journal]\ndir = {:?}\n", dir.join("journal"));
        fs::write(dir.join("journal.toml"), journal)?;
        Ok(Self {
            mode,
            dir,
            bundles,
            bundle: case["bundle"].to_string(),
            alone: Timed::default(),
            ours: Timed::default(),
            theirs: Timed::default(),
            stages: BTreeMap::new(),
        })
    }

    fn turn(&mut self, nothing: &Path, reference: Option<&Path>) -> Result<()> {
        let gantry = release().join("gantry-runtime");
        self.alone.add(self.create(nothing, "config.toml")?);
        self.ours.add(self.create(&gantry, "config.toml")?);
        if let Some(reference) = reference {
            self.theirs.add(self.create(reference, "config.toml")?);
        }
        // Apart, since keeping a record costs something too.
        self.create(&gantry, "journal.toml")?;
        let record: Value = serde_json::from_slice(&fs::read(self.dir.join("journal/c.json"))?)?;
        for stage in record["stages"].as_array().into_iter().flatten() {
            if stage["outcome"]["ended"] == "applied" {
                let costs = KEYS.map(|key| stage[key].as_u64().unwrap_or(0));
                let name = stage["stage"].as_str().unwrap_or_default().to_owned();
                self.stages.entry(name).or_default().push(costs);
            }
        }
        Ok(())
    }

    fn create(&self, program: &Path, config: &str) -> Result<(Duration, Duration)> {
        fs::write(self.bundles.path().join("config.json"), &self.bundle)?;
        let mut command = Command::new(program);
        command
            .args(["create", "--bundle"])
            .arg(self.bundles.path())
            .arg("c")
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("GANTRY_CONFIG", self.dir.join(config))
            .env("NVIDIA_CTK_CONFIG_FILE_PATH", self.dir.join("nvidia.toml"))
            .stdin(Stdio::null());
        let (cpu, start) = (children()?, Instant::now());
        let status = command.status().with_context(|| program.display().to_string())?;
        let wall = start.elapsed();
        if !status.success() {
            bail!("mode {}: {} failed: {status}", self.mode, program.display());
        }
        Ok((wall, children()?.saturating_sub(cpu)))
    }
}

impl Timed {
    fn add(&mut self, (wall, cpu): (Duration, Duration)) {
        self.wall.push(wall);
        self.cpu += cpu;
    }
}

fn report(scenes: &[Scene]) {
    println!(
        "\n{:<10}{:>14}{:>14}{:>16}{:>18}",
        "mode", "ours, ms", "CPU, ms", "reference, ms", "ours / reference"
    );
    for scene in scenes {
        let (alone, ours) = (scene.alone.figures(), scene.ours.figures());
        print!(
            "{:<10}{:>14.3}{:>14.3}",
            scene.mode,
            ours.median - alone.median,
            ours.cpu - alone.cpu
        );
        if scene.theirs.wall.is_empty() {
            println!();
        } else {
            let theirs = scene.theirs.figures().median - alone.median;
            println!("{theirs:>16.3}{:>18.2}", (ours.median - alone.median) / theirs);
        }
    }
    println!(
        "\n{:<10}{:<16}{:>10}{:>10}{:>10}{:>10}{:>12}",
        "mode", "stage", "load", "start", "whole", "CPU", "fuel"
    );
    for scene in scenes {
        for (stage, costs) in &scene.stages {
            let median = |at: usize| {
                let mut values: Vec<u64> =
                    costs.iter().filter_map(|cost| cost.get(at).copied()).collect();
                values.sort_unstable();
                values.get(values.len() / 2).copied().unwrap_or(0)
            };
            let [load, start, whole, cpu, fuel] = std::array::from_fn(median);
            println!(
                "{:<10}{stage:<16}{load:>10}{start:>10}{whole:>10}{cpu:>10}{fuel:>12}",
                scene.mode
            );
        }
    }
    println!("\nmedians; over bare execution above, in microseconds below");
}
