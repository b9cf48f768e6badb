//! Containers made by real low-level runtimes behind `gantry-runtime`, seen from inside. They need root, the runtime, and
//! a static busybox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use gantry_tests::programs::{installed, program};
use gantry_tests::scene::{Ran, Scene};
use gantry_tests::skips::{is_root, skip};
use serde_json::{Value, json};

/// One device with every kind of edit that a container can show.
const SPEC: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/card",
  "devices": [{
    "name": "0",
    "containerEdits": {
      "env": ["ACME_CARD=0"],
      "deviceNodes": [{ "path": "/dev/acme0", "hostPath": "/dev/zero" }],
      "mounts": [{ "hostPath": "${TMP}/host", "containerPath": "/opt/acme", "options": ["ro", "bind", "nosuid"] }],
      "hooks": [
        { "hookName": "createRuntime", "path": "${TMP}/hook", "args": ["hook", "runtime"], "env": ["WHERE=${TMP}/hooks"] },
        { "hookName": "createContainer", "path": "${TMP}/hook", "args": ["hook", "container"], "env": ["WHERE=${TMP}/hooks"] },
        { "hookName": "poststop", "path": "${TMP}/hook", "args": ["hook", "stopped"], "env": ["WHERE=${TMP}/hooks"] }
      ]
    }
  }]
}
"#;

const SPEC_YAML: &str = r#"# As the vendor's tool writes it.
cdiVersion: "0.6.0"
kind: acme.com/card
devices:
- name: "0"
  containerEdits:
    env:
    - ACME_CARD=0
    deviceNodes:
    - path: /dev/acme0
      hostPath: /dev/zero
    mounts:
    - hostPath: ${TMP}/host
      containerPath: /opt/acme
      options: [ro, bind, nosuid]
    hooks:
    - hookName: createRuntime
      path: ${TMP}/hook
      args: [hook, runtime]
      env: ["WHERE=${TMP}/hooks"]
    - hookName: createContainer
      path: ${TMP}/hook
      args: [hook, container]
      env: ["WHERE=${TMP}/hooks"]
    - hookName: poststop
      path: ${TMP}/hook
      args: [hook, stopped]
      env: ["WHERE=${TMP}/hooks"]
"#;

const HOOK: &str = "#!/bin/sh\ncat > /dev/null\necho \"$1\" >> \"$WHERE\"\n";

/// What a container says that has the device, line by line.
const SEEN: &str = "crw-rw-rw- 1, 5 /dev/acme0
00000000
card 0
firmware 4.2
cannot write the mount
";

const SHOW: &str = "ls -l /dev/acme0 | sed -E 's/ +/ /g' | cut -d ' ' -f 1,5,6,10
head -c 4 /dev/acme0 | od -An -tx1 | tr -d ' '
echo card $ACME_CARD
cat /opt/acme/firmware
(echo x > /opt/acme/firmware) 2>/dev/null || echo cannot write the mount
";

/// A low-level runtime, and what it needs to work in a small machine.
struct Runtime {
    name: &'static str,
    options: &'static str,
    /// Mounts that are made before it.
    mounts: &'static str,
}

const RUNC: Runtime = Runtime { name: "runc", options: "", mounts: "" };

/// Without cgroups; it refuses version 2 beside version 1 all the same.
const CRUN: Runtime = Runtime {
    name: "crun",
    options: "--cgroup-manager disabled",
    mounts: "umount /sys/fs/cgroup/unified 2> /dev/null || true",
};

