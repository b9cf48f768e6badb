//! `gantry completions`: completions for a shell.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print completions for a shell.
///
/// For bash: `gantry completions bash > /etc/bash_completion.d/gantry`
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, command: &mut Command) -> Result<ExitCode> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, command, "gantry", &mut text);
        super::output::print(&String::from_utf8_lossy(&text))?;
        Ok(ExitCode::SUCCESS)
    }
}
