//! `cargo xtask build`: modifiers, their artefacts, then the programs that embed them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::process::{cargo, output, release, root, run, step, target};
use crate::setup::{self, WASM, WasmToolchain, static_target, wasm_toolchain};

/// The modifiers that are embedded, as their libraries are called; the packages have `gantry-` before.
const BUILT_IN: &[&str] =
    &["mode", "hook-removal", "cdi", "feature-gated", "graphics", "csv", "legacy"];

/// Builds everything.
pub(crate) fn all() -> Result<()> {
    built_ins()?;
    // Without anything to load at their start.
    place(&Program { profile: WRAPPER, ..Program::new("gantry-runtime", "gantry-runtime") })?;
    hook()?;
    // Loads a library of the host, so it is linked as the host's programs are.
    nvml()?;
    place(&Program { features: "cli", ..Program::new("gantry", "gantry") })?;
    let built = release().join("gantry");
    eprintln!("\nbuilt {}; gantry-runtime, gantry-hook and gantry-nvml beside it", built.display());
    Ok(())
}

/// Builds the container hooks.
pub(crate) fn hook() -> Result<()> {
    place(&Program { profile: WRAPPER, ..Program::new("gantry-hooks", "gantry-hook") })
}

/// Where the artefacts of the built-in modifiers lie; `host/build.rs` looks there.
pub(crate) fn built_ins_dir() -> PathBuf {
    target().join("builtins")
}

/// Compiles the built-in modifiers and makes their artefacts.
pub(crate) fn built_ins() -> Result<()> {
    step("built-in modifiers");
    let modules = modules(&root().join("modifiers"), "gantry-", BUILT_IN)?;
    precompile(&built_ins_dir(), &modules)
}

/// Compiles the example vendor's modifier to a component; returns its path.
pub(crate) fn example() -> Result<PathBuf> {
    step("the example vendor's modifier");
    let out = target().join("examples-wasm");
    precompile(&out, &modules(&root().join("examples/acme"), "", &["acme"])?)?;
    Ok(out.join("acme.wasm"))
}

/// Compiles the example modifier in C to a component; returns its path, `None` where this machine has
/// no compiler for it.
pub(crate) fn example_c() -> Result<Option<PathBuf>> {
    step("the example modifier in C");
    let out = target().join("examples-wasm");
    let component = out.join("acme-count.wasm");
    let Some(toolchain) = setup::c_toolchain() else {
        // The tests must not find that of another day.
        let _may_be_absent = fs::remove_file(&component);
        eprintln!("SKIPPED the example modifier in C: no clang with a linker for wasm");
        return Ok(None);
    };
    let built = target().join("wasm-c");
    let bindings = built.join("bindings");
    run(cargo(["run", "--quiet", "--locked", "--package", "gantry-c-bindings", "--"]).args([
        &root().join("wit/v0.1"),
        Path::new("modifier"),
        &bindings,
    ]))?;
    // The vendor's own script, up to what needs programs that are here as libraries.
    let mut script = Command::new("sh");
    script.arg(root().join("examples/acme-c/build.sh"));
    script.env("CLANG", &toolchain.clang).env("OUT", &built).env("BINDINGS", &bindings);
    script.env("CORE_ONLY", "1").env_remove("WIT").env_remove("LINKER");
    if let Some(linker) = &toolchain.linker {
        script.env("LINKER", linker);
    }
    run(&mut script)?;
    precompile(&out, &[built.join("core/acme-count.wasm")])?;
    Ok(Some(component))
}

/// Compiles the tests' own modifier to a component; returns its path.
pub(crate) fn probe() -> Result<PathBuf> {
    step("the tests' own modifier");
    let out = target().join("examples-wasm");
    precompile(&out, &modules(&root().join("tests/probe"), "", &["probe"])?)?;
    Ok(out.join("probe.wasm"))
}

