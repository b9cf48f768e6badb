//! What rows of several tables have in common: files of `etc` and `run`, lists, documents.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gantry::cdi::{QualifiedName, Registry, SpecFile};
use serde_json::Value;
use tempfile::TempDir;

/// A directory with the spec directories `etc` and `run`.
pub(crate) struct Scene {
    tmp: TempDir,
}

impl Scene {
    /// Without any spec directory.
    pub(crate) fn bare() -> Self {
        Self { tmp: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn new(etc: &Value, run: &Value) -> Self {
        let scene = Self::bare();
        scene.update(etc, run);
        scene
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.tmp.path().join(below)
    }

    /// `etc`, and `run` that wins.
    pub(crate) fn dirs(&self) -> [PathBuf; 2] {
        [self.path("etc"), self.path("run")]
    }

    pub(crate) fn load(&self) -> Registry {
        Registry::load(&self.dirs())
    }

    /// Puts files as upstream does: beside, then renamed. `remove` stands for a file that goes.
    pub(crate) fn update(&self, etc: &Value, run: &Value) {
        for (dir, files) in [("etc", etc), ("run", run)] {
            fs::create_dir_all(self.path(dir)).unwrap();
            for (name, content) in files.as_object().into_iter().flatten() {
                let path = self.path(dir).join(name);
                if content == "remove" {
                    fs::remove_file(path).unwrap();
                } else {
                    put(&path, text(content));
                }
            }
        }
    }

    /// Relative to the scene: `etc/a.yaml`.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(self.tmp.path()).unwrap().to_string_lossy().into_owned()
    }
}

/// Atomically.
pub(crate) fn put(path: &Path, content: &str) {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    fs::write(&beside, content).unwrap();
    fs::rename(&beside, path).unwrap();
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_default()
}

pub(crate) fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(text).collect()
}

pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

pub(crate) fn map(object: &Value) -> BTreeMap<String, String> {
    let pairs = object.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), text(value).to_owned())).collect()
}

pub(crate) fn devices(registry: &Registry) -> Vec<String> {
    registry.devices().map(|name| name.as_str().to_owned()).collect()
}

pub(crate) fn files(registry: &Registry) -> Vec<&SpecFile> {
    registry.files().collect()
}

pub(crate) fn name(text: &str) -> QualifiedName {
    text.parse().unwrap()
}

/// Without zero values: the reference invents some (`"cwd": ""`) where an object comes to be, and
/// drops those that are there.
pub(crate) fn without_zeros(value: &Value) -> Value {
    let zero = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), without_zeros(value)))
            .filter(|(_, value)| !zero(value))
            .collect(),
        Value::Array(list) => list.iter().map(without_zeros).collect(),
        other => other.clone(),
    }
}
