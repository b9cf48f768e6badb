//! The built-in configuration, as `defaults.toml` says it.
//!
//! It is built here by hand, since every container's creation needs it and a parser's first run costs
//! more than all of this; a test holds the two together.

mod stages;

use std::time::Duration;

use super::draft::Draft;
use super::generate::Generate;
use super::limits::Time;
use super::sections::{Cdi, Host, Journal, Log, LogLevel, Runtime, Store};
use super::stage::StageName;
use crate::cdi::Unknown;

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
        host: Host {
            driver_root: "/".to_owned(),
            dev_root: "/".to_owned(),
            gpu_reader: None,
            gpu_timeout: Time(Duration::from_secs(10)),
            gpu_cache: Some("/run/gantry/inventory.json".into()),
        },
        cdi: Cdi {
            spec_dirs: vec!["/etc/cdi".into(), "/var/run/cdi".into()],
            unknown_fields: Unknown::Refuse,
            index: Some("/var/cache/gantry/cdi.index".into()),
        },
        generate: Generate::built_in(),
        journal: Journal { dir: None, keep: 100 },
        store: Store { dir: None },
        selector: StageName::known("mode"),
        fixed_mode: None,
        order: stages::ORDER.iter().copied().map(StageName::known).collect(),
        stages: stages::all(),
        from_drop_ins: Vec::new(),
        order_is_whole: false,
        profiles: Vec::new(),
    }
}
