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
use crate::pipeline::grants::{Mode, Modes, Pattern, Patterns, ReadGrants};

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
        order: vec![StageName::known("cdi")],
        stages: BTreeMap::from([stage("mode", mode), stage("cdi", cdi)]),
        from_drop_ins: Vec::new(),
        order_is_whole: false,
        profiles: Vec::new(),
    }
}

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
    list.iter().filter_map(|text| Pattern::parse(text).ok()).collect()
}
