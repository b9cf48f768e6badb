//! `cargo xtask bench`: what Gantry costs, as ratios in one run.

mod cdi;
mod create;
mod inputs;
mod samples;

use anyhow::Result;

/// `bench`, `bench create` and `bench cdi`.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    match args {
        ["cdi", rest @ ..] => cdi::run(rest),
        ["create", rest @ ..] | rest => create::run(rest),
    }
}
