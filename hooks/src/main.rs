//! The binary `gantry-hook`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    gantry_hooks::main(std::env::args_os())
}