/// Makes a test of each of these functions with each runtime.
macro_rules! with_each_runtime {
    ($($test:ident)*) => {
        mod runc {
            $(#[test] fn $test() { super::check(&super::RUNC, stringify!($test), super::$test); })*
        }
        mod crun {
            $(#[test] fn $test() { super::check(&super::CRUN, stringify!($test), super::$test); })*
        }
    };
}

with_each_runtime! {
    run_shows_the_device_inside
    a_yaml_spec_gives_the_same
    a_containers_life
    a_create_that_fails_leaves_no_container
    a_container_may_be_called_create
    the_low_level_runtimes_own_failures_are_its_own
}

fn check(runtime: &Runtime, test: &str, body: fn(&Container<'_>)) {
    match Container::new(runtime, test) {
        Ok(container) => body(&container),
        Err(why) => skip(&format!("runc::{}::{test}", runtime.name), &why),
    }
}

/// A bundle that can be run, whose container says what it sees; or why it cannot be.
struct Container<'a> {
    scene: Scene,
    runtime: &'a Runtime,
    id: String,
}

impl<'a> Container<'a> {
    fn new(runtime: &'a Runtime, id: &str) -> Result<Self, String> {
        if !is_root() {
            return Err(format!("{} needs root to make a container", runtime.name));
        }
        let low_level =
            installed(runtime.name).ok_or_else(|| format!("{} is not installed", runtime.name))?;
        installed("unshare").ok_or("unshare is not installed")?;
        let busybox = installed("busybox").ok_or("busybox is not installed")?;
        let scene = Scene::new()
            .file(
                "etc/config.toml",
                &format!(
                    "[runtime]\nlow-level = [{:?}]\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]",
                    low_level.to_str().unwrap()
                ),
            )
            .file("host/firmware", "firmware 4.2\n")
            .file("cdi/acme.json", SPEC)
            .file(
                "bundle/config.json",
                &document(&["sh", "-c", SHOW], "acme.com/card=0").to_string(),
            );
        let scene = scene.script("hook", HOOK);
        rootfs(&scene.path("bundle/rootfs"), &busybox);
        let id = format!("gantry-test-{}-{id}", std::process::id());
        let container = Self { scene, runtime, id };
        container.works_without_us(&low_level)?;
        Ok(container)
    }

    /// Whether the runtime by itself makes containers on this machine.
    fn works_without_us(&self, low_level: &Path) -> Result<(), String> {
        let bundle = self.scene.path("plain");
        fs::create_dir(&bundle).unwrap();
        let mut text = document(&["true"], "void");
        text["root"]["path"] = self.scene.path("bundle/rootfs").to_str().unwrap().into();
        fs::write(bundle.join("config.json"), text.to_string()).unwrap();
        let mut command = self.program(low_level);
        command.arg("--root").arg(self.scene.path("state"));
        command.args(self.runtime.options.split_whitespace()).arg("run").arg("--bundle");
        let output = command.arg(bundle).arg(format!("{}-plain", self.id)).output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} alone makes no container here: {}", self.runtime.name, why.trim()))
    }

    fn program(&self, program: &Path) -> Command {
        self.scene.command_with_mounts(self.runtime.mounts, program).unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = self.program(&program("gantry-runtime"));
        command.arg("--root").arg(self.scene.path("state"));
        command.args(self.runtime.options.split_whitespace());
        let words = line.split_whitespace().map(|word| self.scene.expand(word));
        command.args(words.map(|word| word.replace("${ID}", &self.id)));
        command
    }

    fn run(&self, line: &str) -> Ran {
        self.scene.ran(&mut self.command(line))
    }

    fn hooks(&self) -> String {
        self.scene.read("hooks").unwrap_or_default()
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // Most tests leave none.
        let _absent = self.command("delete --force ${ID}").output();
    }
}

fn document(args: &[&str], request: &str) -> Value {
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false,
            "user": { "uid": 0, "gid": 0 },
            "args": args,
            "env": ["PATH=/bin", format!("NVIDIA_VISIBLE_DEVICES={request}")],
            "cwd": "/",
            "noNewPrivileges": true,
        },
        "root": { "path": "rootfs", "readonly": true },
        "hostname": "gantry-test",
        "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"] },
        ],
        "linux": {
            "resources": { "devices": [{ "allow": false, "access": "rwm" }] },
            "namespaces": [{ "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }],
        },
    })
}

