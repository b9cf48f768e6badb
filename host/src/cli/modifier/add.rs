//! `gantry modifier add`: from a vendor's file to a modifier that the wrapper can run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use gantry::digest::{CodeDigest, Digest};
use gantry::modifier::Sandbox;
use gantry::modifier::metadata::{Metadata, World};
use gantry::modifier::store::{Build, Record};
use gantry::pipeline::config::{Config, StageConfig, StageName};

use super::child::{self, Limits};
use super::place::{Loaded, Place, absolute, read};
use super::settings::Settings;
use crate::output::print;

/// Check a modifier, compile it, and put it into the store.
///
/// Nothing of it runs but its own check of the settings of the stages that use it. It does nothing for
/// containers until a stage of the configuration runs it; what to write for that is printed.
#[derive(Args)]
pub(crate) struct Add {
    /// The component, a .wasm file.
    file: PathBuf,
    /// Settings to check, as JSON, instead of those of the stages that use it.
    #[arg(long, value_name = "JSON", conflicts_with = "stage")]
    settings: Option<String>,
    /// The stage whose settings to check, instead of all that use it.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    place: Place,
}

impl Add {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let loaded = self.place.load_to_change()?;
        let path = absolute(&self.file)?;
        let wasm = read(&path)?;
        let digest = Digest::of(&wasm);
        let shown = path.display().to_string();
        let metadata = Metadata::read(&wasm).with_context(|| shown.clone())?;
        let canonical = path.canonicalize()?;
        let stages = loaded.stages(&digest);
        let settings: Vec<Settings> = match (&self.settings, &self.stage) {
            (Some(json), _) => vec![Settings::given(json)?],
            (None, Some(name)) => {
                let stage = loaded
                    .config
                    .stage(name)
                    .with_context(|| format!("no stage is called {name:?}"))?;
                vec![Settings::of_stage(stage)]
            }
            (None, None) => stages.iter().map(|stage| Settings::of_stage(stage)).collect(),
        };
        let artefact = child::compile(&wasm, &shown, self.limits).with_context(|| shown.clone())?;
        let sandbox = Sandbox::new()?;
        let component = sandbox.compiled(&artefact).with_context(|| shown.clone())?;
        component.check_exports(metadata.world).with_context(|| shown.clone())?;
        let problems: Vec<String> =
            settings.iter().flat_map(|one| one.problems(&sandbox, &component)).collect();
        if !problems.is_empty() {
            bail!(
                "{shown}: the settings are not right, and nothing was stored: {}",
                problems.join("; ")
            );
        }
        let record = record(&path, &metadata, digest);
        let record = loaded.store.writer()?.put(record, &wasm, &artefact)?;
        print(&next_steps(&record, &metadata, &loaded, &stages, &[&path, &canonical])?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is known of a modifier before it is stored; the store sets the rest.
pub(super) fn record(path: &Path, metadata: &Metadata, wasm: Digest) -> Record {
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let words = metadata.own.clone().unwrap_or_default();
    let or =
        |text: String, other: &dyn Fn() -> String| if text.is_empty() { other() } else { text };
    Record {
        wasm,
        name: or(words.name, &stem),
        version: or(words.version, &|| "unknown".into()),
        wit: or(words.wit, &|| gantry::modifier::metadata::CONTRACT.into()),
        source: path.to_owned(),
        build: Build::own(),
        engine: CodeDigest::of(&[]),
        artefact: CodeDigest::of(&[]),
        length: 0,
    }
}

/// What was done, and the TOML that enables it.
fn next_steps(
    record: &Record,
    metadata: &Metadata,
    loaded: &Loaded,
    stages: &[&StageConfig],
    paths: &[&Path],
) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "stored {} {}: {}", record.name, record.version, record.wasm)?;
    let enabled: Vec<_> =
        stages.iter().filter(|stage| stage.enabled).map(|stage| stage.name.as_str()).collect();
    if !enabled.is_empty() {
        writeln!(out, "it runs in: {}", enabled.join(", "))?;
        return Ok(out);
    }
    if let Some(stage) = stages.first() {
        let name = stage.name.as_str();
        writeln!(
            out,
            "\nTo run it, `gantry config enable {name}` shows what it may do, and asks. To run this file and \
             no other, write to config.toml:\n\n[stages.{name}]\ndigest = \"{}\"",
            record.wasm
        )?;
        return Ok(out);
    }
    let others = loaded.pinned_elsewhere(&record.wasm, paths);
    for stage in &others {
        let name = stage.name.as_str();
        writeln!(
            out,
            "\nStage {name:?} names this file, and pins the digest of another, which it goes on to run. To run this \
             one, write to config.toml:\n\n[stages.{name}]\ndigest = \"{}\"",
            record.wasm
        )?;
    }
    if !others.is_empty() {
        return Ok(out);
    }
    new_stage(&mut out, record, metadata, &loaded.config)?;
    Ok(out)
}

/// The TOML of a stage for a modifier that no stage names.
fn new_stage(
    out: &mut String,
    record: &Record,
    metadata: &Metadata,
    config: &Config,
) -> Result<()> {
    writeln!(out, "\nTo run it, write to config.toml:\n")?;
    let name = stage_name(&record.name, config);
    match metadata.world {
        World::Modifier => {
            // A list replaces the whole list: the stages that run now go on to run.
            let now = config.order().iter().map(StageName::as_str);
            let order: Vec<_> = now.chain([name.as_str()]).map(|one| format!("{one:?}")).collect();
            writeln!(out, "[pipeline]\norder = [{}]\n", order.join(", "))?;
        }
        World::ModeSelector => writeln!(out, "[pipeline]\nmode = \"{name}\"\n")?,
    }
    let path = serde_json::Value::from(record.source.display().to_string());
    writeln!(
        out,
        "[stages.{name}]\nmodifier = {path}\ndigest = \"{}\"\nenabled = true",
        record.wasm
    )?;
    let wants = metadata.own.as_ref().map(|own| own.wants.as_slice()).unwrap_or_default();
    if !wants.is_empty() {
        writeln!(
            out,
            "\nIt wants these grants; `gantry modifier inspect {}` says more, and \
             docs/configuration.md how to write them:\n",
            record.name
        )?;
        for want in wants {
            writeln!(out, "  {} {}: {}", want.grant, want.pattern, want.why)?;
        }
    }
    Ok(())
}

/// The name as that of a stage that is not there yet.
fn stage_name(name: &str, config: &Config) -> String {
    let fits = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let text: String = name.to_ascii_lowercase().chars().map(fits).take(60).collect();
    let text = match text.trim_matches('-') {
        "" => "vendor",
        text => text,
    };
    let others = (2..1000).map(|number| format!("{text}-{number}"));
    let mut names = std::iter::once(text.to_owned()).chain(others);
    names.find(|name| config.stage(name).is_none()).unwrap_or_else(|| text.to_owned())
}
