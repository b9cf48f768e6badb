//! `cargo xtask bench cdi`: what the CDI core costs, beside the Go library where its program is there.
//!
//! Both programs get the same arguments and are run by turns; their samples are put together here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::inputs::{CLAIMS, Inputs, Notation, claim_device, gpu};
use super::samples::Samples;
use crate::process::{cargo, output, release, root, run as run_program, step, target};

const USAGE: &str = "usage: cargo xtask bench cdi [--rounds N] [--format text|json]";
/// How often a directory of many files is loaded; quicker operations run more often.
const ROUNDS: usize = 20;
/// How often each program is run for an operation.
const TURNS: usize = 4;

/// Builds what is measured, and measures it.
pub(super) fn run(args: &[&str]) -> Result<()> {
    let (mut rounds, mut as_json) = (ROUNDS, false);
    let mut rest = args;
    while let [name, value, more @ ..] = rest {
        match (*name, *value) {
            ("--rounds", number) => rounds = number.parse().context("--rounds takes a number")?,
            ("--format", "json") => as_json = true,
            ("--format", "text") => as_json = false,
            _ => bail!(USAGE),
        }
        rest = more;
    }
    if !rest.is_empty() {
        bail!(USAGE);
    }
    run_program(&mut cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "gantry-bench",
        "--bin",
        "cdi",
    ]))?;
    let inputs = Inputs::write(target().join("bench-cdi"))?;
    let go = go_program();
    let mut measurements = measurements(&inputs)?;
    for turn in 1..=TURNS {
        step(&format!("turn {turn} of {TURNS}"));
        for measurement in &mut measurements {
            measurement.turn(rounds, go.as_deref())?;
        }
    }
    if as_json {
        println!("{:#}", measurements.iter().map(Measurement::to_json).collect::<Value>());
    } else {
        report(&measurements);
    }
    Ok(())
}

/// The program of `xtask/bench/go`.
fn go_program() -> Option<PathBuf> {
    let program = std::env::var_os("CDI_GO_BENCH").map(PathBuf::from);
    if program.is_none() {
        eprintln!(
            "SKIPPED the comparison with the Go library: CDI_GO_BENCH names no program; \
             xtask/bench/go/README.md says how to build it"
        );
    }
    program
}

/// What of an operation is shown.
#[derive(Clone, Copy)]
enum Figure {
    /// The median of what the program timed, in milliseconds.
    Time,
    /// The time that 99 of 100 do not exceed, in milliseconds.
    Slowest,
    /// Peak memory over that of an empty process, in MiB.
    Memory,
    /// The wall time of a whole process over that of an empty one, in milliseconds.
    Process,
}

/// One operation, by our program and the Go one.
struct Measurement {
    name: String,
    figures: &'static [(Figure, Option<f64>)],
    /// How much more often than a load of many files, at least once in a turn.
    times: f64,
    /// The operation, then its arguments after the number of rounds.
    ours: Vec<String>,
    theirs: Option<Vec<String>>,
    /// All files of this directory change before each process.
    changed: Option<PathBuf>,
    own: Sampled,
    other: Sampled,
}

/// The samples of one program.
#[derive(Default)]
struct Sampled {
    operation: Samples,
    /// The same program, doing nothing.
    empty: Samples,
}

impl Measurement {
    fn new(
        name: impl Into<String>,
        figures: &'static [(Figure, Option<f64>)],
        times: f64,
        args: &[&str],
    ) -> Self {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        Self {
            name: name.into(),
            figures,
            times,
            ours: args.clone(),
            theirs: Some(args),
            changed: None,
            own: Sampled::default(),
            other: Sampled::default(),
        }
    }

    /// More arguments for our program.
    fn ours_with(mut self, more: &[&str]) -> Self {
        self.ours.extend(more.iter().map(|&arg| arg.to_owned()));
        self
    }

    /// All files of a directory change each time.
    fn changed_before(self, dir: &str) -> Self {
        Self { changed: Some(dir.into()), ..self }
    }

    /// The Go library has nothing that compares.
    fn ours_alone(self) -> Self {
        Self { theirs: None, ..self }
    }