fn rootfs(root: &Path, busybox: &Path) {
    for folder in ["bin", "dev", "proc", "opt/acme"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::copy(busybox, root.join("bin/busybox")).unwrap();
    fs::set_permissions(root.join("bin/busybox"), fs::Permissions::from_mode(0o755)).unwrap();
    for applet in
        ["sh", "ls", "sed", "cut", "head", "od", "tr", "cat", "grep", "sleep", "echo", "true"]
    {
        symlink("busybox", root.join("bin").join(applet)).unwrap();
    }
}

fn run_shows_the_device_inside(container: &Container<'_>) {
    let name = container.runtime.name;
    let ran = container.run("run --bundle ${TMP}/bundle ${ID}");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{name}: {}", ran.stdout);
    assert_eq!(ran.stdout, SEEN, "{name}");
    assert_eq!(container.hooks(), "runtime\ncontainer\nstopped\n", "{name}");
}

fn a_yaml_spec_gives_the_same(container: &Container<'_>) {
    let name = container.runtime.name;
    fs::remove_file(container.scene.path("cdi/acme.json")).unwrap();
    let yaml = container.scene.expand(SPEC_YAML);
    fs::write(container.scene.path("cdi/acme.yaml"), yaml).unwrap();
    let ran = container.run("run --bundle ${TMP}/bundle ${ID}");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{name}: {}", ran.stdout);
    assert_eq!(ran.stdout, SEEN, "{name}");
    assert_eq!(container.hooks(), "runtime\ncontainer\nstopped\n", "{name}");
}

/// What an engine does: create, start, state, exec, kill, delete, each through the wrapper.
fn a_containers_life(container: &Container<'_>) {
    let name = container.runtime.name;
    let scene = &container.scene;
    let text = document(&["sh", "-c", "echo up; exec sleep 1000"], "acme.com/card=0");
    fs::write(scene.path("bundle/config.json"), text.to_string()).unwrap();
    let said = fs::File::create(scene.path("said")).unwrap();
    let mut create =
        container.command("--log ${TMP}/log --log-format json create --bundle ${TMP}/bundle ${ID}");
    let created = create.stdout(said.try_clone().unwrap()).stderr(said).status().unwrap();
    assert!(created.success(), "{name}: {:?} {:?}", scene.read("said"), scene.read("log"));
    assert_eq!(container.hooks(), "runtime\ncontainer\n", "{name}");
    let state = |wanted: &str| {
        let ran = container.run("state ${ID}");
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
        let state: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(state["status"], wanted, "{name}");
    };
    state("created");
    assert_eq!(
        scene.read("said").as_deref(),
        Some(""),
        "{name}: somebody spoke before the container"
    );
    let written = scene.fingerprint("bundle/config.json");
    assert_eq!(container.run("start ${ID}").code, Some(0), "{name}");
    for (script, code, stdout) in [
        // Until the container has spoken.
        ("until grep -q sleep /proc/1/cmdline; do :; done", 0, ""),
        ("cat /opt/acme/firmware", 0, "firmware 4.2\n"),
        ("echo $ACME_CARD", 0, "0\n"),
        ("exit 7", 7, ""),
    ] {
        let mut exec = container.command("exec ${ID}");
        let ran = scene.ran(exec.args(["sh", "-c", script]));
        assert_eq!(
            (ran.code, &*ran.stdout),
            (Some(code), stdout),
            "{name} {script}: {}",
            ran.stderr
        );
    }
    state("running");
    assert_eq!(container.run("kill ${ID} KILL").code, Some(0), "{name}");
    let deleted = container.run("delete --force ${ID}");
    assert_eq!((deleted.code, &*deleted.stderr), (Some(0), ""), "{name}");
    assert_ne!(container.run("state ${ID}").code, Some(0), "{name}: it is still there");
    assert_eq!(scene.read("said").as_deref(), Some("up\n"), "{name}");
    assert_eq!(container.hooks(), "runtime\ncontainer\nstopped\n", "{name}");
    assert_eq!(scene.fingerprint("bundle/config.json"), written, "{name}: only create writes");
}

fn a_create_that_fails_leaves_no_container(container: &Container<'_>) {
    let name = container.runtime.name;
    let scene = &container.scene;
    let text = document(&["sh"], "acme.com/card=9");
    fs::write(scene.path("bundle/config.json"), text.to_string()).unwrap();
    let before = scene.fingerprint("bundle/config.json");
    let ran =
        container.run("--log ${TMP}/log --log-format json create --bundle ${TMP}/bundle ${ID}");
    assert_eq!((ran.code, &*ran.stdout), (Some(1), ""), "{name}");
    assert!(ran.stderr.contains("acme.com/card=9"), "{name}: {}", ran.stderr);
    assert!(scene.read("log").unwrap().contains("acme.com/card=9"), "{name}");
    assert_eq!(scene.fingerprint("bundle/config.json"), before, "{name}");
    let state = container.run("state ${ID}");
    assert_ne!(state.code, Some(0), "{name}: there is a container: {}", state.stdout);
    assert_eq!(container.hooks(), "", "{name}: a hook ran");
}

/// A container's name is no subcommand.
fn a_container_may_be_called_create(container: &Container<'_>) {
    let name = container.runtime.name;
    let created = |line: &str| {
        let status = container.command(line).stdout(std::process::Stdio::null()).status();
        assert!(status.unwrap().success(), "{name}: {line}");
    };
    created("create --bundle ${TMP}/bundle create");
    let written = container.scene.fingerprint("bundle/config.json");
    let state = container.run("state create");
    assert!(state.stdout.contains("\"created\""), "{name}: {}{}", state.stdout, state.stderr);
    assert_eq!(container.run("delete --force create").code, Some(0), "{name}");
    assert_eq!(container.scene.fingerprint("bundle/config.json"), written, "{name}");
}

/// What the low-level runtime says goes through as it is.
fn the_low_level_runtimes_own_failures_are_its_own(container: &Container<'_>) {
    let name = container.runtime.name;
    let direct = container
        .program(&installed(name).unwrap())
        .arg("--root")
        .arg(container.scene.path("state"))
        .args(container.runtime.options.split_whitespace())
        .args(["state", "none"])
        .output()
        .unwrap();
    let ran = container.run("state none");
    assert_eq!(ran.code, direct.status.code(), "{name}");
    let cut = |text: &str| text.split_once("level=").map_or(text, |(_, rest)| rest).to_owned();
    let stderr = String::from_utf8_lossy(&direct.stderr);
    // Their first words are the time.
    assert_eq!(cut(&ran.stderr).len(), cut(&stderr).len(), "{name}: {} {stderr}", ran.stderr);
}
