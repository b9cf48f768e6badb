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
    println!("cargo::rerun-if-env-changed=GANTRY_BUILTINS");
    if env::var_os("CARGO_FEATURE_BUILTINS").is_none() {
        println!("cargo::rerun-if-changed=build.rs");
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

fn missing(dir: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> Box<dyn Error> {
    format!("{dir}: {why}; run `cargo xtask build`, which compiles the built-in modifiers first")
        .into()
}
