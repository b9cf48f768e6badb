//! What each key becomes.

use std::time::Duration;

use super::super::defaults;
use crate::document::HookPoint;

use super::super::{Config, DefinedBy, LogLevel, Mode, ModifierRef, OnError, Place};
use super::super::draft::{Draft, StageDraft};
use super::super::layer::{Kind, Layer};
use super::{ACME, load};
use crate::pipeline::grants::HookEnv;

/// The built-in configuration is written twice: by hand for speed, and as text for people.
#[test]
fn the_built_in_text_says_what_is_built_in() {
    let mut empty = defaults::draft();
    empty.runtime.low_level.clear();
    empty.log.level = LogLevel::Trace;
    empty.host.driver_root.clear();
    empty.host.dev_root.clear();
    empty.cdi.spec_dirs.clear();
    empty.journal.keep = 0;
    empty.order.clear();
    for stage in empty.stages.values_mut() {
        *stage = StageDraft::new(DefinedBy::BuiltIn);
    }
    let layer = Layer { kind: Kind::Main, path: "defaults.toml".into(), text: defaults::TEXT.to_owned() };
    let from_text = Config::of_layers(Draft { selector: "none".parse().unwrap(), ..empty }, vec![layer]).unwrap();
    let by_hand = Config::built_in().unwrap();
    assert_eq!(Config { layers: Vec::new(), ..from_text }, by_hand);
}