/// Compiles packages of a workspace for wasm; returns their modules. A package is called like its
/// library, with `prefix` before.
pub(crate) fn modules(workspace: &Path, prefix: &str, libraries: &[&str]) -> Result<Vec<PathBuf>> {
    let toolchain = wasm_toolchain()?;
    let built = target().join("wasm");
    let mut command = cargo(["build", "--release", "--locked", "--target", WASM]);
    command.current_dir(workspace).arg("--target-dir").arg(&built);
    // Flags for this machine's programs are not for modifiers.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    for library in libraries {
        command.arg("--package").arg(format!("{prefix}{library}"));
    }
    if let WasmToolchain::BuildStd { rustc, linker } = &toolchain {
        command
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC", rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    run(&mut command)?;
    let module = |library: &&str| {
        built.join(WASM).join("release").join(format!("{}.wasm", library.replace('-', "_")))
    };
    Ok(libraries.iter().map(module).collect())
}

/// Makes components and artefacts of modules.
pub(crate) fn precompile(out: &Path, modules: &[PathBuf]) -> Result<()> {
    // Linked as the command is, so that the compiler of modifiers is compiled once for both.
    let name = "gantry-precompile";
    let program =
        build_static(&Program { features: "precompile", ..Program::new("gantry", name) })?;
    run(Command::new(program).arg(out).arg(host()?).args(modules))
}

/// A program of the workspace.
struct Program<'a> {
    package: &'a str,
    name: &'a str,
    features: &'a str,
    profile: &'a str,
}

/// The profile of programs that are small and start for every container.
const WRAPPER: &str = "wrapper";

impl<'a> Program<'a> {
    fn new(package: &'a str, name: &'a str) -> Self {
        Self { package, name, features: "", profile: "release" }
    }
}

/// Builds a static program, and puts it beside the others.
fn place(program: &Program<'_>) -> Result<()> {
    step(program.name);
    put_beside(&build_static(program)?, program.name)
}

/// Puts a program beside the others.
fn put_beside(built: &Path, name: &str) -> Result<()> {
    let wanted = release().join(name);
    fs::create_dir_all(release())?;
    // A running program cannot be written over, but it can be replaced.
    let fresh = wanted.with_extension("new");
    fs::copy(built, &fresh).with_context(|| format!("{}", built.display()))?;
    fs::rename(&fresh, &wanted).with_context(|| format!("{}", wanted.display()))
}

/// Builds a small program that is static and quick to start; returns its path.
pub(crate) fn static_program(package: &str, name: &str) -> Result<PathBuf> {
    build_static(&Program { profile: WRAPPER, ..Program::new(package, name) })
}

fn build_static(program: &Program<'_>) -> Result<PathBuf> {
    let Program { package, name, features, profile } = *program;
    let target_triple = static_target()?;
    let mut command =
        cargo(["build", "--locked", "--profile", profile, "--target", &target_triple]);
    command.args(["--package", package, "--bin", name, "--features", features]);
    command.env("GANTRY_BUILTINS", built_ins_dir());
    // What little C there is in the dependencies needs no C library, so this machine's compiler does.
    if setup::which("musl-gcc").is_none() {
        command.env(format!("CC_{}", target_triple.replace('-', "_")), "cc");
    }
    // A target that is named keeps the flags away from build scripts and macros, which cannot be
    // static. Without relocations at its start, because that is for every container; heap, stack and
    // mappings are still placed at random.
    command.env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static");
    run(&mut command)?;
    Ok(target().join(target_triple).join(profile).join(name))
}

/// Builds the program that loads NVML.
fn nvml() -> Result<()> {
    let name = "gantry-nvml";
    step(name);
    let mut command = cargo(["rustc", "--profile", WRAPPER, "--locked", "--package", "gantry"]);
    command.args(["--features", "nvml", "--bin", name, "--"]);
    // As the static programs: without relocations at its start.
    command.args(["-C", "relocation-model=static"]);
    // What unwinds the stack comes with it: a library less to find and to load each time.
    let unwinder = output(Command::new("cc").arg("-print-file-name=libgcc_eh.a"))?;
    if let Some(folder) = Path::new(unwinder.trim()).parent().filter(|path| path.is_absolute()) {
        command.args(["-l", "static:+whole-archive=gcc_eh", "-L"]);
        command.arg(format!("native={}", folder.display()));
    }
    run(&mut command)?;
    put_beside(&target().join(WRAPPER).join(name), name)
}

/// The target triple of this machine.
pub(crate) fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(output(Command::new(rustc).args(["--print", "host-tuple"]).current_dir(root()))?
        .trim()
        .to_owned())
}
