//! A scene with a store: the modifier `a`, which a stage runs, and `b`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use gantry::digest::{CodeDigest, Digest};
use gantry_tests::scene::{Ran, Scene, document};
use serde_json::Value;

use crate::component::{Guest, HARMLESS};

/// The stage runs `a.wasm`.
const STAGE: &str = "[pipeline]
order = [\"a\"]
[stages.a]
modifier = \"${TMP}/a.wasm\"
enabled = true
";

/// What the wrapper says when the modifier ran.
pub(crate) const RAN: &str = "it trapped";

/// The scene.
pub(crate) struct Shop(pub(crate) Scene);

impl Shop {
    /// An empty store.
    pub(crate) fn empty() -> Self {
        let shop = Self(Scene::new().config(STAGE).file("bundle/config.json", &document("void")));
        let trap = Guest { modify: "unreachable", ..HARMLESS };
        let other = Guest { more: "(func (result i32) i32.const 7)", ..trap };
        fs::write(shop.0.path("a.wasm"), trap.component()).unwrap();
        fs::write(shop.0.path("b.wasm"), other.component()).unwrap();
        for name in ["a.wasm", "b.wasm"] {
            fs::set_permissions(shop.0.path(name), Permissions::from_mode(0o644)).unwrap();
        }
        shop
    }

    /// Both are in the store.
    pub(crate) fn stocked() -> Self {
        let shop = Self::empty();
        shop.gantry("add ${TMP}/a.wasm", 0);
        shop.gantry("add ${TMP}/b.wasm", 0);
        shop
    }

    /// Runs `gantry modifier`, with its exit status expected.
    #[track_caller]
    pub(crate) fn gantry(&self, line: &str, code: i32) -> Ran {
        let ran = self.0.run("gantry", &format!("modifier {line}"));
        assert_eq!(ran.code, Some(code), "{line}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// As [`Self::gantry`], not started.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = self.0.command("gantry");
        command.arg("modifier").args(line.split_whitespace().map(|word| self.0.expand(word)));
        command
    }

    /// Creates a container; what the wrapper says, since it always fails, and touches nothing.
    #[track_caller]
    pub(crate) fn create(&self) -> String {
        let before = self.0.fingerprint("bundle/config.json");
        let ran = self.0.create();
        assert_eq!((ran.code, &ran.called), (Some(1), &None), "{ran:?}");
        assert_eq!(self.0.fingerprint("bundle/config.json"), before, "{ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        ran.stderr
    }

    pub(crate) fn hex(&self, name: &str) -> String {
        Digest::of(&fs::read(self.0.path(&format!("{name}.wasm"))).unwrap()).hex()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.path("store")
    }

    /// The names in the store.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.store()) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }

    pub(crate) fn record(&self, name: &str) -> PathBuf {
        self.store().join(format!("{}.json", self.hex(name)))
    }

    pub(crate) fn artefact(&self, name: &str) -> PathBuf {
        let start = format!("{}-", self.hex(name));
        let found = self.names().into_iter().find(|one| one.starts_with(&start));
        self.store().join(found.unwrap())
    }

    /// Rewrites a record with a digest that fits: what somebody who knows the form would do.
    pub(crate) fn forge(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let path = self.record(name);
        let mut whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut whole["record"]);
        let text = whole["record"].to_string();
        let digest = CodeDigest::of(text.as_bytes()).hex();
        fs::write(path, format!("{{\"record\":{text},\"digest\":\"{digest}\"}}\n")).unwrap();
    }

    /// What `gantry modifier list` says of each modifier: its name, and whether the wrapper can run it.
    pub(crate) fn list(&self) -> Vec<(String, bool)> {
        let ran = self.gantry("list --format json", 0);
        let list: Value = serde_json::from_str(&ran.stdout).unwrap();
        let rows = list.as_array().unwrap().iter();
        rows.map(|row| (row["name"].to_string(), row["ready"] == true)).collect()
    }
}
