//! A step of the build: the C bindings of one world, as `wit-bindgen c` makes them.
//!
//! `gantry-c-bindings WIT WORLD OUT` writes `OUT/WORLD.h`, `OUT/WORLD.c` and an object file with the
//! world's types. As a program of this workspace, because its version must fit the rest of the tools and
//! no machine has to install it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (Some(wit), Some(world), Some(out)) = (args.next(), args.next(), args.next()) else {
        bail!("usage: gantry-c-bindings WIT WORLD OUT");
    };
    let (wit, out) = (PathBuf::from(wit), PathBuf::from(out));
    let world = world.to_str().context("WORLD is not UTF-8")?;

    let mut contract = Resolve::default();
    let (package, _) = contract.push_path(&wit).with_context(|| format!("{}", wit.display()))?;
    let world = contract.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut contract, world, &mut files)?;

    fs::create_dir_all(&out).with_context(|| format!("{}", out.display()))?;
    for (name, bytes) in files.iter() {
        let path = out.join(name);
        fs::write(&path, bytes).with_context(|| format!("{}", path.display()))?;
    }
    Ok(())
}
