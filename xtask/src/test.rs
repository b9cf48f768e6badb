//! `cargo xtask test`: everything that CI runs, and one closing line that counts it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, io};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, release, root, step, target};
use crate::{build, lint, setup};

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Runs all of it. Every suite runs, even after one that failed.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    setup::runtimes();
    setup::engines();
    build::all()?;
    let example = build::example()?;
    let example_c = build::example_c()?;
    let probe = build::probe()?;
    let debian_root = setup::debian_root();
    lint::run_all()?;

    let skips = target().join("skipped-tests.txt");
    let _ = fs::remove_file(&skips);
    let suites: [(&str, PathBuf, &[&str]); 6] = [
        ("library and command", root(), &["--package", "gantry", "--features", "cli"]),
        ("wrapper", root(), &["--package", "gantry-runtime"]),
        ("hooks", root(), &["--package", "gantry-hooks"]),
        (
            "black box: conformance, sandbox, end to end",
            root(),
            &["--package", "gantry-tests", "--package", "gantry-oracles"],
        ),
        ("modifiers", root().join("modifiers"), &[]),
        ("the example vendor's modifier", root().join("examples/acme"), &[]),
    ];
    let mut total = Count::default();
    let mut broken = Vec::new();
    for (name, dir, args) in suites {
        step(name);
        let mut command = cargo(["test", "--locked", "--no-fail-fast"]);
        command
            .args(args)
            .current_dir(dir)
            .env("GANTRY_BUILTINS", build::built_ins_dir())
            .env("GANTRY_BIN_DIR", release())
            .env("GANTRY_EXAMPLE", &example)
            // Without it, the tests of it are skipped, each by name.
            .envs(example_c.iter().map(|path| ("GANTRY_EXAMPLE_C", path)))
            .envs(debian_root.iter().map(|path| ("GANTRY_DEBIAN_ROOT", path)))
            .env("GANTRY_PROBE", &probe)
            .env("GANTRY_SKIPS", &skips);
        let (count, ok) = suite(&mut command)?;
        total.passed += count.passed;
        total.failed += count.failed;
        total.skipped += count.skipped;
        if !ok {
            broken.push(name);
        }
    }
    report(total, &skips, &broken, start)
}

/// Runs one suite, passes its output on, and reads the counts from it.
fn suite(command: &mut Command) -> Result<(Count, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut count = Count::default();
    let stdout = child.stdout.take().context("no stdout")?;
    let mut ours = io::stdout().lock();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        ours.write_all(&line)?;
        ours.write_all(b"\n")?;
        if let Some(result) = String::from_utf8_lossy(&line).strip_prefix("test result: ") {
            count.passed += number_before(result, "passed");
            count.failed += number_before(result, "failed");
            count.skipped += number_before(result, "ignored");
        }
    }
    Ok((count, child.wait()?.success()))
}

fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    let at = words.windows(2).find(|pair| pair.last() == Some(&word));
    at.and_then(|pair| pair.first()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Prints what was skipped and why, and the closing line.
fn report(mut total: Count, skips: &Path, broken: &[&str], start: Instant) -> Result<()> {
    let skipped = fs::read_to_string(skips).unwrap_or_default();
    let lines: Vec<&str> = skipped.lines().collect();
    // A test that noted that it skipped was counted by its runner as passed; it did not pass.
    let noted = lines.len() as u64;
    total.passed = total.passed.saturating_sub(noted);
    total.skipped += noted;
    println!();
    for line in &lines {
        println!("SKIPPED {line}");
    }
    println!("took {} s", start.elapsed().as_secs());
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if !broken.is_empty() {
        bail!("failed: {}", broken.join(", "));
    }
    Ok(())
}
