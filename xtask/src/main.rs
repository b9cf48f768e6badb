//! `cargo xtask`: everything that is done with this repository, each with its own set-up.
#![forbid(unsafe_code)]

mod bench;
mod build;
mod demo;
mod fuzz;
mod lint;
mod process;
mod setup;
mod test;

use anyhow::{Result, bail};

const HELP: &str = "\
Builds, tests and shows Gantry. Each command does its own set-up.

Usage: cargo xtask COMMAND

  build   target/release/gantry and target/release/gantry-runtime, with the
          built-in modifiers compiled for wasm32-unknown-unknown and embedded
  demo    builds, then runs a container through gantry-runtime and runc with a
          vendor's device injected, and explains every change
  test    everything that CI runs: format, lints, unit, conformance, end to end
  lint    format and lints alone
  bench   what a container's creation costs, as ratios in one run
  bench modes
          the same in each mode, every stage sandboxed, and what each stage costs
  bench hooks
          what a container hook costs, beside the reference's program where
          NVIDIA_CDI_HOOK names it
  bench generate
          what making specs for eight GPUs costs, beside the reference's program
          where NVIDIA_CTK names it, and devices made just in time (as root)
  bench cdi
          what CDI specs cost to load, refresh and inject, beside the Go library
          where CDI_GO_BENCH names its program (xtask/bench/go/README.md)
  fuzz    [TARGET] [--seconds N]: tries the CDI core with made-up input
";

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["build"] => build::all(),
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["lint"] => lint::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("unknown command {:?}; `cargo xtask help` lists them", other.join(" ")),
    }
}
