//! `cargo xtask lint`: format and lints, of every workspace.

use anyhow::Result;

use crate::build::{built_ins, built_ins_dir};
use crate::process::{cargo, root, run as run_program, step};
use crate::setup::{WASM, WasmToolchain, wasm_toolchain};

/// The workspaces of modifiers.
const MODIFIERS: &[&str] = &["modifiers", "examples/acme", "tests/probe"];

/// Runs all of it.
pub(crate) fn run_all() -> Result<()> {
    step("format");
    run_program(&mut cargo(["fmt", "--all", "--check"]))?;
    for workspace in MODIFIERS {
        run_program(cargo(["fmt", "--all", "--check"]).current_dir(root().join(workspace)))?;
    }
    step("lints");
    // The features of the library alone and with its configuration, of the wrapper, and of everything.
    for features in [
        &["--package", "gantry"][..],
        &["--package", "gantry", "--features", "config"],
        &["--package", "gantry-runtime"],
        &["--workspace", "--features", "gantry/cli,gantry/nvml,gantry/precompile"],
    ] {
        run_program(
            cargo(["clippy", "--locked", "--all-targets"])
                .args(features)
                .env("GANTRY_BUILTINS", built_ins_dir())
                .args(["--", "-D", "warnings"]),
        )?;
    }
    // Where only another compiler can build for wasm, the code is the same for this machine.
    let target: &[&str] = match wasm_toolchain()? {
        WasmToolchain::Target => &["--target", WASM],
        WasmToolchain::BuildStd { .. } => &[],
    };
    for workspace in MODIFIERS {
        run_program(
            cargo(["clippy", "--locked", "--release"])
                .args(target)
                .args(["--", "-D", "warnings"])
                .current_dir(root().join(workspace)),
        )?;
    }
    Ok(())
}

/// `cargo xtask lint`.
pub(crate) fn run() -> Result<()> {
    built_ins()?;
    run_all()
}
