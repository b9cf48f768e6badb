//! A step of the build: makes components of core modules, and the artefacts that are embedded.
//!
//! `gantry-precompile OUT TARGET MODULE.wasm…` writes `OUT/NAME.wasm` (the component) and
//! `OUT/NAME.cwasm` (code for the Rust target triple TARGET) for each module.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wit_component::ComponentEncoder;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (Some(out), Some(target)) = (args.next(), args.next()) else {
        bail!("usage: gantry-precompile OUT TARGET MODULE.wasm…");
    };
    let out = PathBuf::from(out);
    let target = target.to_str().context("TARGET is not UTF-8")?;
    fs::create_dir_all(&out).with_context(|| format!("{}", out.display()))?;
    for module in args.map(PathBuf::from) {
        make(&module, &out, target).with_context(|| format!("{}", module.display()))?;
    }
    Ok(())
}

fn make(module: &Path, out: &Path, target: &str) -> Result<()> {
    let stem = module.file_stem().and_then(|stem| stem.to_str()).context("no file name")?;
    // cargo writes `_` for `-`.
    let name = stem.replace('_', "-");
    let component =
        ComponentEncoder::default().validate(true).module(&fs::read(module)?)?.encode()?;
    let artefact = gantry::modifier::precompile(&component, target)?;
    // Unchanged files keep their time, so that cargo does not build again what embeds them.
    write_if_changed(&out.join(format!("{name}.wasm")), &component)?;
    write_if_changed(&out.join(format!("{name}.cwasm")), &artefact)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("{}", path.display()))
}
