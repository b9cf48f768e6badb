//! `gantry cdi generate`: a spec of the GPUs of this host, made from the inventory and the driver's files.

mod arguments;
mod gpus;
mod hook_program;
mod places;
mod request;

pub(crate) use arguments::Generate;

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use gantry::cdi::Spec;
use gantry::generate::{Host, make, specs};

use super::destination::Destination;
use super::failure::{Exit, Failure, note};
use super::options::Options;
use crate::gpu::source::open;
use gpus::Gpus;
use request::Request;

impl Generate {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let mut notes = Vec::new();
        let request = Request::new(self, options, &mut notes)?;
        let output = request.output.as_deref();
        let output = Destination::new(output, request.format, &self.changes, &mut notes)?;
        let could_not = |error: &dyn std::fmt::Display| Failure::new(Exit::CouldNot, error);
        let driver_root = Path::new(&request.driver_root);
        let files = open(driver_root);
        let shared = files.as_ref().ok().map(Arc::clone);
        let search_paths = &request.options.library_search_paths;
        let inventory = self.inventory.as_deref();
        let gpus = Gpus::new(inventory, &request.driver_root, shared, search_paths, options)?;
        let open = |root: &Path| if root == driver_root { files.clone() } else { open(root) };
        // Many directories and many texts, which the end of this process frees at once.
        let host = Host::over(&request.driver_root, &request.dev_root, open, &gpus);
        let host = host.map_err(|error| {
            could_not(&format_args!("where the driver and its device nodes should be: {error}"))
        })?;
        let mut host = ManuallyDrop::new(host);
        let made = make(&request.options, &mut host);
        let made = made.map(|made| specs(made, &request.options, &host));
        notes.append(&mut host.warnings);
        if let Ok(specs) = &made
            && specs.iter().any(|named| has_hooks(&named.spec))
        {
            notes.extend(request.hook_problem);
        }
        for stale in made.iter().flat_map(|specs| output.stale(specs)) {
            notes.push(format!(
                "{} is of an earlier run and is not made now: remove it, or readers of CDI go on to \
                 offer its devices",
                stale.display()
            ));
        }
        if !self.quiet {
            for text in &notes {
                note(&["warning: ", text].concat());
            }
        }
        let specs = ManuallyDrop::new(made.map_err(|error| could_not(&error))?);
        if let Some(validator) = options.parse()?.validator {
            for named in specs.iter() {
                validator.validate(&named.spec).map_err(|why| Failure::new(Exit::Invalid, why))?;
            }
        }
        output.put(&specs, self.quiet)?;
        Ok(Exit::Done)
    }
}

fn has_hooks(spec: &Spec) -> bool {
    let mut all = spec.devices.iter().map(|device| &device.container_edits);
    !spec.container_edits.hooks.is_empty() || all.any(|edits| !edits.hooks.is_empty())
}