    fn turn(&mut self, rounds: usize, go: Option<&Path>) -> Result<()> {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number of rounds"
        )]
        let rounds = (rounds as f64 * self.times / TURNS as f64).ceil().max(1.0) as usize;
        let process = self.figures.iter().any(|(figure, _)| matches!(figure, Figure::Process));
        let ours = release().join("cdi");
        for (program, args, sampled) in [
            (Some(&*ours), Some(&self.ours), &mut self.own),
            (go, self.theirs.as_ref(), &mut self.other),
        ] {
            let (Some(program), Some(args)) = (program, args) else { continue };
            if process {
                wall(program, args)?;
                for _ in 0..rounds {
                    self.changed.as_deref().map_or(Ok(()), change_all)?;
                    sampled.empty.add(wall(program, &["nothing"])?);
                    sampled.operation.add(wall(program, args)?);
                }
            } else {
                let [operation, rest @ ..] = args.as_slice() else { continue };
                let mut command = Command::new(program);
                command.arg(operation).arg(rounds.to_string()).args(rest);
                sampled.operation.add_line(&output(&mut command)?)?;
                sampled.empty.add_line(&output(Command::new(program).arg("nothing"))?)?;
            }
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let figures = self.figures.iter().map(|&(figure, bar)| {
            json!({
                "figure": figure.name(),
                "ours": figure.of(&self.own),
                "go": figure.of(&self.other),
                "bar": bar,
            })
        });
        json!({
            "operation": self.name,
            "rounds": self.own.operation.rounds(),
            "least_ms": self.own.operation.percentile(0),
            "least_ms_go": self.other.operation.percentile(0),
            "lstats": self.own.operation.lstats,
            "figures": figures.collect::<Value>(),
        })
    }
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "ms",
            Self::Slowest => "ms, 99th of 100",
            Self::Memory => "MiB more",
            Self::Process => "ms, whole process",
        }
    }

    fn of(self, sampled: &Sampled) -> Option<f64> {
        let Sampled { operation, empty } = sampled;
        match self {
            Self::Time => operation.median(),
            Self::Slowest => operation.percentile(99),
            #[allow(clippy::cast_precision_loss, reason = "no memory here is that large")]
            Self::Memory => (operation.rounds() > 0)
                .then(|| operation.peak_kib.saturating_sub(empty.peak_kib) as f64 / 1024.0),
            Self::Process => Some(operation.median()? - empty.median()?),
        }
    }
}

/// Gives all files of a directory a new time of modification.
fn change_all(dir: &Path) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let file = std::fs::File::options().append(true).open(entry?.path())?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

/// The wall time of a process, in nanoseconds.
fn wall<S: AsRef<OsStr>>(program: &Path, args: &[S]) -> Result<u64> {
    let start = Instant::now();
    output(Command::new(program).args(args))?;
    Ok(start.elapsed().as_nanos().try_into()?)
}

