//! The built-in configuration, as `defaults.toml` says it.
//!
//! It is built here by hand, since every container's creation needs it and a parser's first run costs
//! more than all of this; a test holds the two together.

use std::collections::BTreeMap;

use serde_json::json;

use super::draft::{Draft, Modifier, StageDraft};
use super::sections::{Cdi, Host, Journal, Log, LogLevel, Runtime, Store};
use super::stage::{DefinedBy, StageName};
use crate::cdi::Unknown;
use crate::document::HookPoint;
use crate::pipeline::grants::{
    HookEnv, HookGrant, Mode, Modes, Pattern, Patterns, ReadGrants, RemoveHookGrant,
};

/// The built-in configuration as text, for people and for the test.
pub(super) const TEXT: &str = include_str!("defaults.toml");

pub(super) fn runtime() -> Runtime {
    Runtime { low_level: vec!["runc".to_owned(), "crun".to_owned()] }
}

pub(super) fn log() -> Log {
    Log { file: None, level: LogLevel::Info }
}

pub(super) fn draft() -> Draft {
    Draft {
        runtime: runtime(),
        log: log(),
        host: Host { driver_root: "/".to_owned(), dev_root: "/".to_owned() },
        cdi: Cdi {
            spec_dirs: vec!["/etc/cdi".into(), "/var/run/cdi".into()],
            unknown_fields: Unknown::Refuse,
            index: Some("/var/cache/gantry/cdi.index".into()),
        },
        journal: Journal { dir: None, keep: 100 },
        store: Store { dir: None },
        selector: StageName::known("mode"),
        order: ORDER.iter().copied().map(StageName::known).collect(),
        stages: BTreeMap::from([
            stage("mode", mode),
            stage("hook-removal", hook_removal),
            stage("cdi", cdi),
            stage("legacy", legacy),
        ]),
        from_drop_ins: Vec::new(),
        order_is_whole: false,
        profiles: Vec::new(),
    }
}

/// The stages, in the order in which those of every mode run.
const ORDER: &[&str] = &["hook-removal", "cdi", "feature-gated", "graphics", "csv", "legacy"];

/// A stage that runs the built-in modifier of its own name.
fn stage(name: &'static str, fill: fn(&mut StageDraft)) -> (StageName, StageDraft) {
    let mut stage = StageDraft::new(DefinedBy::BuiltIn);
    stage.modifier = Some(Modifier::BuiltIn(StageName::known(name)));
    stage.enabled = true;
    fill(&mut stage);
    (StageName::known(name), stage)
}

fn mode(stage: &mut StageDraft) {
    stage.grants.read = requests();
    stage.grants.edit.modes = Modes::all();
    stage.settings.insert("mode".to_owned(), "auto".into());
    stage.settings.insert("annotation-prefixes".to_owned(), json!([PREFIX]));
}

fn cdi(stage: &mut StageDraft) {
    stage.modes = [Mode::Cdi, Mode::JitCdi].into_iter().collect();
    stage.grants.read = requests();
    stage.grants.edit.devices = patterns(&["*/*=*"]);
    let settings = &mut stage.settings;
    settings.insert("default-kind".to_owned(), KIND.into());
    settings.insert("annotation-prefixes".to_owned(), json!([PREFIX]));
}

fn hook_removal(stage: &mut StageDraft) {
    stage.modes = [Mode::Cdi, Mode::JitCdi, Mode::Csv].into_iter().collect();
    stage.grants.read.hooks = vec![HookPoint::Prestart];
    let remove = |path| RemoveHookGrant { point: HookPoint::Prestart, path };
    stage.grants.edit.remove_hooks = pattern("/**/nvidia-container-runtime-hook")
        .into_iter()
        .chain(pattern("/**/nvidia-container-toolkit"))
        .map(remove)
        .collect();
}

fn legacy(stage: &mut StageDraft) {
    stage.modes = [Mode::Legacy].into_iter().collect();
    stage.grants.read.hooks = vec![HookPoint::Prestart];
    let grant = |path| HookGrant {
        point: HookPoint::Prestart,
        path,
        args: [LEGACY_HOOK, "prestart"].into_iter().filter_map(pattern).collect(),
        any_further: false,
        // It may have to load the driver.
        timeout: None,
        env: HookEnv::Runtime,
    };
    let path = format!("/usr/bin/{LEGACY_HOOK}");
    stage.grants.edit.hooks = pattern(&path).into_iter().map(grant).collect();
    stage.settings.insert("hook-path".to_owned(), path.into());
}

const LEGACY_HOOK: &str = "nvidia-container-runtime-hook";
const KIND: &str = "nvidia.com/gpu";
const PREFIX: &str = "cdi.k8s.io/";

/// What a stage must see to know which devices the container requests.
fn requests() -> ReadGrants {
    ReadGrants {
        env: patterns(&["NVIDIA_VISIBLE_DEVICES", "NVIDIA_REQUIRE_CUDA", "CUDA_VERSION"]),
        annotations: patterns(&["cdi.k8s.io/*"]),
        mounts: patterns(&[
            "/var/run/nvidia-container-devices",
            "/var/run/nvidia-container-devices/**",
        ]),
        process: true,
        ..ReadGrants::default()
    }
}

/// Patterns that are known to be right; the test would miss one that is not.
fn patterns(list: &[&str]) -> Patterns {
    list.iter().copied().filter_map(pattern).collect()
}

fn pattern(text: &str) -> Option<Pattern> {
    Pattern::parse(text).ok()
}
