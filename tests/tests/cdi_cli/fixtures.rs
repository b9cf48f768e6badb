//! The specs and documents of the tests of `gantry cdi`.

use gantry_tests::scene::Scene;

pub(crate) const LOW: &str = r#"{
  "cdiVersion": "1.0.0",
  "kind": "acme.com/gpu",
  "annotations": { "acme.com/made-by": "hand" },
  "containerEdits": { "env": ["ACME=1"] },
  "devices": [
    { "name": "0", "annotations": { "acme.com/slot": "7" }, "containerEdits": {
      "env": ["GPU=0"],
      "deviceNodes": [{ "path": "/dev/acme0", "hostPath": "/dev/null" }],
      "mounts": [{ "hostPath": "/opt/acme", "containerPath": "/opt/acme", "options": ["ro", "bind"] }],
      "hooks": [{ "hookName": "createContainer", "path": "/usr/bin/acme-hook", "args": ["acme-hook", "y"] }],
      "additionalGids": [44]
    } },
    { "name": "1", "containerEdits": { "env": ["GPU=1"] } }
  ]
}
"#;

pub(crate) const HIGH: &str = r#"
cdiVersion: "0.5.0"
kind: acme.com/gpu
devices:
  - name: "1"
    containerEdits: {env: [GPU=one]}
"#;

pub(crate) const TWICE: &str = r#"
cdiVersion: "0.3.0"
kind: twice.com/net
devices:
  - name: a
    containerEdits: {env: [A=1]}
"#;

pub(crate) const NEWER: &str = r#"
cdiVersion: "0.6.0"
kind: newer.com/fpga
devices:
  - name: f
    containerEdits:
      env: [F=1]
      teleport: true
"#;

/// A spec that every reader of YAML 1.1 takes, and no schema.
pub(crate) const TOLERATED: &str = "cdiVersion: 0.3.0
kind: v/c
devices:
- name: a
  containerEdits:
    env: [A=1]
    hooks: [{hookName: poststop, path: /x, args: [x, 7]}]
";

/// A schema that wants no network devices.
pub(crate) const NO_NET: &str = r#"{"properties": {"kind": {"not": {"pattern": "/net$"}, "description": "no network devices here"}}}"#;

pub(crate) const DOCUMENT: &str = r#"{
  "ociVersion": "1.2.0",
  "process": { "terminal": false, "user": { "uid": 0, "gid": 0 }, "args": ["sh"], "env": ["GPU=none"], "cwd": "/" },
  "annotations": { "cdi.k8s.io/plugin_1": "acme.com/gpu=1" },
  "x-number": 1.50
}
"#;

/// Relative, so that tables have the same width wherever the tests run.
pub(crate) const DIRS: &str = "--spec-dirs ../low,../high,../none";

/// Two directories and one that is not there; a device at two priorities, a conflict, a rejected file.
pub(crate) fn host() -> Scene {
    Scene::new()
        .file("low/acme.json", LOW)
        .file("high/acme.yaml", HIGH)
        .file("high/twice-1.yaml", TWICE)
        .file("high/twice-2.yaml", TWICE)
        .file("high/newer.yaml", NEWER)
        .file("newer/f.yaml", NEWER)
        .file("good/acme.json", LOW)
        .file("c/config.json", DOCUMENT)
        .file("c/broken.json", "{\"process\": 1,}")
        .file("c/wrong.json", "{\"process\": {\"env\": 5}}")
        .file("c/requests.json", r#"{"annotations": {"cdi.k8s.io/a": "acme.com/gpu"}}"#)
        .file("specs/notes.yaml", NOTES)
        .file("no-net.json", NO_NET)
}

/// Everything that is remarked on.
pub(crate) const NOTES: &str = r#"
cdiVersion: "1.1.0"
kind: notes.com/n
containerEdits:
  hooks:
    - {hookName: prestart, path: hook, timeout: 0}
    - {hookName: createContainer, path: /hook}
devices:
  - name: a
    containerEdits:
      deviceNodes: [{path: dev/a}]
      mounts: [{hostPath: /a, containerPath: a}]
"#;
