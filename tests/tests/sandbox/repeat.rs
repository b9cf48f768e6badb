//! The same inputs give the same edits, and no call sees another one's state.

use gantry::document::Document;
use gantry::modifier::Sandbox;
use gantry::pipeline::config::Config;
use gantry::pipeline::{Compiling, Components, Facts, check_settings, run};
use serde_json::{Value, json};

use crate::component::{Guest, HARMLESS};
use crate::scene::{Scene, action};

#[test]
fn the_same_inputs_give_the_same_edits() {
    let actions = [
        action("edit-env.set", &json!(["ACME_X", "1", "because"])),
        action(
            "edit-mounts.add",
            &json!(["$T/granted/file", "/opt/acme/x", ["ro", "nosuid"], "r"]),
        ),
        action("edit-devices.inject", &json!(["acme.com/device=0", "r"])),
        action("host-files.glob", &json!(["own", "/granted/**"])),
        action("container-env.with-prefix", &json!(["original", "ACME_"])),
    ];
    let scene = Scene::new().actions(false, &actions);
    let once = || {
        let run = scene.run().unwrap_or_else(|failed| panic!("{}", failed.error));
        let mut journal = serde_json::to_value(&run.journal).unwrap();
        for stage in journal["stages"].as_array_mut().unwrap() {
            for time in ["micros", "load-micros", "start-micros", "cpu-micros"] {
                stage[time] = Value::Null;
            }
        }
        (run.document.to_text(), journal)
    };
    let first = once();
    assert!(first.0.contains("ACME_X=1"), "{}", first.0);
    assert_eq!(first, once());
}

/// Two stages run one component, and one stage runs it in two runs: each counts from the beginning.
#[test]
fn every_call_has_a_fresh_instance() {
    let count = action("count", &json!([]));
    let scene = Scene::new().actions(false, &[count.clone(), count]);
    let text = scene.config_text();
    let (before, probe) = text.split_once("[stages.probe]").unwrap();
    let second = probe.replace("stages.probe", "stages.again");
    let before = before.replace("order = [\"probe\"]", "order = [\"probe\", \"again\"]");
    let text = format!("{before}[stages.probe]{probe}\n[stages.again]{second}");
    let config = Config::from_texts([], ("/config.toml".into(), text)).unwrap();
    for _ in 0..2 {
        let document = Document::parse(scene.document.to_string()).unwrap();
        let run = run(&config, &Sandbox::new().unwrap(), &Compiling, Facts::new(&config), document)
            .unwrap();
        for name in ["probe", "again"] {
            let stage = run.journal.stages.iter().find(|stage| stage.stage == name).unwrap();
            let log: Vec<_> = stage.log.iter().map(|line| line.message.as_str()).collect();
            assert_eq!(log, ["count: ok 1", "count: ok 2"], "{name}");
        }
    }
}

/// The bits of a NaN are the same everywhere, so that a modifier cannot tell machines apart by them.
#[test]
fn a_nan_is_canonical() {
    let modify = "
        f64.const 0 f64.const 0 f64.div i64.reinterpret_f64
        i64.const 0x7ff8000000000000 i64.ne if unreachable end
        f64.const -nan f64.const 1 f64.add i64.reinterpret_f64
        i64.const 0x7ff8000000000000 i64.ne if unreachable end
        i32.const 1024";
    Scene::of_bytes(&Guest { modify, ..HARMLESS }.component()).applied("NaN");
}

/// The first is executed where it lies, any other is a copy, and none takes the code from another.
#[test]
fn a_built_in_modifier_can_be_loaded_more_than_once() {
    let scene = Scene::new().modifier("builtin:cdi");
    let config = scene.config();
    let stage = config.stage("probe").unwrap();
    let load = || {
        let sandbox = Sandbox::new().unwrap();
        let component = Compiling.component(&sandbox, &stage.modifier).unwrap();
        (sandbox, component)
    };
    let check = |(sandbox, component): &(Sandbox, _)| {
        assert_eq!(check_settings(sandbox, component, stage).unwrap(), []);
    };
    let (first, second) = (load(), load());
    check(&first);
    check(&second);
    drop(first);
    check(&second);
    check(&load());
}