/// Everything that is measured, in the order of the table.
fn measurements(inputs: &Inputs) -> Result<Vec<Measurement>> {
    use Figure::{Memory, Process, Slowest, Time};
    let claims = |notation| inputs.dir("claims", notation);
    let nvidia = |notation| inputs.dir("nvidia", notation);
    let size = |notation| inputs.size("nvidia", notation, "nvidia");
    let (yaml_size, json_size) = (size(Notation::Yaml)?, size(Notation::Json)?);
    let config = root().join("xtask/bench/config.json").display().to_string();
    let one = gpu(0);
    let eight = (0..8).map(gpu).collect::<Vec<_>>().join(",");
    let fresh = inputs.file("aside", Notation::Yaml, "fresh").display().to_string();
    let warm = nvidia(Notation::Yaml);
    let mut all = vec![
        Measurement::new(
            format!("load {CLAIMS} files, YAML"),
            &[(Time, Some(20.0))],
            1.0,
            &["load", &claims(Notation::Yaml)],
        ),
        Measurement::new(
            format!("load {CLAIMS} files, JSON"),
            &[(Time, Some(10.0))],
            1.0,
            &["load", &claims(Notation::Json)],
        ),
        Measurement::new(
            format!("load NVIDIA's file, YAML ({yaml_size} bytes)"),
            &[(Time, Some(0.5))],
            20.0,
            &["load", &nvidia(Notation::Yaml)],
        ),
        Measurement::new(
            format!("load NVIDIA's file, JSON ({json_size} bytes)"),
            &[(Time, Some(0.1))],
            20.0,
            &["load", &nvidia(Notation::Json)],
        ),
        Measurement::new("inject 1 GPU", &[(Time, None)], 50.0, &["inject", &warm, &config, &one]),
        Measurement::new(
            "inject 1 GPU, without lstat",
            &[(Time, Some(0.01))],
            50.0,
            &["inject-known", &warm, &config, &one],
        )
        .ours_alone(),
        Measurement::new(
            "inject 8 GPUs",
            &[(Time, None)],
            50.0,
            &["inject", &warm, &config, &eight],
        ),
        Measurement::new(
            "inject 8 GPUs, without lstat",
            &[(Time, None)],
            50.0,
            &["inject-known", &warm, &config, &eight],
        )
        .ours_alone(),
    ];
    for (devices, times, figures) in [
        ("1000", 2.0, &[(Time, Some(3.0)), (Memory, Some(3.0))]),
        ("10000", 0.2, &[(Time, Some(30.0)), (Memory, Some(30.0))]),
    ] {
        for (notation, name) in [(Notation::Yaml, "YAML"), (Notation::Json, "JSON")] {
            let dir = inputs.dir(&format!("devices-{devices}"), notation);
            let name = format!("load a file of {devices} devices, {name}");
            all.push(Measurement::new(name, figures, times, &["load", &dir]));
        }
    }
    let claims_yaml = claims(Notation::Yaml);
    let device = claim_device(CLAIMS);
    all.extend([
        // Without a watch the Go library reads everything again.
        Measurement::new(
            format!("nothing changed among {CLAIMS} files, by stat"),
            &[(Time, Some(2.5))],
            1.0,
            &["refresh", &claims_yaml],
        ),
        Measurement::new(
            format!("nothing changed among {CLAIMS} files, watched"),
            &[(Time, Some(0.1))],
            20.0,
            &["watched", &claims_yaml],
        ),
        Measurement::new(
            format!("a new file among {CLAIMS} becomes visible"),
            &[(Time, None), (Slowest, None)],
            1.0,
            &["visible", &claims_yaml, &fresh, &device],
        ),
    ]);
    // What is remembered may be of any run before; the first process of a turn mends it.
    let index = target().join("bench-cdi/index").display().to_string();
    let wanted = claim_device(CLAIMS / 2);
    let process = |case: &str, ours: &[&str]| {
        let name = format!("a new process resolves 1 of {CLAIMS} files{case}");
        let figures = &[(Process, Some(3.0))];
        let both = Measurement::new(name, figures, 2.0, &["resolve", &claims_yaml, &wanted]);
        both.ours_with(ours)
    };
    all.extend([
        process(", index warm", &[&index]),
        process(", no index", &[]),
        process(", all have changed", &[&index]).changed_before(&claims_yaml),
    ]);
    Ok(all)
}

fn report(measurements: &[Measurement]) {
    println!("\n{:<46}{:>10}{:>10}{:>8}{:>10}  figure", "operation", "ours", "Go", "ratio", "bar");
    for measurement in measurements {
        for &(figure, bar) in measurement.figures {
            let (own, other) = (figure.of(&measurement.own), figure.of(&measurement.other));
            let ratio = own.zip(other).map(|(own, other)| own / other);
            let number = |number: Option<f64>, decimals: usize| {
                number.map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
            };
            let missed = own.zip(bar).is_some_and(|(own, bar)| own > bar);
            println!(
                "{:<46}{:>10}{:>10}{:>8}{:>10}  {}{}",
                measurement.name,
                number(own, 4),
                number(other, 4),
                number(ratio, 3),
                number(bar, 2),
                figure.name(),
                if missed { ", MISSED" } else { "" },
            );
        }
        if let Some(lstats) = measurement.own.operation.lstats {
            println!("{:<46}{lstats:>10}  lstat calls left out", "");
        }
    }
}
