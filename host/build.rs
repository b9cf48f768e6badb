//! Says where the built-in modifiers' artefacts lie, and for which target this crate is built.
//!
//! `cargo xtask build` compiles the modifiers to `target/builtins/NAME.cwasm` first; this script only
//! lists them, because a build script that calls cargo waits for itself.
#![allow(clippy::unnecessary_debug_formatting, reason = "Rust's string literals are written so")]

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rustc-env=GANTRY_TARGET={}", env::var("TARGET")?);
    println!("cargo::rustc-env=GANTRY_ENGINE_BUILD={}", engine_build()?);
    println!("cargo::rerun-if-env-changed=GANTRY_BUILTINS");
    if env::var_os("CARGO_FEATURE_BUILTINS").is_none() {
        return Ok(());
    }
    let dir = match env::var_os("GANTRY_BUILTINS") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../target/builtins"),
    };
    println!("cargo::rerun-if-changed={}", dir.display());
    let mut artefacts = Vec::new();
    for entry in fs::read_dir(&dir).map_err(|error| missing(&dir.display(), &error))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "cwasm") {
            artefacts.push(path);
        }
    }
    if artefacts.is_empty() {
        return Err(missing(&dir.display(), &"no artefact in it"));
    }
    artefacts.sort();
    let mut table = String::from("static BUILT_IN: &[(&str, &Embedded)] = &[\n");
    for path in &artefacts {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.ok_or("an artefact without a name")?;
        let path = path.canonicalize()?;
        let path = path.to_str().ok_or("a path that is not UTF-8")?;
        writeln!(table, "    ({name:?}, &Embedded(*include_bytes!({path:?}))),")?;
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("builtins.rs"), table)?;
    Ok(())
}

/// What changes whenever other code may come out of the compiler: a hash of the exact versions of the
/// engine's crates, and of the settings that it is given. It tells builds apart and proves nothing.
fn engine_build() -> Result<String, Box<dyn Error>> {
    const SETTINGS: &str = "src/modifier/engine.rs";
    const LOCK: &str = "../Cargo.lock";
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SETTINGS}");
    println!("cargo::rerun-if-changed={LOCK}");
    let mut text = fs::read_to_string(SETTINGS)?;
    // Not there where this crate is built alone; then its own version must do.
    let lock = fs::read_to_string(LOCK).unwrap_or_default();
    for package in lock.split("[[package]]") {
        let of_engine = ["wasmtime", "cranelift", "regalloc2"];
        if of_engine.iter().any(|name| package.starts_with(&format!("\nname = \"{name}"))) {
            text.push_str(package);
        }
    }
    // FNV-1a: the same for every toolchain.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    Ok(format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step)))
}

fn missing(dir: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> Box<dyn Error> {
    format!("{dir}: {why}; run `cargo xtask build`, which compiles the built-in modifiers first")
        .into()
}
