//! The least that a wrapper can do on `create`: read `config.json`, parse it, write it, execute.
//! `cargo xtask bench` measures Gantry against it. `baseline RUNTIME BUNDLE ARGS…`
#![forbid(unsafe_code)]

use std::error::Error;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(runtime), Some(bundle)) = (args.next(), args.next()) else {
        return Err("usage: baseline RUNTIME BUNDLE ARGS…".into());
    };
    let path = Path::new(&bundle).join("config.json");
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    let fresh = path.with_extension("new");
    fs::write(&fresh, serde_json::to_string(&document)?)?;
    fs::rename(&fresh, &path)?;
    Err(Command::new(&runtime).args(args).exec().into())
}
