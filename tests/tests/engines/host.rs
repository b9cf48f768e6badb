//! The host of one test: Gantry's configuration, a CDI device, and the programs that engines are given as low-level
//! runtimes, each under the name that it has in the engine.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use gantry_tests::programs::{installed, program};
use gantry_tests::scene::Scene;

use super::cgroups::Cgroups;
use super::image;

/// `0` is made of another node, and `here` is a node of the host under its own name, which is all that there can be in
/// a user namespace.
const SPEC: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/card",
  "devices": [{
    "name": "0",
    "containerEdits": {
      "env": ["ACME_CARD=0"],
      "deviceNodes": [{ "path": "/dev/acme0", "hostPath": "/dev/zero" }],
      "mounts": [{ "hostPath": "${TMP}/host", "containerPath": "/opt/acme", "options": ["ro", "rbind"] }]
    }
  }, {
    "name": "here",
    "containerEdits": {
      "env": ["ACME_CARD=here"],
      "deviceNodes": [{ "path": "${NODE}" }],
      "mounts": [{ "hostPath": "${TMP}/host", "containerPath": "/opt/acme", "options": ["ro", "rbind"] }]
    }
  }]
}
"#;

/// Nodes that no engine gives a container by itself. The first that is there is the device `here`.
const NODES: &[&str] = &["/dev/fuse", "/dev/kmsg", "/dev/loop-control"];

/// The profile `gold`, whose device `0` is another.
const GOLD: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/card",
  "devices": [{ "name": "0", "containerEdits": { "env": ["ACME_CARD=gold"] } }]
}
"#;

const CONFIG: &str = r#"[runtime]
low-level = ["${LOW_LEVEL}"]
[store]
dir = "${TMP}/store"
[cdi]
spec-dirs = ["${TMP}/cdi"]
[profiles.gold.cdi]
spec-dirs = ["${TMP}/gold"]
"#;

/// What an engine is started with.
pub(crate) struct Host {
    pub(crate) scene: Scene,
    /// The image, as a tar.
    pub(crate) image: PathBuf,
    pub(crate) cgroups: Cgroups,
    /// The low-level runtime that Gantry starts, which can also be an engine's own.
    pub(crate) low_level: PathBuf,
    /// The node of the device `here`.
    pub(crate) node: &'static str,
}

impl Host {
    /// Makes one; or says what is missing.
    pub(crate) fn new(low_level: &str, cgroups: Cgroups) -> Result<Self, String> {
        let missing = || format!("{low_level} is not installed");
        let low_level = installed(low_level).ok_or_else(missing)?;
        let node = NODES.iter().copied().find(|node| Path::new(node).exists());
        let node = node.ok_or("there is no device node to give")?;
        let config = CONFIG.replace("${LOW_LEVEL}", &low_level.display().to_string());
        // Engines do not hand their environment on.
        let call = |program: &str| {
            format!("#!/bin/sh\nGANTRY_CONFIG=${{TMP}}/etc/config.toml exec {program} \"$@\"\n")
        };
        let scene = Scene::new()
            .file("etc/config.toml", &config)
            .file("cdi/acme.json", &SPEC.replace("${NODE}", node))
            .file("gold/acme.json", GOLD)
            .file("host/firmware", "firmware 4.2\n")
            .with(|scene| {
                fs::create_dir(scene.path("runtimes")).unwrap();
                let link = scene.path("gantry-runtime.gold");
                symlink(program("gantry-runtime"), link).unwrap();
            })
            .script("runtimes/gantry", &call(&program("gantry-runtime").display().to_string()))
            .script("runtimes/gantry-gold", &call("${TMP}/gantry-runtime.gold"));
        let image = image::tar(&scene)?;
        Ok(Self { scene, image, cgroups, low_level, node })
    }

    /// The low-level runtimes by which an engine knows them, and their paths.
    pub(crate) fn runtimes(&self) -> Vec<(String, PathBuf)> {
        let ours = ["gantry", "gantry-gold"].map(|name| (name.to_owned(), self.runtime(name)));
        let own = self.low_level.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ours.into_iter().chain([(own, self.low_level.clone())]).collect()
    }

    /// The path of one of Gantry's.
    pub(crate) fn runtime(&self, name: &str) -> PathBuf {
        self.scene.path("runtimes").join(name)
    }
}

/// The first user who has user and group ids to give to containers.
pub(crate) fn user_with_ids() -> Result<String, String> {
    let names = |path: &str| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
    };
    let [known, with_groups] = ["/etc/passwd", "/etc/subgid"].map(names);
    let both = |name: &String| known.contains(name) && with_groups.contains(name);
    let users = names("/etc/subuid");
    users
        .into_iter()
        .find(both)
        .ok_or_else(|| "no user has ids in /etc/subuid and /etc/subgid".into())
}