#[test]
fn sections() {
    let config = load(r#"
        [runtime]
        low-level = ["/usr/sbin/crun", "youki"]
        [log]
        file = "/var/log/gantry.log"
        level = "debug"
        [host]
        driver-root = "/run/driver"
        dev-root = "/run/dev"
        [cdi]
        spec-dirs = ["/opt/cdi"]
        [journal]
        dir = "/var/lib/gantry/journal"
        keep = 7
    "#).unwrap();
    assert_eq!(config.runtime.low_level, ["/usr/sbin/crun", "youki"]);
    assert_eq!(config.log.file.unwrap().to_str(), Some("/var/log/gantry.log"));
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!(config.host.driver_root, "/run/driver");
    assert_eq!(config.host.dev_root, "/run/dev");
    assert_eq!(config.cdi.spec_dirs, [std::path::Path::new("/opt/cdi")]);
    assert_eq!(config.journal.dir.unwrap().to_str(), Some("/var/lib/gantry/journal"));
    assert_eq!(config.journal.keep, 7);
}

#[test]
fn an_empty_path_is_none() {
    let config = load("log.file = \"\"\njournal.dir = \"\"").unwrap();
    assert_eq!((config.log.file, config.journal.dir), (None, None));
}

#[test]
fn a_new_stage_has_safe_defaults() {
    let config = load(ACME).unwrap();
    let stage = config.stage("acme").unwrap();
    assert_eq!(stage.on_error, OnError::Fail);
    assert!(stage.enforce);
    assert!(Mode::ALL.into_iter().all(|mode| stage.runs_in(mode)));
    assert_eq!(stage.grants, crate::pipeline::grants::Grants::default());
    assert_eq!(stage.settings_text(), "{}");
    let off = load(&ACME.replace("enabled = true", "")).unwrap();
    assert!(!off.stage("acme").unwrap().enabled);
    assert!(!off.stage("acme").unwrap().runs_in(Mode::Cdi));
}

/// A built-in stage waits for what its built-in settings have to do with.
#[test]
fn when_a_built_in_stage_runs() {
    for (text, hooks, env) in [
        ("", true, true),
        ("stages.hook-removal.limits.edits = 3", true, true),
        ("stages.hook-removal.when = {}", false, true),
        ("stages.hook-removal.settings.programs = [\"x\"]", false, true),
        ("stages.hook-removal.settings.programs = [\"x\"]\nstages.hook-removal.when.hooks = [\"prestart\"]", true, true),
        ("stages.hook-removal.when.hooks = [\"prestart\"]\nstages.hook-removal.settings.programs = [\"x\"]", true, true),
        ("stages.feature-gated.settings.cuda-compat-mode = \"hook\"", true, false),
    ] {
        let config = load(text).unwrap();
        assert_eq!(config.stage("hook-removal").unwrap().when.hooks == [HookPoint::Prestart], hooks, "{text}");
        assert_eq!(config.stage("feature-gated").unwrap().when.env.name("NVIDIA_GDS"), env, "{text}");
    }
}

#[test]
fn a_whole_stage() {
    let digest = "ab".repeat(32);
    let config = load(&format!(r#"{ACME}
        digest = "sha256:{digest}"
        modes = ["cdi", "jit-cdi"]
        when = {{ env = ["ACME_*"], mounts = ["/acme/**"], hooks = ["prestart"] }}
        on-error = "skip"
        enforce = false
        [stages.acme.roots]
        data = "/srv/acme"
        [stages.acme.limits]
        memory = "32MiB"
        time = "50ms"
        fuel = 1_000
        edits = 3
        log-lines = 4
        [stages.acme.settings]
        tier = "gold"
        deep = {{ list = [1, 2.5, true, {{ a = "b" }}], when = 1979-05-27 }}
        [stages.acme.grants.read]
        files = {{ data = ["/x/**"], driver-root = ["/y"], acme = ["/z"] }}
        hooks = ["prestart", "createContainer"]
        gpus = true
        [stages.acme.grants.edit]
        gids = [44, "100-200", "device-nodes"]
        hooks = [{{ point = "createContainer", path = "/usr/bin/x", args = ["x", "**"] }}, {{ point = "poststop", path = "/usr/bin/y", timeout = 3, env = ["A=b"] }}, {{ point = "prestart", path = "/usr/bin/z", timeout = "none", env = "runtime" }}]
        [stages.acme.grants.override]
        rdt = true
        [stages.acme.grants.listed]
        data = ["/*.csv"]
    "#)).unwrap();
    let stage = config.stage("acme").unwrap();
    let ModifierRef::File { path, digest: Some(pinned) } = &stage.modifier else { panic!("{:?}", stage.modifier) };
    assert_eq!(path.to_str(), Some("/m/acme.wasm"));
    assert_eq!(pinned.to_string(), format!("sha256:{digest}"));
    assert_eq!(pinned.as_bytes(), &[0xab; 32]);
    assert_eq!((stage.on_error, stage.enforce), (OnError::Skip, false));
    assert_eq!(stage.modes.iter().collect::<Vec<_>>(), [Mode::Cdi, Mode::JitCdi]);
    assert!(stage.when.env.name("ACME_X") && stage.when.mounts.path("/acme/x") && stage.when.annotations.is_empty());
    assert_eq!(stage.when.hooks, [HookPoint::Prestart]);
    assert_eq!(stage.limits.memory.0, 32 << 20);
    assert_eq!(stage.limits.time.0, Duration::from_millis(50));
    assert_eq!((stage.limits.fuel, stage.limits.edits, stage.limits.log_lines), (1000, 3, 4));
    assert_eq!(stage.settings_text(), r#"{"deep":{"list":[1,2.5,true,{"a":"b"}],"when":"1979-05-27"},"tier":"gold"}"#);
    assert_eq!(config.root(stage, "data"), "/srv/acme");
    assert_eq!(config.root(stage, "acme"), "/");
    assert!(stage.grants.read.file("data", "/x/1"));
    assert!(!stage.grants.read.file("driver-root", "/x/1"));
    assert!(stage.grants.read.hooks_at(HookPoint::Prestart));
    assert!(!stage.grants.read.hooks_at(HookPoint::Poststop));
    assert!(stage.grants.edit.gid(150, &[]) && stage.grants.edit.gid(44, &[]) && stage.grants.edit.gid(7, &[7]));
    let first = stage.grants.edit.hook(HookPoint::CreateContainer, "/usr/bin/x", &["x", "y"], None).unwrap();
    assert_eq!((first.timeout, first.env.variables()), (Some(10), &["GANTRY=1".to_owned()][..]));
    let second = stage.grants.edit.hook::<&str>(HookPoint::Poststop, "/usr/bin/y", &[], None).unwrap();
    assert_eq!((second.timeout, second.env.variables()), (Some(3), &["A=b".to_owned()][..]));
    let third = stage.grants.edit.hook::<&str>(HookPoint::Prestart, "/usr/bin/z", &[], None).unwrap();
    assert_eq!((third.timeout, &third.env), (None, &HookEnv::Runtime));
    assert!(stage.grants.overrides.rdt);
    assert!(stage.grants.listed["data"].path("/a.csv"));
}

#[test]
fn tables_merge_and_lists_replace() {
    let config = load(r#"
        [stages.cdi]
        modes = ["cdi"]
        [stages.cdi.grants.read]
        env = ["ONLY"]
        [stages.mode.settings.cdi]
        default-kind = "acme.com/gpu"
    "#).unwrap();
    let cdi = config.stage("cdi").unwrap();
    assert!(cdi.enabled && cdi.grants.read.process);
    assert!(cdi.grants.read.env_name("ONLY") && !cdi.grants.read.env_name("NVIDIA_VISIBLE_DEVICES"));
    assert!(!cdi.runs_in(Mode::JitCdi));
    assert_eq!(config.selector.settings_text(), r#"{"annotation-prefixes":["cdi.k8s.io/"],"cdi":{"default-kind":"acme.com/gpu"},"default":"jit-cdi","mode":"auto"}"#);
}

/// What is built in and left out of the operator's order does not run.
#[test]
fn a_built_in_stage_is_left_out() {
    let config = load("pipeline = { order = [], mode = \"mine\" }\n[stages.mine]\nmodifier = \"builtin:mode\"\nenabled = true").unwrap();
    assert_eq!(config.selector.name.as_str(), "mine");
    assert_eq!(config.stages, []);
    assert_eq!(config.unplaced.len(), 7);
    assert!(config.unplaced.iter().all(|stage| !stage.enabled));
}

#[test]
fn stages_of_a_mode() {
    let config = load(ACME).unwrap();
    let names = |mode| config.stages_in(mode).map(|stage| stage.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(Mode::Cdi), ["cdi", "acme"]);
    assert_eq!(names(Mode::Csv), ["acme"]);
}

#[test]
fn sizes_and_times() {
    use super::super::{Bytes, Time};
    for (text, bytes, shown) in [
        ("0B", 0, "0B"),
        ("1000B", 1000, "1000B"),
        ("512KiB", 512 << 10, "512KiB"),
        ("16 MiB", 16 << 20, "16MiB"),
        ("1024MiB", 1 << 30, "1GiB"),
    ] {
        let size: Bytes = text.parse().unwrap();
        assert_eq!((size.0, size.to_string().as_str()), (bytes, shown), "{text}");
    }
    for (text, us, shown) in [("50ms", 50_000, "50ms"), ("7us", 7, "7us"), ("2s", 2_000_000, "2s"), ("1500ms", 1_500_000, "1500ms")] {
        let time: Time = text.parse().unwrap();
        assert_eq!((time.0.as_micros(), time.to_string().as_str()), (us, shown), "{text}");
    }
    for bad in ["", "16", "MiB", "-1MiB", "16MB", "1.5MiB", "0x1MiB", "99999999999GiB", "+1B"] {
        assert!(bad.parse::<Bytes>().is_err(), "{bad}");
    }
    for bad in ["", "50", "ms", "1m", "1.5s", "99999999999999999s"] {
        assert!(bad.parse::<Time>().is_err(), "{bad}");
    }
}

#[test]
fn origins_are_found() {
    let config = load(ACME).unwrap();
    for (key, origin) in [
        (&["pipeline", "order"][..], "/c/config.toml:1"),
        (&["pipeline", "order", "1"], "/c/config.toml:1"),
        (&["stages", "acme"], "/c/config.toml:2"),
        (&["stages", "acme", "modifier"], "/c/config.toml:3"),
        (&["stages", "cdi", "modifier"], "built-in configuration"),
        (&["no", "such"], "built-in configuration"),
    ] {
        assert_eq!(config.origin(key).to_string(), origin, "{key:?}");
    }
    assert_eq!(Config::built_in().unwrap().origin(&["log"]), Place::BuiltIn);
}
