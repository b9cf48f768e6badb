//! Compiling in a process of its own, with limits: a component is hostile until it is compiled, and a
//! compiler is a large program.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use gantry::modifier::store::{MOST_ARTEFACT, MOST_WASM};
use gantry::modifier::{precompile, target};
use gantry::pipeline::config::{Bytes, Time};
use rustix::fs::MemfdFlags;
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

/// When a person is told that it is not stuck.
const SLOW: Duration = Duration::from_secs(1);
/// How often the child is looked at.
const STEP: Duration = Duration::from_millis(2);
/// Bytes of the child's error that are passed on.
const WORDS: u64 = 4096;

/// What compiling one modifier may use.
#[derive(Args, Clone, Copy)]
pub(crate) struct Limits {
    /// Memory that compiling one modifier may use.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    compile_memory: Bytes,
    /// Time that compiling one modifier may take.
    #[arg(long, value_name = "TIME", default_value = "120s")]
    compile_time: Time,
}

/// Compile the component on stdin to stdout, within limits.
#[derive(Args)]
pub(crate) struct CompileComponent {
    #[command(flatten)]
    limits: Limits,
}

impl CompileComponent {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let limit = |resource, most: u64| {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
        };
        limit(Resource::Core, 0)?;
        limit(Resource::Fsize, MOST_ARTEFACT)?;
        limit(Resource::Cpu, self.limits.compile_time.0.as_secs().max(1))?;
        limit(Resource::As, self.limits.compile_memory.0)?;
        let mut wasm = Vec::new();
        std::io::stdin().lock().take(MOST_WASM).read_to_end(&mut wasm)?;
        let artefact = precompile(&wasm, target())?;
        std::io::stdout().lock().write_all(&artefact)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The artefact of a component, which is called `name` in what a person is told.
pub(super) fn compile(wasm: &[u8], name: &str, limits: Limits) -> Result<Vec<u8>> {
    // Files in memory, so that neither side waits for the other.
    let memory = |name: &str| rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC).map(File::from);
    let (mut input, mut output, mut errors) = (memory("wasm")?, memory("code")?, memory("error")?);
    input.write_all(wasm)?;
    input.rewind()?;
    let start = Instant::now();
    let mut child = Command::new("/proc/self/exe")
        .arg0_gantry()
        .args(["modifier", "compile-component", "--compile-memory"])
        .arg(limits.compile_memory.to_string())
        .args(["--compile-time", &limits.compile_time.to_string()])
        .env_clear()
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(output.try_clone()?))
        .stderr(Stdio::from(errors.try_clone()?))
        .spawn()
        .context("the compiler cannot be started")?;
    let mut told = false;
    let status = loop {
        // Looked at first: what ends too late has taken too long, whoever sees it first.
        let passed = start.elapsed();
        if passed > limits.compile_time.0 {
            child.kill()?;
            child.wait()?;
            bail!(too_long(limits));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if passed > SLOW && !told {
            told = true;
            eprintln!("compiling {name}; at most {} more", limits.compile_time);
        }
        sleep(STEP);
    };
    if !status.success() {
        errors.rewind()?;
        let mut words = String::new();
        // What it said may be cut off in a character.
        let mut bytes = Vec::new();
        errors.take(WORDS).read_to_end(&mut bytes)?;
        words.push_str(&String::from_utf8_lossy(&bytes));
        bail!(why(status, words.trim(), limits));
    }
    output.rewind()?;
    let mut artefact = Vec::new();
    output.take(MOST_ARTEFACT).read_to_end(&mut artefact)?;
    Ok(artefact)
}

fn too_long(limits: Limits) -> String {
    format!(
        "compiling takes longer than {}; if the modifier is to be trusted with more, use \
         --compile-time",
        limits.compile_time
    )
}

fn why(status: ExitStatus, words: &str, limits: Limits) -> String {
    let signal = status.signal().and_then(Signal::from_named_raw);
    match signal {
        Some(Signal::XCPU | Signal::KILL) => too_long(limits),
        Some(Signal::XFSZ) => format!("its code is larger than {MOST_ARTEFACT} bytes"),
        Some(Signal::ABORT | Signal::SEGV | Signal::BUS) => format!(
            "the compiler gave up: it needs more than {} of memory (--compile-memory), or cannot \
             cope with this component",
            limits.compile_memory
        ),
        Some(other) => format!("the compiler was ended by signal {}", other.as_raw()),
        None => gantry::text::one_line(words.strip_prefix("gantry: ").unwrap_or(words)),
    }
}

/// What the child is called in lists of processes.
trait Named {
    fn arg0_gantry(&mut self) -> &mut Self;
}

impl Named for Command {
    fn arg0_gantry(&mut self) -> &mut Self {
        use std::os::unix::process::CommandExt as _;
        self.arg0("gantry")
    }
}
