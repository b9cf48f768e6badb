//! Where every value of the configuration comes from: `gantry config show --origin`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::layer::{Kind, Layer};
use super::stage::DefinedBy;
use super::{Config, Location};

/// One value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// The keys from the top, its own the last.
    pub key: Vec<String>,
    /// The value.
    pub value: Value,
    /// `built-in`, `drop-in`, `config.toml` or `profile`.
    pub from: &'static str,
    /// The file; `None` for what is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The stages that stand in the order because a drop-in asks for it, and where it does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub placed: BTreeMap<String, String>,
}

impl Origin {
    fn new(key: &[String], value: &Value) -> Self {
        Self {
            key: key.to_vec(),
            value: value.clone(),
            from: "built-in",
            file: None,
            line: None,
            placed: BTreeMap::new(),
        }
    }

    fn set_by(&mut self, layer: &Layer, at: &Location) {
        self.from = match layer.kind {
            Kind::Main => "config.toml",
            Kind::DropIn => "drop-in",
            Kind::Profile(_) => "profile",
        };
        self.file = Some(at.path.display().to_string());
        self.line = Some(at.line);
    }

    /// As it stands behind a value: `/etc/gantry/conf.d/50-acme.toml:3 (drop-in)`.
    pub(super) fn comment(&self) -> String {
        let mut text = match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => self.from.to_owned(),
        };
        if matches!(self.from, "drop-in" | "profile") {
            text.extend([" (", self.from, ")"]);
        }
        for (stage, at) in &self.placed {
            text.extend(["; ", stage, ": ", at]);
        }
        text
    }
}

impl Config {
    /// Where a value comes from. Tables below `settings` merge, so a value that is one may come from
    /// several places: one for each value in it.
    pub(super) fn origins_of(&self, key: &[String], value: &Value) -> Vec<Origin> {
        if let Value::Object(table) = value
            && !table.is_empty()
        {
            let nested = table.iter().flat_map(|(last, value)| {
                let key: Vec<String> = key.iter().chain([last]).cloned().collect();
                self.origins_of(&key, value)
            });
            return nested.collect();
        }
        let keys: Vec<&str> = key.iter().map(String::as_str).collect();
        let mut origin = Origin::new(key, value);
        let set = self.layers.iter().rev().find_map(|layer| Some((layer, layer.find(&keys)?)));
        if let Some((layer, at)) = set {
            origin.set_by(layer, &at);
        }
        if keys == ["pipeline", "order"] {
            origin.placed = self.placed();
        }
        vec![origin]
    }

    /// The stages that `[pipeline] order` does not name, and that a drop-in puts there.
    fn placed(&self) -> BTreeMap<String, String> {
        let mut placed = BTreeMap::new();
        for stage in self.stages.iter().filter(|stage| stage.defined_by == DefinedBy::DropIn) {
            let name = stage.name.as_str();
            if self.named.contains(&stage.name) {
                continue;
            }
            let keys =
                [&["stages", name, "after"][..], &["stages", name, "before"], &["stages", name]];
            let find = |key: &&[&str]| self.layers.iter().rev().find_map(|layer| layer.find(key));
            let at = keys.iter().find_map(find);
            placed.insert(name.to_owned(), at.map_or_else(String::new, |at| at.to_string()));
        }
        placed
    }
}
