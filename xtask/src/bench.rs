//! `cargo xtask bench`: what Gantry costs, as ratios in one run.

mod bundles;
mod cdi;
mod create;
mod entries;
mod generate;
mod hooks;
mod inputs;
mod measurement;
mod modes;
mod samples;

use anyhow::Result;

/// How often each program is run for an operation of `bench cdi`.
const TURNS: usize = 4;

/// `bench`, `bench create`, `bench modes`, `bench hooks`, `bench generate` and `bench cdi`.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    match args {
        ["cdi", rest @ ..] => cdi::run(rest),
        ["generate", rest @ ..] => generate::run(rest),
        ["hooks", rest @ ..] => hooks::run(rest),
        ["modes", rest @ ..] => modes::run(rest),
        ["create", rest @ ..] | rest => create::run(rest),
    }
}
