//! A recorded case: its host in memory, and the spec that is expected.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::elf::shared_object;
use crate::host_files::{Entry, FileKind, Recorded};

/// Where the case's root is; nothing is there.
pub(super) const ROOT: &str = "/case/root";
/// What `uname -r` prints in a case.
pub(super) const KERNEL: &str = "6.1.0-case";

/// One recorded case.
pub(super) struct Case(Value);

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/generate/generate.json");
    let text = std::fs::read_to_string(&path).expect("the recorded cases");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    let Value::Array(cases) = file["cases"].take() else { panic!("no cases") };
    assert!(cases.len() >= 128);
    cases.into_iter().map(Case).collect()
}

impl Case {
    pub(super) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    pub(super) fn inventory(&self) -> &Value {
        &self.0["inventory"]
    }

    pub(super) fn argv(&self) -> Vec<String> {
        self.0["argv"].as_array().unwrap().iter().map(|arg| filled(arg.as_str().unwrap())).collect()
    }

    pub(super) fn env(&self, name: &str) -> Option<String> {
        self.0["env"][name].as_str().map(filled)
    }

    /// The entries of `root` or `host`.
    pub(super) fn entries(&self, which: &str) -> Vec<Value> {
        self.0[which].as_array().unwrap().clone()
    }

    /// The same as files.
    pub(super) fn files(&self, which: &str) -> Arc<Recorded> {
        let mut files = Recorded::new();
        for entry in self.entries(which) {
            files = put(files, entry.as_array().unwrap());
        }
        Arc::new(files)
    }

    /// The text of a file of the host.
    pub(super) fn host_file(&self, path: &str) -> Option<String> {
        let is = |entry: &&Value| entry[0] == "f" && entry[1] == path;
        let entry = self.entries("host").iter().find(is).cloned();
        entry.map(|entry| entry[2].as_str().unwrap().to_owned())
    }

    /// The specs, the one of all devices first; `None` where there must be none.
    pub(super) fn expected(&self) -> Option<Vec<Value>> {
        let expect = &self.0["expect"];
        if expect["exit"] != 0 {
            return None;
        }
        // Those of coherent and other GPUs have longer names, or later ones.
        let mut specs: Vec<_> = expect["specs"].as_object().unwrap().iter().collect();
        specs.sort_by_key(|(name, _)| (name.len(), *name));
        let spec = |one: &Value| serde_json::from_str(&filled(&one["spec"].to_string())).unwrap();
        Some(specs.into_iter().map(|(_, one)| spec(one)).collect())
    }

    /// A spec as it is compared: a hook by its subcommand and arguments, and where the case is about
    /// it, by its program.
    pub(super) fn comparable(&self, mut specs: Vec<Value>) -> Vec<Value> {
        if !self.name().starts_with("gen-hook-") {
            specs.iter_mut().for_each(without_programs);
        }
        specs
    }
}

fn without_programs(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.contains_key("hookName") {
                map.remove("path");
                let args = map["args"].as_array_mut().unwrap();
                if args.remove(0) == "nvidia-ctk" {
                    args.remove(0);
                }
            }
            map.values_mut().for_each(without_programs);
        }
        Value::Array(list) => list.iter_mut().for_each(without_programs),
        _ => {}
    }
}

fn filled(text: &str) -> String {
    text.replace("${ROOT}", ROOT).replace("${KERNEL}", KERNEL).replace("${OUT}", "/case/out")
}

fn put(files: Recorded, entry: &[Value]) -> Recorded {
    let path = filled(entry[1].as_str().unwrap());
    let text = |at: usize| entry[at].as_str().unwrap();
    let number = |at: usize, otherwise: u32| {
        entry.get(at).and_then(Value::as_u64).map_or(otherwise, |n| u32::try_from(n).unwrap())
    };
    let plain = |kind, mode| Entry {
        path: path.clone(),
        kind,
        mode,
        uid: 0,
        gid: 0,
        size: 0,
        major: 0,
        minor: 0,
    };
    match text(0) {
        "d" => files.directory(&path),
        "f" => files.file(&path, text(2).as_bytes()),
        "b" => files.file(&path, &base64(text(2))),
        "x" => files.entry(plain(FileKind::File, 0o755), b"#!/bin/sh\n"),
        "l" => files.link(&path, &filled(text(2))),
        "s" => files.entry(plain(FileKind::Socket, 0o755), b""),
        "c" => {
            let (major, minor) = (number(2, 0), number(3, 0));
            let (mode, uid, gid) = (number(4, 0o666), number(5, 0), number(6, 0));
            let node = Entry { major, minor, uid, gid, ..plain(FileKind::CharDevice, mode) };
            files.entry(node, b"")
        }
        "so" => files.file(&path, &shared_object(text(2))),
        "nvml" => files.file(&path, &shared_object("libnvidia-ml.so.1")),
        kind => panic!("an entry of kind {kind}"),
    }
}

fn base64(text: &str) -> Vec<u8> {
    let six = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("not base64"),
    };
    let mut bytes = Vec::new();
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0u32, |bits, byte| bits << 6 | u32::from(six(*byte)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend(bits.to_be_bytes()[1..four.len()].iter());
    }
    bytes
}

/// The inventory of a GPU of a case, in words that no test repeats.
#[test]
fn base64_is_read() {
    assert_eq!(base64("Z2xpYmM="), b"glibc");
    assert_eq!(base64("Z2xpYg=="), b"glib");
    assert_eq!(base64("Z2xp"), b"gli");
    assert_eq!(json!(filled("${ROOT}/x")), "/case/root/x");
}
