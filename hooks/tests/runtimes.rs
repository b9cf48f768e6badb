//! Hooks that real low-level runtimes start, and what the container then sees.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use scene::{Outcome, PROGRAM, Scene, run, skip};

/// What the container says with the hooks done.
const SEEN: &str = "link libcuda.so.1
mode 711
folder /usr/local/cuda-12/compat
{\"profiles\":[{\"name\":\"_container_\",\"settings\":[\"EGLVisibleDGPUDevices\",0x8]}],\
\"rules\":[{\"pattern\":[],\"profile\":\"_container_\"}]}
";

const SHOW: &str = "echo link $(busybox readlink /usr/lib/libcuda.so); echo mode $(busybox stat -c %a /opt/x); \
    echo folder $(busybox cat /etc/ld.so.conf.d/00-compat-*.conf); busybox cat /etc/nvidia/*/10-container.conf; echo";

/// As a spec names them, by the reference's names; and one of tomorrow.
const HOOKS: &[&str] = &[
    "nvidia-cdi-hook create-symlinks --link libcuda.so.1::/usr/lib/libcuda.so",
    "nvidia-ctk hook chmod --mode 711 --path /opt/x",
    "nvidia-cdi-hook enable-cuda-compat --host-driver-version=550.54.15",
    "nvidia-cdi-hook update-application-profile",
    "nvidia-cdi-hook of-tomorrow --flag",
];

fn config(hooks: &[&str]) -> String {
    let words = |line: &str| {
        let words: Vec<String> = line.split(' ').map(|word| format!("{word:?}")).collect();
        words.join(",")
    };
    let hook = |line: &&str| {
        format!(
            r#"{{"path":{PROGRAM:?},"args":[{}],"env":["NVIDIA_CTK_DEBUG=false"]}}"#,
            words(line)
        )
    };
    let hooks: Vec<String> = hooks.iter().map(hook).collect();
    let namespaces = ["pid", "ipc", "uts", "mount"].map(|kind| format!(r#"{{"type":{kind:?}}}"#));
    // The preload is an image's try at CVE-2025-23266.
    format!(
        r#"{{"ociVersion":"1.0.2","root":{{"path":"rootfs"}},"hostname":"test","process":{{"cwd":"/",
        "user":{{"uid":0,"gid":0}},"args":["/bin/busybox","sh","-c",{SHOW:?}],
        "env":["PATH=/bin","LD_PRELOAD=/proc/self/cwd/evil.so"]}},
        "mounts":[{{"destination":"/proc","type":"proc","source":"proc"}},
        {{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755","size=64k"]}}],
        "linux":{{"namespaces":[{}],"devices":[{{"path":"/dev/nvidia0","type":"c","major":195,"minor":3,"fileMode":438}}]}},
        "hooks":{{"createContainer":[{}]}}}}"#,
        namespaces.join(","),
        hooks.join(","),
    )
}

fn installed(name: &str) -> Option<PathBuf> {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .map(|directory| Path::new(directory).join(name))
        .into_iter()
        .find(|program| program.is_file())
}

/// Runs a container with these hooks.
fn container(scene: &Scene, runtime: &str, hooks: &[&str]) -> Outcome {
    fs::write(scene.folder.path().join("bundle/config.json"), config(hooks)).unwrap();
    // crun refuses version 2 of cgroups beside version 1, though it is to use neither.
    let script = scene.text(&format!(
        "umount /sys/fs/cgroup/unified 2> /dev/null; exec {runtime} run --bundle @/bundle gantry-hook-test-{}-$0",
        std::process::id(),
    ));
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, runtime.split(' ').next().unwrap()]);
    run(command.current_dir("/"), b"")
}

fn check(name: &str, options: &str) {
    let test = format!("runtimes::{name}");
    if !rustix::process::geteuid().is_root() {
        return skip(&test, "not root");
    }
    let (Some(_), Some(busybox)) = (installed(name), installed("busybox")) else {
        return skip(&test, &format!("{name} or busybox is not installed"));
    };
    let runtime = format!("{name} --root @/state {options}");
    let scene = Scene::new(&[
        "d /bin",
        "d /proc",
        "d /dev",
        "d /opt/x",
        "m /opt/x 700",
        "f /evil.so x",
        "l /usr/local/cuda cuda-12",
        "f /usr/local/cuda-12/compat/libcuda.so.560.1.2 x",
        "l /evil @/host",
    ]);
    fs::copy(busybox, scene.inside("/bin/busybox")).unwrap();
    let alone = container(&scene, &runtime, &[]);
    if alone.code != Some(0) {
        let why = alone.stderr.trim().to_owned();
        return skip(&test, &format!("{name} alone makes no container here: {why}"));
    }
    let outcome = container(&scene, &runtime, HOOKS);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), SEEN), "{name}: {}", outcome.stderr);

    // One that fails keeps the container from starting, says why, and has not left the root.
    let outcome = container(&scene, &runtime, &["gantry-hook create-symlinks --link a::/evil/x"]);
    assert_ne!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "{name}");
    // crun throws away what hooks say.
    let told = outcome.stderr.replace('\\', "").contains("create-symlinks: \"/evil/x\"");
    assert!(told || name == "crun", "{name}: {}", outcome.stderr);
    assert!(!scene.folder.path().join("host/x").is_symlink(), "{name}");
}

#[test]
fn runc() {
    check("runc", "");
}

#[test]
fn crun() {
    check("crun", "--cgroup-manager disabled");
}
