//! `cargo xtask bench cdi`: what the CDI core costs, beside the Go library where its program is there.
//!
//! Both programs get the same arguments and are run by turns; their samples are put together here.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::TURNS;
use super::inputs::{CLAIMS, Inputs, Notation, claim_device, gpu};
use super::measurement::Figure::{Memory, Process, Slowest, Time};
use super::measurement::Measurement;
use crate::process::{cargo, root, run as run_program, step, target};

const USAGE: &str = "usage: cargo xtask bench cdi [--rounds N] [--format text|json]";
/// How often a directory of many files is loaded; quicker operations run more often.
const ROUNDS: usize = 20;

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
    // As the wrapper is built.
    run_program(&mut cargo([
        "build",
        "--profile",
        "wrapper",
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

/// Everything that is measured, in the order of the table.
fn measurements(inputs: &Inputs) -> Result<Vec<Measurement>> {
    let mut all = loads(inputs)?;
    all.extend(injections(inputs));
    all.extend(large_files(inputs));
    all.extend(changes(inputs));
    all.extend(processes(inputs));
    Ok(all)
}

fn loads(inputs: &Inputs) -> Result<Vec<Measurement>> {
    let mut all = Vec::new();
    for (notation, name, figures) in [
        (Notation::Yaml, "YAML", &[(Time, Some(20.0))]),
        (Notation::Json, "JSON", &[(Time, Some(10.0))]),
    ] {
        let name = format!("load {CLAIMS} files, {name}");
        all.push(Measurement::new(name, figures, 1.0, &["load", &inputs.dir("claims", notation)]));
    }
    for (notation, name, figures) in [
        (Notation::Yaml, "YAML", &[(Time, Some(0.5))]),
        (Notation::Json, "JSON", &[(Time, Some(0.1))]),
    ] {
        let size = inputs.size("nvidia", notation, "nvidia")?;
        let name = format!("load NVIDIA's file, {name} ({size} bytes)");
        all.push(Measurement::new(name, figures, 20.0, &["load", &inputs.dir("nvidia", notation)]));
    }
    Ok(all)
}

fn injections(inputs: &Inputs) -> Vec<Measurement> {
    let config = root().join("xtask/bench/config.json").display().to_string();
    let dir = inputs.dir("nvidia", Notation::Yaml);
    let mut all = Vec::new();
    for (name, gpus, bar) in
        [("1 GPU", 1, &[(Time, Some(0.01))] as &[_]), ("8 GPUs", 8, &[(Time, None)])]
    {
        let devices = (0..gpus).map(gpu).collect::<Vec<_>>().join(",");
        let args =
            |operation: &'static str| [operation, dir.as_str(), config.as_str(), devices.as_str()];
        let whole = format!("inject {name}");
        all.push(Measurement::new(whole, &[(Time, None)], 50.0, &args("inject")));
        let alone = format!("inject {name}, without lstat");
        all.push(Measurement::new(alone, bar, 50.0, &args("inject-known")).ours_alone());
    }
    all
}

fn large_files(inputs: &Inputs) -> Vec<Measurement> {
    let mut all = Vec::new();
    for (devices, times, figures) in [
        ("1000", 2.0, &[(Time, Some(3.0)), (Memory, Some(3.0))]),
        // A process of its own runs it a few times: the first time, its memory is new.
        ("10000", 1.0, &[(Time, Some(30.0)), (Memory, Some(30.0))]),
    ] {
        for (notation, name) in [(Notation::Yaml, "YAML"), (Notation::Json, "JSON")] {
            let dir = inputs.dir(&format!("devices-{devices}"), notation);
            let name = format!("load a file of {devices} devices, {name}");
            all.push(Measurement::new(name, figures, times, &["load", &dir]));
        }
    }
    all
}

fn changes(inputs: &Inputs) -> [Measurement; 3] {
    let dir = inputs.dir("claims", Notation::Yaml);
    let fresh = inputs.file("aside", Notation::Yaml, "fresh").display().to_string();
    let device = claim_device(CLAIMS);
    [
        // Without a watch the Go library reads everything again.
        Measurement::new(
            format!("nothing changed among {CLAIMS} files, by stat"),
            &[(Time, Some(2.5))],
            1.0,
            &["refresh", &dir],
        ),
        Measurement::new(
            format!("nothing changed among {CLAIMS} files, watched"),
            &[(Time, Some(0.1))],
            20.0,
            &["watched", &dir],
        ),
        Measurement::new(
            format!("a new file among {CLAIMS} becomes visible"),
            &[(Time, None), (Slowest, None)],
            1.0,
            &["visible", &dir, &fresh, &device],
        ),
    ]
}

fn processes(inputs: &Inputs) -> [Measurement; 3] {
    let dir = inputs.dir("claims", Notation::Yaml);
    let index = target().join("bench-cdi/index").display().to_string();
    let wanted = claim_device(CLAIMS / 2);
    let process = |case: &str, ours: &[&str]| {
        let name = format!("a new process, 1 of {CLAIMS} files{case}");
        let figures = &[(Process, Some(3.0))];
        Measurement::new(name, figures, 2.0, &["resolve", &dir, &wanted]).ours_with(ours)
    };
    [
        process(", index warm", &[&index]).warmed(CLAIMS),
        process(", no index", &[]),
        process(", all changed", &[&index]).changed_before(&dir),
    ]
}

fn report(measurements: &[Measurement]) {
    println!(
        "\n{:<44}{:>10}{:>10}{:>8}{:>8}{:>10}{:>10}{:>8}  figure",
        "operation", "ours", "Go", "ratio", "bar", "least", "Go", "ratio"
    );
    let number = |number: Option<f64>, decimals: usize| {
        number.map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
    };
    for measurement in measurements {
        let Measurement { name, own, other, .. } = measurement;
        for &(figure, bar) in measurement.figures {
            let (ours, theirs) = (figure.of(own), figure.of(other));
            let least = (figure.least(own), figure.least(other));
            let ratio = |(own, other): (Option<f64>, Option<f64>)| Some(own? / other?);
            let missed = ours.zip(bar).is_some_and(|(ours, bar)| ours > bar);
            println!(
                "{name:<44}{:>10}{:>10}{:>8}{:>8}{:>10}{:>10}{:>8}  {}{}",
                number(ours, 4),
                number(theirs, 4),
                number(ratio((ours, theirs)), 3),
                number(bar, 2),
                number(least.0, 4),
                number(least.1, 4),
                number(ratio(least), 3),
                figure.name(),
                if missed { ", MISSED" } else { "" },
            );
        }
        if let Some(lstats) = own.operation.lstats {
            println!("{:<44}{lstats:>10}  lstat calls left out", "");
        }
    }
}
