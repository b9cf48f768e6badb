//! Where the inventory comes from: a file that was recorded, or the GPUs of this host.

use std::path::Path;
use std::sync::Arc;

use gantry::generate::Gpus;
use gantry::gpu::Inventory;

use super::super::failure::{Exit, Failure};
use super::super::input;

/// The largest inventory that is read.
const MAX_INVENTORY: u64 = 8 * 1024 * 1024;

/// Answers with the inventory. A file is read at once, so that a broken one is an error in every mode.
pub(super) fn source(file: Option<&Path>) -> Result<Box<Gpus<'static>>, Failure> {
    let Some(path) = file else {
        return Ok(Box::new(|| {
            Err("this build does not ask NVML; give what was recorded with --inventory".to_owned())
        }));
    };
    let inventory = Arc::new(read(path)?);
    Ok(Box::new(move || Ok(Arc::clone(&inventory))))
}

fn read(path: &Path) -> Result<Inventory, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let name = input::name(path).display();
        Failure::new(Exit::Invalid, format_args!("{name}: not an inventory: {why}"))
    };
    let bytes = input::read(path, MAX_INVENTORY)?
        .ok_or_else(|| wrong(&format_args!("larger than {MAX_INVENTORY} bytes")))?;
    let text = str::from_utf8(&bytes).map_err(|error| wrong(&error))?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| wrong(&error));
    }
    gantry::cdi::from_yaml(text).map_err(|error| wrong(&error))
}
