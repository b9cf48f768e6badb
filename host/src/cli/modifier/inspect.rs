//! `gantry modifier inspect`: what a modifier can ever do, what it asks for, what it gets.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use gantry::digest::Digest;
use gantry::modifier::Interface;
use gantry::modifier::metadata::{Metadata, World};
use gantry::pipeline::config::StageConfig;

use super::place::{Place, absolute, read};
use crate::output::print;

/// Say what a modifier can ever do, what it asks for and why, and what this configuration grants it.
///
/// Nothing of it runs.
#[derive(Args)]
pub(crate) struct Inspect {
    /// A .wasm file; or a modifier of the store, by digest or name.
    modifier: String,
    #[command(flatten)]
    place: Place,
}

impl Inspect {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let loaded = self.place.load()?;
        let path = absolute(Path::new(&self.modifier))?;
        let (wasm, source) = if path.is_file() {
            (read(&path)?, path)
        } else {
            let entry = loaded
                .find(&self.modifier)
                .with_context(|| format!("there is no file {}", path.display()))?;
            let wasm = loaded.store.wasm(&entry.wasm)?;
            let source = entry.record.map(|record| record.source).unwrap_or_default();
            (wasm.context("its wasm is not in the store any more; add it again")?, source)
        };
        let digest = Digest::of(&wasm);
        let metadata = Metadata::read(&wasm).with_context(|| self.modifier.clone())?;
        let mut out = about(&metadata, &digest, &source)?;
        let stages = loaded.stages(&digest);
        let others = loaded.pinned_elsewhere(&digest, &[&source]);
        if stages.is_empty() && others.is_empty() {
            writeln!(out, "\nno stage of this configuration runs it")?;
        }
        for stage in others {
            let name = stage.name.as_str();
            writeln!(out, "\nStage {name:?} names this file, and pins the digest of another")?;
        }
        for stage in stages {
            out += &granted(stage, &metadata)?;
        }
        print(&out)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn about(metadata: &Metadata, digest: &Digest, source: &Path) -> Result<String> {
    let mut out = String::new();
    let own = metadata.own.clone().unwrap_or_default();
    let kind = match metadata.world {
        World::Modifier => "modifier",
        World::ModeSelector => "mode selector",
    };
    match &metadata.own {
        Some(own) => writeln!(out, "{} {}, a {kind}: {}", own.name, own.version, own.description)?,
        None => writeln!(out, "a {kind} that says nothing of itself")?,
    }
    writeln!(out, "{digest}\n{}", source.display())?;
    writeln!(out, "\nAll that it can ever do:")?;
    for interface in metadata.interfaces() {
        writeln!(out, "  {} ({})", can(interface), interface.grant())?;
    }
    if metadata.interfaces().next().is_none() {
        writeln!(out, "  nothing that needs a grant")?;
    }
    if !own.wants.is_empty() {
        writeln!(out, "\nIt asks for:")?;
        for want in &own.wants {
            writeln!(out, "  {} {}: {}", want.grant, want.pattern, want.why)?;
        }
    }
    Ok(out)
}

fn granted(stage: &StageConfig, metadata: &Metadata) -> Result<String> {
    let mut out = String::new();
    let enabled = if stage.enabled { "enabled" } else { "not enabled" };
    let name = stage.name.as_str();
    writeln!(out, "\nStage {name:?} runs it ({enabled}):")?;
    let mut said = false;
    for interface in metadata.interfaces().filter(|one| !stage.grants.links(*one)) {
        said = true;
        writeln!(out, "  missing: {}; without any of it the stage fails", interface.grant())?;
    }
    for want in metadata.own.iter().flat_map(|own| &own.wants) {
        said = true;
        let answer = match stage.grants.cover(&want.grant, &want.pattern) {
            Some(true) => "granted",
            Some(false) => "missing",
            None => "unknown to this version of Gantry",
        };
        writeln!(out, "  {answer}: {} {}", want.grant, want.pattern)?;
    }
    if !said {
        writeln!(out, "  it needs no grant")?;
    }
    Ok(out)
}

/// What an interface lets a modifier do, in words.
fn can(interface: Interface) -> &'static str {
    match interface {
        Interface::ContainerEnv => "read environment variables of the container",
        Interface::ContainerAnnotations => "read annotations of the container",
        Interface::ContainerMounts => "see the container's mounts",
        Interface::ContainerHooks => "see the container's hooks",
        Interface::ContainerDeviceNodes => "see the container's device nodes",
        Interface::ContainerProcess => "see the user and the capabilities of the process",
        Interface::ContainerNamespaces => "see the container's namespaces",
        Interface::Platform => "see what kind of machine the host is",
        Interface::Gpus => "see the host's GPUs and their driver",
        Interface::CdiRegistry => "list the host's CDI devices",
        Interface::HostFiles => "read files of the host, below roots",
        Interface::EditEnv => "set environment variables",
        Interface::EditDevices => "inject CDI devices",
        Interface::EditDeviceNodes => "add device nodes of the host",
        Interface::EditMounts => "add bind mounts of the host",
        Interface::EditHooks => "add and remove hooks: programs that run as root on the host",
        Interface::EditGids => "add groups to the process",
        Interface::EditNetDevices => "move network interfaces of the host",
        Interface::EditRdt => "set Intel RDT",
    }
}
