//! `cargo xtask fuzz [TARGET] [--seconds N]`: runs the fuzz targets, installing what they need.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, output, root, run as run_program, step, target};

/// The fuzz targets; each has its seeds in `fuzz/corpus`.
const TARGETS: [&str; 5] = ["spec_parse", "edit_apply", "hook_state", "hook_note", "hook_conf"];
/// How long each runs unless told otherwise.
const SECONDS: u32 = 60;
/// The largest input, in bytes: enough for all there is to a spec, and quick.
const MAX_LENGTH: u32 = 4096;

/// Runs one target, or all.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let (targets, seconds) = arguments(args)?;
    let tool = tool()?;
    for name in targets {
        step(&format!("{name}, {seconds} s"));
        let found = target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        let mut command = Command::new(&tool);
        command
            .args(["fuzz", "run", "--fuzz-dir", "fuzz", name])
            .arg(&found)
            .arg(root().join("fuzz/corpus").join(name))
            .args(["--", "-timeout=10", "-rss_limit_mb=2048"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LENGTH}"))
            .current_dir(root());
        compiler(&mut command);
        run_program(&mut command)?;
    }
    Ok(())
}

fn arguments<'a>(args: &[&'a str]) -> Result<(Vec<&'a str>, u32)> {
    let (mut targets, mut seconds) = (Vec::new(), SECONDS);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--seconds" => {
                let number = args.next().context("--seconds needs a number")?;
                seconds = number.parse().with_context(|| format!("--seconds {number}"))?;
            }
            name if TARGETS.contains(&name) => targets.push(name),
            other => bail!("no fuzz target {other:?}; there are {}", TARGETS.join(", ")),
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    Ok((targets, seconds))
}

/// `cargo-fuzz`: one that is installed, or one of our own.
fn tool() -> Result<PathBuf> {
    if output(Command::new("cargo-fuzz").args(["fuzz", "--version"])).is_ok() {
        return Ok("cargo-fuzz".into());
    }
    let tools = target().join("tools");
    let tool = tools.join("bin/cargo-fuzz");
    if !tool.is_file() {
        step("cargo-fuzz");
        run_program(cargo(["install", "cargo-fuzz", "--locked", "--root"]).arg(&tools))?;
    }
    Ok(tool)
}

/// Instrumenting needs unstable flags: the nightly compiler, or the stable one that is told to take
/// them.
fn compiler(command: &mut Command) {
    let nightly = ["run", "nightly", "rustc", "--version"];
    if output(Command::new("rustup").args(nightly)).is_ok() {
        command.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("CARGO").env_remove("RUSTC");
    } else {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
}
