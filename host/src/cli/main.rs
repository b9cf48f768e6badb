//! The command `gantry`. One file per subcommand.
#![forbid(unsafe_code)]

mod cdi;
mod completions;
mod config;
mod diff;
mod environment;
mod explain;
mod gpu;
mod modifier;
mod output;
mod records;
mod runtime;
mod system;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
#[cfg(target_env = "musl")]
use {gantry_heap::Heap, gantry_memory as _};

/// musl's own takes most of the time of a short command.
#[cfg(target_env = "musl")]
#[global_allocator]
static HEAP: Heap = Heap::new();

/// Injects devices into containers: what it would do, why, and how it is configured.
#[derive(Parser)]
#[command(name = "gantry", version, max_term_width = 100)]
struct Cli<C: Subcommand = Command> {
    #[command(subcommand)]
    command: C,
}

#[derive(Subcommand)]
enum Command {
    Explain(explain::Explain),
    Cdi(cdi::Cdi),
    #[command(subcommand)]
    Gpu(gpu::GpuCommand),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    #[command(subcommand)]
    Modifier(modifier::ModifierCommand),
    #[command(subcommand)]
    Runtime(runtime::RuntimeCommand),
    #[command(subcommand)]
    System(system::System),
    Completions(completions::Completions),
}

/// What machines run, and often. To know all commands takes longer than to do these.
#[derive(Subcommand)]
enum Often {
    Cdi(cdi::Cdi<cdi::Often>),
}

fn command() -> Command {
    match Cli::<Often>::try_parse() {
        Ok(Cli { command: Often::Cdi(cdi) }) => Command::Cdi(cdi.into()),
        // Another command; or an error, of which the whole knows more.
        Err(_) => Cli::<Command>::parse().command,
    }
}

fn main() -> ExitCode {
    let result = match command() {
        Command::Explain(explain) => explain.run(),
        Command::Cdi(cdi) => cdi.run(),
        Command::Gpu(gpu) => gpu.run(),
        Command::Config(config) => config.run(),
        Command::Runtime(runtime) => runtime.run(),
        Command::System(system) => system.run(),
        Command::Modifier(modifier) => modifier.run(),
        Command::Completions(completions) => {
            completions.run(&mut <Cli as clap::CommandFactory>::command())
        }
    };
    match result {
        Ok(code) => code,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gantry: {}", output::told(&error));
            ExitCode::FAILURE
        }
    }
}
