//! What is tried with each engine.

use std::path::Path;

use gantry_tests::programs::{example_c, workspace};
use gantry_tests::skips::skip;

use super::host::Host;
use super::{Engine, ran, refused};

/// What a container with the device says of it.
const SHOW: &str =
    "head -c 2 /dev/acme0 | od -An -tx1; echo card $ACME_CARD; cat /opt/acme/firmware";

/// The vendor's cards without their nodes, which could not be made in a user namespace.
const CARDS: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/accelerator",
  "devices": [
    { "name": "0", "containerEdits": { "env": ["ACME_CARD_0=1"] } },
    { "name": "1", "containerEdits": { "env": ["ACME_CARD_1=1"] } }
  ],
  "containerEdits": { "env": ["ACME_DRIVER=1.0"] }
}
"#;

pub(crate) fn a_device_is_there<E: Engine>(_: &str, host: &Host, engine: &E) {
    let gantry = host.runtime("gantry");
    let seen = ran(engine, &gantry, &["NVIDIA_VISIBLE_DEVICES=acme.com/card=0"], SHOW);
    assert_eq!(seen, " 00 00\ncard 0\nfirmware 4.2\n");
    // What asks for nothing gets nothing.
    let script = "ls /opt/acme; echo card $ACME_CARD";
    assert_eq!(ran(engine, &gantry, &["NVIDIA_VISIBLE_DEVICES=void"], script), "card\n");
}

pub(crate) fn an_error_reaches_the_person<E: Engine>(_: &str, host: &Host, engine: &E) {
    let said =
        refused(engine, &host.runtime("gantry"), &["NVIDIA_VISIBLE_DEVICES=acme.com/card=9"]);
    for part in ["stage \"cdi\"", "acme.com/card=9", "near: acme.com/card=0"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

/// Called by another name, the wrapper uses that profile.
pub(crate) fn a_profile_is_a_runtime_class<E: Engine>(_: &str, host: &Host, engine: &E) {
    for (runtime, card) in [("gantry", "card 0\n"), ("gantry-gold", "card gold\n")] {
        let request = ["NVIDIA_VISIBLE_DEVICES=acme.com/card=0"];
        assert_eq!(ran(engine, &host.runtime(runtime), &request, "echo card $ACME_CARD"), card);
    }
}

/// In a user namespace the node of another path cannot be made, which is said; one of the same path is bound.
pub(crate) fn only_the_hosts_own_node_is_there<E: Engine>(_: &str, host: &Host, engine: &E) {
    let gantry = host.runtime("gantry");
    let script = format!(
        "read -r inside outside rest < /proc/self/uid_map; [ $outside != 0 ] && echo mapped; \
         [ -c {} ] && echo card $ACME_CARD; cat /opt/acme/firmware",
        host.node
    );
    let seen = ran(engine, &gantry, &["NVIDIA_VISIBLE_DEVICES=acme.com/card=here"], &script);
    assert_eq!(seen, "mapped\ncard here\nfirmware 4.2\n");
    let said = refused(engine, &gantry, &["NVIDIA_VISIBLE_DEVICES=acme.com/card=0"]);
    assert!(said.contains("in a user namespace the low-level runtime mounts the host's"), "{said}");
}

/// A vendor ships a file, the operator adds and enables it, and nothing is recompiled.
pub(crate) fn a_vendors_stage_decides<E: Engine>(test: &str, host: &Host, engine: &E) {
    if !add_the_vendors_stage(test, host, None) {
        return;
    }
    let (scene, gantry) = (&host.scene, host.runtime("gantry"));
    assert_eq!(cards(engine, &gantry), "cards driver\n", "a drop-in is inert");
    let enabled = scene.run("gantry", "config enable acme-count --yes");
    assert_eq!(enabled.code, Some(0), "{}", enabled.stderr);
    assert_eq!(cards(engine, &gantry), "cards 0,1 driver 1.0\n");
    // What the modifier refuses, and why, is what the person reads.
    let said = refused(engine, &gantry, &["ACME_COUNT=none of them"]);
    assert!(said.contains("stage \"acme-count\"") && said.contains("ACME_COUNT"), "{said}");
}

/// Rootless, only a stage whose digest is pinned runs, from a store of root's or of the user's.
pub(crate) fn a_vendors_stage_is_pinned<E: Engine>(test: &str, host: &Host, engine: &E) {
    if !add_the_vendors_stage(test, host, Some(CARDS)) {
        return;
    }
    let (scene, gantry) = (&host.scene, host.runtime("gantry"));
    let enabled = scene.run("gantry", "config enable acme-count --yes");
    assert_eq!(enabled.code, Some(0), "{}", enabled.stderr);
    let said = refused(engine, &gantry, &["ACME_COUNT=2"]);
    assert!(said.contains("stage \"acme-count\"") && said.contains("digest"), "{said}");
    let list = scene.said("modifier list --format json", 0);
    let digest = list.split('"').find(|word| word.starts_with("sha256:")).unwrap();
    let config = scene.read("etc/config.toml").unwrap();
    let enabled = config.replace("enabled = true", &format!("enabled = true\ndigest = {digest:?}"));
    std::fs::write(scene.path("etc/config.toml"), enabled).unwrap();
    assert_eq!(cards(engine, &gantry), "cards 0,1 driver 1.0\n");
}

fn cards<E: Engine>(engine: &E, gantry: &Path) -> String {
    let request = ["ACME_COUNT=2", "NVIDIA_VISIBLE_DEVICES=void"];
    ran(engine, gantry, &request, "echo cards $ACME_CARDS driver $ACME_DRIVER")
}

/// Puts the example in C into the store, and its drop-in where drop-ins are; not where no clang has built it. Without
/// other cards the host has the vendor's.
fn add_the_vendors_stage(test: &str, host: &Host, cards: Option<&str>) -> bool {
    let Some(component) = example_c() else {
        skip(test, "no clang with a linker for wasm has built the modifier");
        return false;
    };
    let scene = &host.scene;
    let shipped =
        |name: &str| std::fs::read_to_string(workspace().join("examples").join(name)).unwrap();
    let write = |name: &str, text: &str| {
        let path = scene.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, scene.expand(text)).unwrap();
    };
    std::fs::copy(component, scene.path("acme-count.wasm")).unwrap();
    let drop_in = shipped("acme-c/50-acme-count.toml");
    write("etc/conf.d/50-acme-count.toml", &drop_in.replace("/usr/lib/gantry/modifiers", "${TMP}"));
    write("cdi/acme.cdi.json", &cards.map_or_else(|| shipped("acme/acme.cdi.json"), Into::into));
    let added = scene.run("gantry", "modifier add ${TMP}/acme-count.wasm");
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    true
}
