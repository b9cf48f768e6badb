//! One operation, run by our program and the Go one, and what of it is shown.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use anyhow::Result;
use serde_json::{Value, json};

use super::TURNS;
use super::samples::Samples;
use crate::process::{output, target};

/// What of an operation is shown.
#[derive(Clone, Copy)]
pub(super) enum Figure {
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
pub(super) struct Measurement {
    pub(super) name: String,
    pub(super) figures: &'static [(Figure, Option<f64>)],
    /// How much more often than a load of many files, at least once in a turn.
    times: f64,
    /// The operation, then its arguments after the number of rounds.
    ours: Vec<String>,
    theirs: Option<Vec<String>>,
    /// All files of this directory change before each process.
    changed: Option<PathBuf>,
    /// How many processes run before one is measured.
    warm_up: usize,
    pub(super) own: Sampled,
    pub(super) other: Sampled,
}

/// The samples of one program.
#[derive(Default)]
pub(super) struct Sampled {
    pub(super) operation: Samples,
    /// The same program, doing nothing.
    empty: Samples,
}

impl Measurement {
    pub(super) fn new(
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
            warm_up: 0,
            own: Sampled::default(),
            other: Sampled::default(),
        }
    }

    /// More arguments for our program.
    pub(super) fn ours_with(mut self, more: &[&str]) -> Self {
        self.ours.extend(more.iter().map(|&arg| arg.to_owned()));
        self
    }

    /// All files of a directory change each time.
    pub(super) fn changed_before(self, dir: &str) -> Self {
        Self { changed: Some(dir.into()), ..self }
    }

    /// Enough processes run before that an index knows this many files, of which each learns sixteen.
    pub(super) fn warmed(self, files: usize) -> Self {
        Self { warm_up: files.div_ceil(16), ..self }
    }

    /// The Go library has nothing that compares.
    pub(super) fn ours_alone(self) -> Self {
        Self { theirs: None, ..self }
    }

    pub(super) fn turn(&mut self, rounds: usize, go: Option<&Path>) -> Result<()> {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number of rounds"
        )]
        let rounds = (rounds as f64 * self.times / TURNS as f64).ceil().max(1.0) as usize;
        let process = self.figures.iter().any(|(figure, _)| matches!(figure, Figure::Process));
        let ours = target().join("wrapper/cdi");
        for (program, args, sampled, warm_up) in [
            (Some(&*ours), Some(&self.ours), &mut self.own, self.warm_up),
            (go, self.theirs.as_ref(), &mut self.other, 0),
        ] {
            let (Some(program), Some(args)) = (program, args) else { continue };
            if process {
                for _ in 0..=warm_up {
                    wall(program, args)?;
                }
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

    pub(super) fn to_json(&self) -> Value {
        let figures = self.figures.iter().map(|&(figure, bar)| {
            json!({
                "figure": figure.name(),
                "ours": figure.of(&self.own),
                "go": figure.of(&self.other),
                "ours_least": figure.least(&self.own),
                "go_least": figure.least(&self.other),
                "bar": bar,
            })
        });
        json!({
            "operation": self.name,
            "rounds": self.own.operation.rounds(),
            "lstats": self.own.operation.lstats,
            "figures": figures.collect::<Value>(),
        })
    }
}

impl Figure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Time => "ms",
            Self::Slowest => "ms, 99th of 100",
            Self::Memory => "MiB more",
            Self::Process => "ms, whole process",
        }
    }

    /// What is shown of a program.
    pub(super) fn of(self, sampled: &Sampled) -> Option<f64> {
        self.at(sampled, 50)
    }

    /// The same, of the quickest round, which what else the machine does disturbs least.
    pub(super) fn least(self, sampled: &Sampled) -> Option<f64> {
        matches!(self, Self::Time | Self::Process).then(|| self.at(sampled, 0)).flatten()
    }

    fn at(self, Sampled { operation, empty }: &Sampled, percent: usize) -> Option<f64> {
        match self {
            Self::Time => operation.percentile(percent),
            Self::Slowest => operation.percentile(99),
            #[allow(clippy::cast_precision_loss, reason = "no memory here is that large")]
            Self::Memory => (operation.rounds() > 0)
                .then(|| operation.peak_kib.saturating_sub(empty.peak_kib) as f64 / 1024.0),
            Self::Process => Some(operation.percentile(percent)? - empty.percentile(percent)?),
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
