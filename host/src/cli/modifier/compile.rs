//! `gantry modifier compile`: everything in the store, for this build.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use gantry::modifier::Sandbox;
use gantry::modifier::metadata::Metadata;
use gantry::modifier::store::Entry;

use super::add::record;
use super::child::{self, Limits};
use super::place::{Loaded, Place};
use crate::output::{print, told};

/// Compile again what this build of Gantry cannot use: after an upgrade, or when a file was damaged.
///
/// What is up to date stays as it is. Exits 1 when a modifier cannot be brought up to date.
#[derive(Args)]
pub(crate) struct Compile {
    /// Compile also what is up to date.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    place: Place,
}

impl Compile {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let loaded = self.place.load_to_change()?;
        // Looked at by name, so a damaged record counts too; and leftovers go first.
        if loaded.store.dir().exists() {
            drop(loaded.store.writer()?);
        }
        let mut failed = false;
        for entry in loaded.store.entries()? {
            let wasm = entry.wasm;
            if !self.all && entry.record.is_ok() && loaded.store.verify(&wasm).is_ok() {
                print(&format!("up to date: {wasm}\n"))?;
                continue;
            }
            match self.one(&loaded, &entry) {
                Ok(()) => print(&format!("compiled: {wasm}\n"))?,
                Err(error) => {
                    failed = true;
                    eprintln!("gantry: {wasm}: {}", told(&error));
                }
            }
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn one(&self, loaded: &Loaded, entry: &Entry) -> Result<()> {
        let again = "run `gantry modifier add` with its file";
        let wasm = loaded
            .store
            .wasm(&entry.wasm)
            .context(again)?
            .with_context(|| format!("its wasm is not in the store any more; {again}"))?;
        let metadata = Metadata::read(&wasm)?;
        let source = match &entry.record {
            Ok(record) => record.source.clone(),
            Err(_) => Path::new("").to_owned(),
        };
        let shown = entry.wasm.to_string();
        let artefact = child::compile(&wasm, &shown, self.limits)?;
        Sandbox::new()?.compiled(&artefact)?;
        let mut fresh = record(&source, &metadata, entry.wasm);
        if let Ok(old) = &entry.record {
            fresh.name.clone_from(&old.name);
        }
        let writer = loaded.store.writer()?;
        // What was removed meanwhile stays so.
        if loaded.store.wasm(&entry.wasm)?.is_some() {
            writer.put(fresh, &wasm, &artefact)?;
        }
        Ok(())
    }
}
